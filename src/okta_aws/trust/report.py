# SPDX-License-Identifier: Apache-2.0
"""An explanation in words, for people, and as data, for programs. Foreign text is not yet escaped in either."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from okta_aws.policies.conditions import ConditionResult
from okta_aws.trust import shown
from okta_aws.trust.cause import Cause
from okta_aws.trust.causes import CODES
from okta_aws.trust.change import StatementChange
from okta_aws.trust.context import Request
from okta_aws.trust.explain import Explanation
from okta_aws.trust.verdict import StatementResult

DOCS = "https://github.com/org/okta-aws-action/blob/main/docs/how-to/explain-a-refusal.md"
_HEADLINES = {
    "allow": "yes: AWS gives this token the role",
    "deny": "no: AWS refuses this token the role",
    "unknown": "unknown: not all that decides can be known from here",
}
_NO_CHANGE = "no change to the policy is proposed: none is known that helps and keeps all else that the policy asks for"
_MARKS = {True: "yes", False: "no ", None: "?  "}
_CLAIMS = ("iss", "aud", "azp", "sub")


def as_data(explanation: Explanation) -> dict[str, Any]:
    """The machine interface: ``verdict``, ``cause``, ``fix``, ``statements``, and what people are told besides."""
    change = explanation.change
    return {
        "verdict": explanation.answer,
        "cause": explanation.cause,
        "fix": explanation.fix,
        "statements": [_statement(one) for one in explanation.verdict.statements],
        "causes": [
            {"code": one.code, "what": one.what, "fix": one.fix, "statement": one.statement}
            for one in explanation.causes
        ],
        "nearest": explanation.nearest,
        "change": [
            {"index": one.index, "before": one.before, "after": one.after}
            for one in (change.statements if change else ())
        ],
    }


def lines(explanation: Explanation, request: Request) -> Iterator[str]:
    """The whole explanation, a line at a time."""
    yield _HEADLINES[explanation.answer]
    yield from _claims(request.claims)
    for cause in explanation.causes:
        yield from _cause(cause)
    if explanation.answer == "unknown":
        yield from ("", f"fix: {explanation.fix}")
    for result in explanation.verdict.statements:
        yield from _trace(result, explanation.nearest)
    if explanation.change is None and explanation.answer == "deny":
        yield from ("", _NO_CHANGE)
    if explanation.change is not None:
        yield from ("", "the smallest change to the policy, for this subject and no other")
        for change in explanation.change.statements:
            yield from _change(change)


def _statement(result: StatementResult) -> dict[str, Any]:
    return {
        "index": result.index,
        "effect": result.effect,
        "matched": result.matched,
        "principal": result.principal,
        "action": result.action,
        "conditions": [_condition(one) for one in result.conditions],
    }


def _condition(result: ConditionResult) -> dict[str, Any]:
    found = shown.found(result)
    return {
        "operator": result.condition.operator,
        "key": result.condition.key,
        "wanted": list(result.wanted),
        "found": None if found is None else list(found),
        "holds": result.holds,
    }


def _claims(claims: Mapping[str, Any]) -> Iterator[str]:
    given = [(name, claims[name]) for name in _CLAIMS if name in claims]
    if given:
        yield from (
            "",
            "token",
            *(f"  {name}  {value if isinstance(value, str) else json.dumps(value)}" for name, value in given),
        )


def _cause(cause: Cause) -> Iterator[str]:
    yield from (
        "",
        f"cause[{cause.code}]: {CODES[cause.code]}",
        f"  {cause.what}",
        f"  fix: {cause.fix}",
        f"  docs: {DOCS}#{cause.code}",
    )


def _trace(result: StatementResult, nearest: int | None) -> Iterator[str]:
    yield from ("", f"statement {result.index} ({result.effect}){', the nearest' if result.index == nearest else ''}")
    reason = f" ({result.reason})" if result.reason else ""
    yield f"  {_MARKS[result.principal]}  principal{reason}"
    yield f"  {_MARKS[result.action]}  action"
    for one in result.conditions:
        yield f"  {_MARKS[one.holds]}  {one.condition.operator} {one.condition.key}"
        found = shown.found(one)
        yield f"         wanted  {' or '.join(one.wanted) or 'nothing'}"
        yield f"         found   {'not known' if found is None else ', '.join(found) or 'nothing'}"


def _change(change: StatementChange) -> Iterator[str]:
    yield "  a further statement" if change.index is None else f"  statement {change.index} becomes"
    yield from (f"    {line}" for line in json.dumps(change.after, indent=2, ensure_ascii=False).splitlines())
