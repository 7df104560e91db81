# SPDX-License-Identifier: Apache-2.0
"""What a statement grants to tokens: providers, and the conditions taken apart. What the lint rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from okta_aws.policies.actions import action_matches
from okta_aws.policies.document import Condition, Statement
from okta_aws.policies.operators import parse
from okta_aws.trust.context import ASSUME
from okta_aws.trust.provider_name import SAML_PROVIDER, UNKNOWN, ProviderName, principal_name, provider_name

TAG_SESSION = "sts:TagSession"
SET_SOURCE_IDENTITY = "sts:SetSourceIdentity"
# Operators that a value has to satisfy; the others let through whatever is not named.
POSITIVE = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
NEGATIVE = frozenset({"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"})
_WILDCARDS = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Test:
    """One condition. ``operator`` is bare and empty where AWS knows none, ``provider`` is empty for a key of AWS
    itself; ``name`` is in lower case.

    ``name`` is ``sub`` of ``acme.okta.com:sub``, and ``aws:requesttag/team`` of ``aws:RequestTag/team``.
    """

    operator: str
    quantifier: str
    if_exists: bool
    provider: str
    name: str
    condition: Condition

    __test__ = False  # the name is IAM's word for it; pytest need not look

    @property
    def values(self) -> tuple[str, ...]:
        """The alternatives."""
        return self.condition.values

    @property
    def line(self) -> int:
        """The key's line, 0 where it is not known."""
        return self.condition.line

    @property
    def positive(self) -> bool:
        """That a token has to have one of the values."""
        return self.operator in POSITIVE

    @property
    def exact(self) -> bool:
        """That a token has to have just one of the values, with no wildcard in any."""
        return self.positive and not self.if_exists and not (self.operator == "StringLike" and self.wild)

    @property
    def wild(self) -> bool:
        """That a value has a wildcard."""
        return any(has_wildcard(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Grant:
    """An Allow of AssumeRoleWithWebIdentity. ``providers``: of its principals, else of its keys where those are not
    known."""

    statement: Statement
    providers: tuple[ProviderName, ...]
    tests: tuple[Test, ...]

    def on(self, *names: str) -> Iterator[Test]:
        """The conditions on these claims, in lower case."""
        return (test for test in self.tests if test.provider and test.name in names)

    def of_kind(self, *kinds: str) -> bool:
        """That one of the providers is of this kind."""
        return any(provider.kind in kinds for provider in self.providers)

    @property
    def who(self) -> str:
        """The providers, for messages."""
        return ", ".join(shown(provider.text) for provider in self.providers) or "the provider"


def grant_of(statement: Statement) -> Grant | None:
    """What ``statement`` grants to tokens of OIDC providers; ``None`` where it grants them nothing."""
    if statement.effect != "Allow" or not covers(statement, ASSUME) or not _for_tokens(statement):
        return None
    tests = tests_of(statement)
    names = [principal_name(one) for one in statement.principals.get("Federated", ())]
    known = [name for name in names if name is not None and name.kind != "unknown"]
    if not known:
        known = [provider_name(prefix) for prefix in dict.fromkeys(test.provider for test in tests if test.provider)]
    return Grant(statement, tuple(known), tests)


def tests_of(statement: Statement) -> tuple[Test, ...]:
    """The conditions of a statement, taken apart."""
    return tuple(_test(condition) for condition in statement.conditions)


def covers(statement: Statement, action: str) -> bool:
    """That the statement is about ``action``."""
    if statement.not_actions:
        return not any(_is(pattern, action) for pattern in statement.not_actions)
    return any(_is(pattern, action) for pattern in statement.actions)


def has_wildcard(text: str) -> bool:
    """That ``text`` has ``*`` or ``?`` in it, but for those that ``${*}`` and ``${?}`` make plain characters."""
    return not _WILDCARDS.isdisjoint(text) and not _WILDCARDS.isdisjoint(text.replace("${*}", "").replace("${?}", ""))


def unknown(texts: Iterable[str]) -> bool:
    """That a piece of one of them is not known."""
    return any(UNKNOWN in text for text in texts)


def shown(text: str) -> str:
    """The text for messages: short, unknown pieces as an ellipsis."""
    text = text.replace(UNKNOWN, "…")
    return text if len(text) <= 120 else f"{text[:119]}…"


def quoted(texts: Iterable[str], most: int = 3) -> str:
    """Some texts for messages."""
    listed = list(dict.fromkeys(texts))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(f'"{shown(text)}"' for text in listed[:most]) + more


@lru_cache(maxsize=4096)
def _is(pattern: str, action: str) -> bool:
    return action_matches(pattern, action)


@lru_cache(maxsize=1024)
def _operator(written: str) -> tuple[str, str, bool]:
    operator = parse(written)
    return ("", "", False) if operator is None else (operator.name, operator.quantifier, operator.if_exists)


@lru_cache(maxsize=4096)
def _key(written: str) -> tuple[str, str]:
    prefix, _, name = written.rpartition(":")
    if "." in prefix or UNKNOWN in prefix:
        return prefix, name.lower()
    return "", written.lower()


def _test(condition: Condition) -> Test:
    return Test(*_operator(condition.operator), *_key(condition.key), condition)


def _for_tokens(statement: Statement) -> bool:
    federated = statement.principals.get("Federated", ())
    return any(SAML_PROVIDER not in one for one in federated) or "*" in statement.principals
