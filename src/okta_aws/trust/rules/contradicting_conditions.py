# SPDX-License-Identifier: Apache-2.0
"""Two operators on one key both have to hold; where their values have nothing in common, nobody gets in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from okta_aws.policies.wildcards import matches, pieces
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import Test, has_wildcard, unknown
from okta_aws.trust.role import Role

# Comparing all with all: more values than a policy has room for are not worth the time.
_MOST_VALUES = 100


def check(role: Role) -> Iterator[Problem]:
    """One problem for each two conditions."""
    for grant in role.grants:
        tests = [test for test in grant.tests if test.provider and test.positive and not test.quantifier]
        if len(tests) < 2:
            continue
        for one, other in combinations(tests, 2):
            if one.condition.key.lower() == other.condition.key.lower() and _apart(one, other):
                operators = f"{one.condition.operator} and {other.condition.operator}"
                yield Problem(
                    f"{operators} on {one.condition.key} both have to hold, and no value satisfies both",
                    "put all values under StringLike, where they are alternatives, or make two statements",
                    other.line,
                    one.condition.key.lower(),
                )


def _apart(one: Test, other: Test) -> bool:
    if unknown((*one.values, *other.values)) or max(len(one.values), len(other.values)) > _MOST_VALUES:
        return False
    return not (_meet(one.values, other.values) or _meet(other.values, one.values) or _both_wild(one, other))


def _meet(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    compiled = [pieces(pattern.lower()) for pattern in patterns]
    return any(matches(pattern, text.lower()) for pattern in compiled for text in texts)


def _both_wild(one: Test, other: Test) -> bool:
    """Two patterns may have a text in common that neither shows."""
    return any(map(has_wildcard, one.values)) and any(map(has_wildcard, other.values))


RULE = Rule("contradicting-conditions", Severity.ERROR, "Two conditions on one key exclude each other", check)
