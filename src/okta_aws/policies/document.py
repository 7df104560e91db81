# SPDX-License-Identifier: Apache-2.0
"""A policy document as AWS's grammar has it (IAM user guide, "Grammar of the IAM JSON policy language")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from okta_aws.policies.json_text import JsonObject, PolicyError, parse

CURRENT: Final = "2012-10-17"
OLD: Final = "2008-10-17"
# The longest policy that any service takes is a key policy of AWS KMS, 32 KB (KMS developer guide, "Quotas").
LONGEST = 32768
_WITH_WHITE_SPACE = 32 * LONGEST
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_PRINCIPALS = frozenset({"AWS", "Federated", "Service", "CanonicalUser"})
_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_EVERYBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({"*": ("*",)})


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator, both as written; ``values`` are alternatives. ``line`` is the key's, 0 if unknown."""

    operator: str
    key: str
    values: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. What is absent is empty; of each pair (``actions``, ``not_actions``) one is.

    ``principals`` has the keys ``AWS``, ``Federated``, ``Service``, ``CanonicalUser``; ``"Principal": "*"`` is
    ``{"*": ("*",)}``.
    ``line`` is 0 if unknown.
    """

    index: int
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    not_principals: Mapping[str, tuple[str, ...]]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """A policy. ``version`` is ``2008-10-17`` where none is written. ``length`` is what AWS's quotas count, in
    characters."""

    version: str
    statements: tuple[Statement, ...]
    length: int
    line: int


def parse_document(text: str | bytes, what: str = "the policy") -> Document:
    """The policy that the JSON ``text`` is. Raises ``PolicyError``, with the place."""
    located = parse(text, what, largest=_WITH_WHITE_SPACE)
    return _document(located.value, what, located.length)


def document(value: object, what: str = "the policy") -> Document:
    """The policy that ``value`` is, parsed JSON (lines are told where ``json_text`` read it). Raises
    ``PolicyError``."""
    try:
        length = len(_COMPACT.encode(value))
    except (TypeError, ValueError, RecursionError):
        raise PolicyError(what, "$", wanted="a policy", found="what JSON cannot express") from None
    return _document(value, what, length)


def _document(value: object, what: str, length: int) -> Document:
    reader = _Reader(what)
    top = reader.members(value, "$", _DOCUMENT)
    if length > LONGEST:
        raise reader.refused(value, "$", f"at most {LONGEST} characters, as no policy of AWS is longer", str(length))
    version = top.get("Version", OLD)
    if version not in (CURRENT, OLD):
        raise reader.refused(top, "$.Version", f"{CURRENT} or {OLD}", _kind(version), "Version")
    written = top.get("Statement")
    if isinstance(written, dict):
        statements: tuple[Statement, ...] = (reader.statement(written, 0, "$.Statement"),)
    elif isinstance(written, list) and written:
        statements = tuple(reader.statement(one, i, f"$.Statement[{i}]") for i, one in enumerate(written))
    else:
        raise reader.refused(top, "$.Statement", "a statement or a list of them", _kind(written), "Statement")
    return Document(version, statements, length, getattr(value, "line", 0))


class _Reader:
    """Reads the parts of a policy; knows what it reads, for the errors."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def refused(self, around: object, place: str, wanted: str, found: str, name: str = "") -> PolicyError:
        """``around`` is the object that holds what is wrong, under ``name``: for the line."""
        line = 0
        if isinstance(around, JsonObject):
            line = around.lines.get(name, around.line)
        where = f"line {line}, {place}" if line else place
        return PolicyError(self._what, where, wanted=wanted, found=found, line=line)

    def members(self, value: object, place: str, known: frozenset[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.refused(value, place, "an object", _kind(value))
        for name in value:
            if name not in known:
                raise self.refused(
                    value, f"{place}.{_short(name)}", f"one of {', '.join(sorted(known))}", _short(name), name
                )
        return value

    def statement(self, value: object, index: int, place: str) -> Statement:
        one = self.members(value, place, _STATEMENT)
        effect = one.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise self.refused(one, f"{place}.Effect", "Allow or Deny", _kind(effect), "Effect")
        for name in ("Action", "Principal", "Resource"):
            if name in one and f"Not{name}" in one:
                raise self.refused(one, place, f"{name} or Not{name}", "both", f"Not{name}")
        if "Action" not in one and "NotAction" not in one:
            raise self.refused(one, place, "Action or NotAction", "neither")
        sid = one.get("Sid", "")
        if not isinstance(sid, str):
            raise self.refused(one, f"{place}.Sid", "text", _kind(sid), "Sid")
        return Statement(
            index,
            sid,
            effect,
            self._texts(one, "Action", place),
            self._texts(one, "NotAction", place),
            self._principals(one, "Principal", place),
            self._principals(one, "NotPrincipal", place),
            self._texts(one, "Resource", place),
            self._texts(one, "NotResource", place),
            self._conditions(one, place),
            getattr(value, "line", 0),
        )

    def _texts(self, around: dict[str, Any], name: str, place: str) -> tuple[str, ...]:
        if name not in around:
            return ()
        value = around[name]
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and value:
            for i, one in enumerate(value):
                if not isinstance(one, str):
                    raise self.refused(around, f"{place}.{name}[{i}]", "text", _kind(one), name)
            return tuple(value)
        raise self.refused(around, f"{place}.{name}", "text or a list of texts", _kind(value), name)

    def _principals(self, around: dict[str, Any], name: str, place: str) -> Mapping[str, tuple[str, ...]]:
        if name not in around:
            return _NOBODY
        value = around[name]
        if value == "*":
            return _EVERYBODY
        inside = f"{place}.{name}"
        if not isinstance(value, dict) or not value:
            raise self.refused(around, inside, 'an object such as {"Federated": …}, or "*"', _kind(value), name)
        self.members(value, inside, _PRINCIPALS)
        return {kind: self._texts(value, kind, inside) for kind in value}

    def _conditions(self, around: dict[str, Any], place: str) -> tuple[Condition, ...]:
        if "Condition" not in around:
            return ()
        inside = f"{place}.Condition"
        block = around["Condition"]
        if not isinstance(block, dict):
            raise self.refused(around, inside, "an object of operators", _kind(block), "Condition")
        found: list[Condition] = []
        for operator, keys in block.items():
            if not isinstance(keys, dict) or not keys:
                raise self.refused(
                    block, f"{inside}.{_short(operator)}", "an object of keys and values", _kind(keys), operator
                )
            lines = getattr(keys, "lines", {})
            for key in keys:
                values = self._values(keys, key, f"{inside}.{_short(operator)}.{_short(key)}")
                found.append(Condition(operator, key, values, lines.get(key, 0)))
        return tuple(found)

    def _values(self, keys: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
        value = keys[key]
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list):
            return (self._value(keys, key, value, place),)
        return tuple(self._value(keys, key, one, f"{place}[{i}]") for i, one in enumerate(value))

    def _value(self, keys: dict[str, Any], key: str, value: object, place: str) -> str:
        """AWS takes numbers and truth values too, and stores them as text."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        raise self.refused(keys, place, "text, a number or a truth value", _kind(value), key)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return _short(value) or "empty text"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return "a list" if value else "an empty list"


def _short(text: str) -> str:
    shown = ascii(text)[1:-1]
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
