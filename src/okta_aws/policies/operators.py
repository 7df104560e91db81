# SPDX-License-Identifier: Apache-2.0
"""The condition operators of IAM (user guide, "IAM JSON policy elements: Condition operators").

A comparison answers for one value of the policy and one of the request, with the negation left out: ``None`` is that
AWS
documents no answer. Strings and ARNs are compared elsewhere, as they take wildcards and variables.
"""

from __future__ import annotations

import base64
import binascii
import operator as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from okta_aws.policies import typed_values

Kind = Literal["string", "ignore-case", "like", "arn", "numeric", "date", "bool", "binary", "ip", "null"]
Quantifier = Literal["", "ForAnyValue", "ForAllValues"]


class ForeignType(Exception):  # noqa: N818 - no error: control flow between a comparison and who asked for it
    """The request's value is none of the operator's type."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator with its modifiers. ``name`` is without them, ``compare`` for all kinds but text."""

    name: str
    kind: Kind
    negated: bool
    quantifier: Quantifier
    if_exists: bool

    @property
    def takes_variables(self) -> bool:
        """Whether ``${…}`` in its values is a variable: under the string and ARN operators (user guide, "Variables
        and tags")."""
        return self.kind in ("string", "ignore-case", "like", "arn")


_ORDERS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "Equals": python.eq,
    "LessThan": python.lt,
    "LessThanEquals": python.le,
    "GreaterThan": python.gt,
    "GreaterThanEquals": python.ge,
}
_NAMES: Final[Mapping[str, tuple[Kind, bool]]] = {
    "StringEquals": ("string", False),
    "StringNotEquals": ("string", True),
    "StringEqualsIgnoreCase": ("ignore-case", False),
    "StringNotEqualsIgnoreCase": ("ignore-case", True),
    "StringLike": ("like", False),
    "StringNotLike": ("like", True),
    "ArnEquals": ("arn", False),
    "ArnLike": ("arn", False),
    "ArnNotEquals": ("arn", True),
    "ArnNotLike": ("arn", True),
    **{f"Numeric{order}": ("numeric", False) for order in _ORDERS},
    "NumericNotEquals": ("numeric", True),
    **{f"Date{order}": ("date", False) for order in _ORDERS},
    "DateNotEquals": ("date", True),
    "Bool": ("bool", False),
    "BinaryEquals": ("binary", False),
    "IpAddress": ("ip", False),
    "NotIpAddress": ("ip", True),
    "Null": ("null", False),
}
NAMES: Final = tuple(_NAMES)
_SPELLINGS = {name.lower(): name for name in NAMES}
_QUANTIFIERS: Final[Mapping[str, Quantifier]] = {"foranyvalue": "ForAnyValue", "forallvalues": "ForAllValues"}
_IF_EXISTS = "IfExists"


@lru_cache(maxsize=512)
def parse(text: str) -> Operator | None:
    """The operator written so, or ``None`` where AWS documents none of this name, letter case included."""
    before, colon, rest = text.rpartition(":")
    quantifier = _QUANTIFIERS.get(before.lower(), "")
    name = rest.removesuffix(_IF_EXISTS)
    if (colon and quantifier != before) or name not in _NAMES or (colon and not quantifier):
        return None
    kind, negated = _NAMES[name]
    if kind == "null" and text != name:
        return None
    return Operator(name, kind, negated, quantifier, if_exists=name != rest)


def spelling(text: str) -> str | None:
    """How an operator that is written in other letter case is spelt, modifiers included; ``None``: there is none
    like it."""
    before, colon, rest = text.rpartition(":")
    suffix = _IF_EXISTS if rest.lower().endswith(_IF_EXISTS.lower()) else ""
    name = _SPELLINGS.get(rest[: len(rest) - len(suffix)].lower())
    quantifier = _QUANTIFIERS.get(before.lower(), "")
    if name is None or (colon and not quantifier):
        return None
    return f"{quantifier}{colon}{name}{suffix}"


def compare(operator: Operator, wanted: str, found: str) -> bool | None:
    """Whether ``found`` is as ``wanted`` demands, for operators of numbers, dates, truth values, addresses and
    binary values.

    ``None``: the policy's value is none of this type, or AWS does not say. Raises ``ForeignType`` where the
    request's is none.
    """
    if operator.kind in ("numeric", "date"):
        return _ordered(operator, wanted, found)
    return _COMPARISONS[operator.kind](wanted, found)


def _ordered(operator: Operator, wanted: str, found: str) -> bool | None:
    read = typed_values.number if operator.kind == "numeric" else typed_values.date
    limit, value = read(wanted), read(found)
    if limit is None:
        return None
    if value is None:
        raise ForeignType
    order = operator.name.removeprefix("Numeric").removeprefix("Date")
    return _ORDERS["Equals" if operator.negated else order](value, limit)


def _truth(wanted: str, found: str) -> bool | None:
    if wanted.lower() not in ("true", "false"):
        return None
    if found.lower() not in ("true", "false"):
        raise ForeignType
    return wanted.lower() == found.lower()


def _binary(wanted: str, found: str) -> bool | None:
    """AWS compares bytes with the policy's base64. That a text which *is* this base64 counts as equal is not
    documented."""
    try:
        value = base64.b64decode(wanted, validate=True)
    except (binascii.Error, ValueError):
        return None
    if value == found.encode("utf-8", "surrogatepass"):
        return True
    return None if wanted == found else False


def _address(wanted: str, found: str) -> bool | None:
    block = typed_values.block(wanted)
    if block is None:
        return None
    address = typed_values.address(found)
    if address is None:
        raise ForeignType
    if address.version != block.version:
        return False
    if address in block:
        return True
    # Without a prefix length the default is /32, says the guide, and does not say whether that is meant for IPv6 too.
    if block.version == 6 and "/" not in wanted and address in block.supernet(new_prefix=32):
        return None
    return False


_COMPARISONS: Final[Mapping[str, Callable[[str, str], bool | None]]] = {
    "bool": _truth,
    "binary": _binary,
    "ip": _address,
}
