# SPDX-License-Identifier: Apache-2.0
"""``ForAllValues`` is true when the key is absent, so in an Allow it asks for nothing.

Source: IAM user guide, "Set operators for multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import Grant, Test
from okta_aws.trust.role import Role

# Keys that are lists by nature: none of them is right to allow, and ForAllValues is how AWS's guide limits them.
_LISTS = frozenset({"aws:tagkeys", "sts:transitivetagkeys"})
# Every token has these, so that nobody gets in by it as long as that stays so.
_ALWAYS = frozenset({"sub", "aud"})


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition."""
    for grant in role.grants:
        for test in grant.tests:
            if test.quantifier == "ForAllValues" and test.name not in _LISTS and not _demanded(grant, test):
                better = "StringEquals" if test.name != "amr" else "ForAnyValue:StringEquals"
                yield Problem(
                    f"{test.condition.operator} on {test.condition.key} is true for a token without that claim",
                    f"write {better}, which a token without it does not pass",
                    test.line,
                    test.condition.key.lower(),
                    Severity.WARNING if test.name in _ALWAYS else None,
                )


def _demanded(grant: Grant, test: Test) -> bool:
    """That another condition refuses tokens without the claim."""
    return any(
        other.operator == "Null"
        and other.values == ("false",)
        and other.condition.key.lower() == test.condition.key.lower()
        for other in grant.tests
    )


RULE = Rule("for-all-values", Severity.ERROR, "ForAllValues in an Allow is true where the claim is missing", check)
