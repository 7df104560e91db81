# SPDX-License-Identifier: Apache-2.0
"""Whether one condition holds for a request (user guide, "Conditions with multiple context keys or values").

The answer has three values. Where AWS documents no answer it is ``None``; but whatever is certain, whichever way the
undocumented part turns out, is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from okta_aws.policies.document import Condition
from okta_aws.policies.operators import ForeignType, Operator, compare, parse, spelling
from okta_aws.policies.variables import Find, Resolved, resolve
from okta_aws.policies.wildcards import Pattern, Wild, matches, pieces

# What one condition may cost: characters of the request's values, with a share for each value.
LONGEST: Final = 8192
_SHARE: Final = 8


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """``wanted`` as written, ``found`` in the request (``()`` absent, ``None`` not known), ``holds`` (``None`` not
    known).

    ``reason`` is empty or says why: ``absent``, ``key-unknown``, ``unknown-operator``, ``operator-letter-case``,
    ``several-values`` (under an operator for one), ``no-such-value`` (a variable without a value),
    ``variable-unknown``,
    ``bad-value`` (the policy's value is none for this operator), ``found-type`` (the request's is none),
    ``any-value-if-exists`` (an absent key under ForAnyValue with IfExists), ``too-long``.
    """

    condition: Condition
    wanted: tuple[str, ...]
    found: tuple[str, ...] | None
    holds: bool | None
    reason: str = ""


def judge(condition: Condition, find: Find, *, variables: bool = True, longest: int = LONGEST) -> ConditionResult:
    """Whether ``condition`` holds where ``find`` answers a key's values, ``()`` for an absent one and ``None`` for
    an unknown one.

    ``variables``: whether the document's version has them. ``longest``: above it the answer is "unknown", so that a
    hostile policy
    beside a hostile token costs a bounded time.
    """
    found = find(condition.key)
    operator = parse(condition.operator)
    if operator is None:
        reason = "operator-letter-case" if spelling(condition.operator) else "unknown-operator"
        return ConditionResult(condition, condition.values, found, None, reason)
    holds, reason = _answer(operator, condition.values, found, find, variables, longest)
    return ConditionResult(condition, condition.values, found, holds, reason)


def all_hold(answers: Iterable[bool | None]) -> bool | None:
    """And: one certain no decides, whatever is unknown."""
    unknown = False
    for one in answers:
        if one is False:
            return False
        unknown = unknown or one is None
    return None if unknown else True


def any_holds(answers: Iterable[bool | None]) -> bool | None:
    """Or: one certain yes decides."""
    unknown = False
    for one in answers:
        if one:
            return True
        unknown = unknown or one is None
    return None if unknown else False


def negate(answer: bool | None) -> bool | None:
    """Not: the unknown stays unknown."""
    return None if answer is None else not answer


def _answer(
    operator: Operator,
    values: tuple[str, ...],
    found: tuple[str, ...] | None,
    find: Find,
    variables: bool,
    longest: int,
) -> tuple[bool | None, str]:
    if operator.kind == "null":
        return _null(values, found)
    wanted = _Wanted(operator, values, find, variables)
    if found is None:
        return None, "key-unknown"
    if not found:
        return _absent(operator, wanted)
    if operator.quantifier and all(value == "" for value in found):
        return operator.quantifier == "ForAllValues", ""  # the guide: an empty string is an empty set of values
    if sum(map(len, found)) + _SHARE * len(found) > longest:
        return None, "too-long"
    return _present(operator, wanted, found)


def _null(values: tuple[str, ...], found: tuple[str, ...] | None) -> tuple[bool | None, str]:
    """Whether the key is there. An empty text may be "null" or not: the guide speaks of values that are not null."""
    asked = {value.lower() for value in values}
    if not asked:
        return False, ""
    if not asked <= {"true", "false"}:
        return None, "bad-value"
    if len(asked) == 2:
        return True, ""
    if found is None:
        return None, "key-unknown"
    if found and all(value == "" for value in found):
        return None, "found-type"
    return (not found) == ("true" in asked), "" if found else "absent"


def _absent(operator: Operator, wanted: _Wanted) -> tuple[bool | None, str]:
    if operator.if_exists and operator.quantifier == "ForAnyValue":
        # The guide has two answers: IfExists makes an absent key true, ForAnyValue makes it false.
        return None, "any-value-if-exists"
    if operator.if_exists or operator.quantifier == "ForAllValues":
        return True, "absent"
    if operator.quantifier == "ForAnyValue" or not operator.negated:
        return False, "absent"
    return (None, "no-such-value") if wanted.lacks_a_value else (True, "absent")


def _present(operator: Operator, wanted: _Wanted, found: tuple[str, ...]) -> tuple[bool | None, str]:
    each = [negate(wanted.takes(value)) if operator.negated else wanted.takes(value) for value in found]
    if operator.quantifier == "ForAnyValue":
        holds = any_holds(each)
    elif operator.quantifier == "ForAllValues":
        holds = all_hold(each)
    else:
        one, every = any_holds(each), all_hold(each)
        if one != every:
            return None, "several-values"
        holds = one
    if holds and wanted.lacks_a_value:
        return None, "no-such-value"  # the guide: the entire statement may be invalid then
    return holds, wanted.reason if holds is None or wanted.foreign else ""


class _Wanted:
    """The values of a condition, made ready for one request."""

    __slots__ = ("_exact", "_find", "_operator", "_patterns", "_values", "foreign", "lacks_a_value", "reason")

    def __init__(self, operator: Operator, values: tuple[str, ...], find: Find, variables: bool) -> None:
        self._operator, self._values = operator, values
        self._exact: frozenset[str] | None = None
        self._patterns: list[Resolved] = []
        self.reason = ""
        self.foreign = False
        has_variables = variables and operator.takes_variables and any("${" in value for value in values)
        if operator.kind == "string" and not has_variables:
            self._exact = frozenset(values)
        elif operator.takes_variables:
            wildcards = operator.kind in ("like", "arn")
            if has_variables:
                self._patterns = [resolve(value, find, wildcards=wildcards) for value in values]
            else:
                self._patterns = [Resolved(pieces(value) if wildcards else (value,), "") for value in values]
        self.lacks_a_value = any(one.state == "no-such-value" for one in self._patterns)
        if any(one.state == "variable-unknown" for one in self._patterns):
            self.reason = "variable-unknown"

    def takes(self, value: str) -> bool | None:
        """Whether one of the wanted values matches ``value``, with the negation left out."""
        if self._exact is not None:
            return value in self._exact
        if self._operator.takes_variables:
            return any_holds(self._text(one, value) for one in self._patterns)
        return any_holds(self._typed(one, value) for one in self._values)

    def _text(self, wanted: Resolved, value: str) -> bool | None:
        if wanted.state == "no-such-value":
            return False
        if self._operator.kind == "arn":
            answer = _arn_matches(wanted.pattern, value)
            if answer is None:
                self.reason = "bad-value"
        elif self._operator.kind == "ignore-case":
            answer = _same_but_for_case(wanted.pattern, value)
        else:
            answer = matches(wanted.pattern, value)
        return None if answer and wanted.state else answer

    def _typed(self, wanted: str, value: str) -> bool | None:
        try:
            answer = compare(self._operator, wanted, value)
        except ForeignType:
            self.foreign, self.reason = True, "found-type"
            return None if self._operator.negated else False
        if answer is None:
            self.reason = "bad-value"
        return answer


def _same_but_for_case(pattern: Pattern, value: str) -> bool | None:
    """Which rules of letter case AWS has is documented for no alphabet but A to Z goes by any: where two disagree,
    unknown."""
    lower = matches(tuple(piece.lower() if isinstance(piece, str) else piece for piece in pattern), value.lower())
    upper = matches(tuple(piece.upper() if isinstance(piece, str) else piece for piece in pattern), value.upper())
    return lower if lower == upper else None


def _arn_matches(pattern: Pattern, value: str) -> bool | None:
    """Part by part: six of them with colons between, the last may hold more colons. ``None``: the pattern is no ARN."""
    wanted = _arn_parts(pattern)
    if len(wanted) != 6:
        return None
    found = value.split(":", 5)
    return len(found) == 6 and all(matches(*both) for both in zip(wanted, found, strict=True))


def _arn_parts(pattern: Pattern) -> list[Pattern]:
    parts: list[list[str | Wild]] = [[]]
    for piece in pattern:
        if isinstance(piece, Wild):
            parts[-1].append(piece)
            continue
        first, *others = piece.split(":", 6 - len(parts))
        parts[-1].append(first)
        parts += [[one] for one in others]
    return [tuple(one) or ("",) for one in parts]
