# SPDX-License-Identifier: Apache-2.0
"""Conditions of one statement all have to hold, and a token is of one provider only."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import quoted
from okta_aws.trust.provider_name import UNKNOWN
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        demanding = [test for test in grant.tests if test.provider and test.positive and not test.if_exists]
        providers = dict.fromkeys(test.provider.lower() for test in demanding if UNKNOWN not in test.provider)
        if len(providers) > 1:
            yield Problem(
                f"conditions on keys of {quoted(providers)} stand in one statement: both would have to hold, and no "
                "token is of "
                "both",
                "make a statement for each provider, with its own principal and conditions",
                next(test.line for test in demanding if test.provider.lower() != next(iter(providers))),
                f"{grant.statement.index}",
            )


RULE = Rule("two-providers", Severity.ERROR, "One statement demands the keys of two providers", check)
