# SPDX-License-Identifier: Apache-2.0
"""Random trust policies and tokens that fit each other about half of the time, for comparing two evaluators.

Only what AWS documents and the emulator models: what is known to differ is in
`tests/data/policy-disagreements.json`, each
class with one example, and never made here. So no disagreement about a pair from here is excused.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okta_aws.policies.operators import NAMES
from okta_aws.trust.context import ASSUME

HOST = "acme.example.com/oauth2/aus1"
ISSUER = f"https://{HOST}"
_ISO = ("2026-03-01T12:00:00Z", "2026-03-01", "2025-12-31T23:59:59+01:00", "2026-07-15T08:30:00.5Z", "1772366400")
_ARNS = tuple(f"arn:aws:iam::{account}:{rest}" for account in ("1", "22") for rest in ("role/a", "role/ab", "user/a"))
_TEXTS = (
    "repo:o/r:ref:main",
    "repo:o/r:pull_request",
    "repo:o/rr:ref:main",
    "Repo:O/R:ref:main",
    "repo:o@1/r@2:x",
    "ü*",
)
_GLOBS = (
    "repo:o/r:*",
    "repo:o/*",
    "*:pull_request",
    "repo:o/r?:*",
    "*o/r*",
    "????:o/*:ref:main",
    "*",
    "*@?/r*",
    "Repo:*",
)
_BLOCKS = ("203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "198.51.100.0/25", "10.0.0.0/8")


@dataclass(frozen=True)
class Values:
    """What a kind of operator wants in policies and finds in tokens."""

    wanted: Sequence[str]
    found: Sequence[str]


VALUES: Mapping[str, Values] = {
    "String": Values(_TEXTS, _TEXTS),
    "StringLike": Values((*_GLOBS, *_GLOBS, *_TEXTS[:4]), _TEXTS),
    "Numeric": Values(("1", "2", "10", "-3", "2.5", "2.50"), ("1", "2", "10", "-3", "2.5", "0")),
    "Date": Values(_ISO, _ISO),
    "Bool": Values(("true", "false", "True"), ("true", "false", "TRUE")),
    "Binary": Values(("QUJD", "eHl6"), ("abc", "xyzz")),
    "Ip": Values(_BLOCKS, ("203.0.113.7", "203.0.114.1", "2001:db8::1", "2001:db9::1", "198.51.100.128", "10.9.8.7")),
    "Arn": Values((*_ARNS, "arn:aws:iam::*:role/*", "arn:aws:iam::?:role/a*", "arn:*:iam:*:22:user/?"), _ARNS),
    "Null": Values(("true", "false"), _TEXTS),
}


@dataclass(frozen=True)
class Pair:
    """A policy and a token; `operators` are the names in the policy, without modifiers."""

    policy: Mapping[str, Any]
    claims: Mapping[str, Any]
    operators: frozenset[str]


def pairs(chance: random.Random, policies: int, tokens: int, provider: str) -> Iterator[list[Pair]]:
    """For each of `policies` policies, `tokens` pairs with it. Each operator leads as many policies as any other."""
    for number in range(policies):
        operator = NAMES[number % len(NAMES)]
        made = _Policy(chance, operator, provider)
        yield [Pair(made.policy, _claims(chance, _kind(operator)), frozenset(made.operators)) for _ in range(tokens)]


class _Policy:
    def __init__(self, chance: random.Random, operator: str, provider: str) -> None:
        self._chance, self._provider = chance, provider
        self._leading = operator
        self.operators: set[str] = set()
        statements = [self._statement(first=number == 0) for number in range(chance.choice((1, 1, 2, 2, 3)))]
        chance.shuffle(statements)
        self.policy = {"Version": "2012-10-17", "Statement": statements}

    def _statement(self, *, first: bool) -> dict[str, Any]:
        denies = not first and self._chance.random() < 0.4
        statement: dict[str, Any] = {"Effect": "Deny" if denies else "Allow", "Principal": self._principal(first)}
        statement |= self._action(first)
        if first or self._chance.random() < 0.8:
            statement["Condition"] = self._conditions()
        return statement

    def _principal(self, first: bool) -> object:
        other = self._provider + "/other"
        usual: list[Any] = [{"Federated": self._provider}, {"Federated": [other, self._provider]}, "*"]
        if first and self._chance.random() < 0.95:
            return self._chance.choice(usual)
        return self._chance.choice([*usual, {"Federated": other}, {"AWS": "arn:aws:iam::123456789012:root"}])

    def _action(self, first: bool) -> dict[str, Any]:
        usual: list[dict[str, Any]] = [
            {"Action": ASSUME},
            {"Action": ["sts:TagSession", ASSUME]},
            {"Action": "sts:*"},
            {"Action": "STS:assumerole*"},
            {"NotAction": "sts:AssumeRole"},
        ]
        rare: list[dict[str, Any]] = [
            {"Action": "sts:AssumeRole"},
            {"NotAction": ["s3:*", "sts:A*"]},
            {"Action": "sts:AssumeRole?ithSAML"},
        ]
        return self._chance.choice(usual if first and self._chance.random() < 0.95 else usual + rare)

    def _conditions(self) -> dict[str, dict[str, Any]]:
        block: dict[str, dict[str, Any]] = {}
        kind = _kind(self._leading)
        alike = [name for name in NAMES if _kind(name) == kind]
        for name in (self._leading, *self._chance.choices(alike, k=self._chance.choice((0, 0, 1)))):
            claim, written = self._key_and_operator(name)
            many = self._chance.choice((1, 1, 2, 3)) if name != "Null" else 1
            values = self._chance.choices(VALUES[kind].wanted, k=many)
            key = self._chance.choice((str, str.upper))(f"{HOST}:{claim}")
            block.setdefault(written, {})[key] = values if many > 1 else values[0]
            self.operators.add(name)
        return block

    def _key_and_operator(self, name: str) -> tuple[str, str]:
        """Of a key with several values, a set operator or `Null` is the only one with a documented answer."""
        claim = self._chance.choice(("sub", "sub", "aud", "amr"))
        if name == "Null":
            return claim, name
        set_operators = ("ForAnyValue:", "ForAllValues:")
        prefix = self._chance.choice(set_operators if claim == "amr" else ("", "", "", *set_operators))
        # ForAnyValue and IfExists together are a known disagreement.
        suffixes = ("",) if prefix == "ForAnyValue:" else ("", "", "IfExists")
        return claim, prefix + name + self._chance.choice(suffixes)


def _claims(chance: random.Random, kind: str) -> dict[str, Any]:
    found = VALUES[kind].found
    claims: dict[str, Any] = {"iss": ISSUER}
    for name in ("sub", "aud"):
        if chance.random() < 0.85:
            claims[name] = chance.choice(found)
    if chance.random() < 0.75:
        claims["amr"] = chance.choices(found, k=chance.choice((1, 2, 3)))
    return claims


def _kind(operator: str) -> str:
    if operator in ("StringLike", "StringNotLike", "Null"):
        return operator.replace("Not", "")
    if operator == "NotIpAddress":
        return "Ip"
    return next(
        kind for kind in ("String", "Numeric", "Date", "Bool", "Binary", "Ip", "Arn") if operator.startswith(kind)
    )
