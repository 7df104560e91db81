# SPDX-License-Identifier: Apache-2.0
"""``StringEquals`` takes ``*`` for a star; no subject has one, so nobody gets in."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import has_wildcard, shown
from okta_aws.trust.role import Role

_LITERAL = frozenset({"StringEquals", "StringEqualsIgnoreCase"})


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value."""
    for grant in role.grants:
        for test in grant.tests:
            if test.operator not in _LITERAL or not test.provider:
                continue
            for value in test.values:
                if has_wildcard(value):
                    yield Problem(
                        f'{test.condition.operator} compares "{shown(value)}" letter by letter: no token fits',
                        "write the value in full, or use StringLike if the wildcard is meant",
                        test.line,
                        f"{test.condition.key.lower()} {value}",
                    )


RULE = Rule("wildcard-under-string-equals", Severity.ERROR, "A wildcard under StringEquals fits nothing", check)
