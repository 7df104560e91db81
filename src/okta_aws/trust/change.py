# SPDX-License-Identifier: Apache-2.0
"""The smallest change to a trust policy that admits one subject, and no other.

A statement may be repaired in place where it then admits nobody but this subject besides those whom it admitted
before: a further value of ``sub``, or anything at all where ``sub`` is pinned to this very subject already; and where
it has no hole that would stay open for this subject, such as no audience. Everything else is a statement of its own,
with this audience, this subject, and all else that the nearest statement asks for. A Deny gets this subject as its
exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.policies.document import CURRENT, Condition, Document, Statement, document

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StatementChange:
    """One statement before and after, as JSON; ``before`` and ``index`` are ``None`` for a new one."""

    index: int | None
    before: Json | None
    after: Json


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Changes of statements, applied together."""

    statements: tuple[StatementChange, ...]


def apply(policy: Document, change: PolicyChange) -> Document:
    """The policy after the change. Raises ``PolicyError`` where it becomes longer than any policy of AWS."""
    written = [as_json(statement) for statement in policy.statements]
    for one in change.statements:
        if one.index is None:
            written.append(one.after)
        else:
            written[one.index] = one.after
    return document({"Version": policy.version, "Statement": written}, "the changed policy")


def as_json(statement: Statement) -> Json:
    """The statement as a policy's JSON has it."""
    parts: Json = {"Sid": statement.sid} if statement.sid else {}
    parts["Effect"] = statement.effect
    parts |= _written("Principal", _principals(statement.principals))
    parts |= _written("NotPrincipal", _principals(statement.not_principals))
    for name, texts in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        parts |= _written(name, _short(texts))
    conditions: Json = {}
    for condition in statement.conditions:
        conditions.setdefault(condition.operator, {})[condition.key] = _short(condition.values)
    return parts | _written("Condition", conditions)


def literal(text: str, policy: Document, *, pattern: bool) -> str:
    """``text`` as a value that stands for itself alone; ``pattern``: under an operator with wildcards.

    IAM user guide, "Policy variables": since version 2012-10-17, ``${*}``, ``${?}`` and ``${$}`` are the characters
    themselves.
    """
    if policy.version != CURRENT:
        return text
    special = "$*?" if pattern else "$"
    return "".join(f"${{{one}}}" if one in special else one for one in text)


def with_value(statement: Statement, operator: str, key: str, value: str) -> Json:
    """The statement with a further value of one of its conditions, or with a condition more."""
    after = as_json(statement)
    conditions = after.setdefault("Condition", {})
    under = conditions.setdefault(operator, {})
    written = next((one for one in under if one.lower() == key.lower()), key)
    under[written] = _short((*_texts(under.get(written, ())), value))
    return after


def new_statement(
    provider_arn: str, actions: Iterable[str], keys: Mapping[str, str], conditions: Iterable[Condition] = ()
) -> Json:
    """A statement for one provider and the exact values of ``keys``, with further ``conditions`` of other keys."""
    block: Json = {"StringEquals": dict(keys)}
    for condition in conditions:
        block.setdefault(condition.operator, {})[condition.key] = _short(condition.values)
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": _short(tuple(actions)),
        "Condition": block,
    }


def _principals(principals: Mapping[str, tuple[str, ...]]) -> object:
    if "*" in principals:
        return "*"
    return {kind: _short(texts) for kind, texts in principals.items()}


def _written(name: str, value: object) -> Json:
    return {name: value} if value else {}


def _short(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
