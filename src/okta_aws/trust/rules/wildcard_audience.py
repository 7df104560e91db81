# SPDX-License-Identifier: Apache-2.0
"""A wildcard in the audience gives away what a condition on it is for."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import has_wildcard, shown
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value."""
    for grant in role.grants:
        for test in grant.on("aud", "oaud"):
            for value in test.values:
                if test.operator == "StringLike" and has_wildcard(value):
                    yield Problem(
                        f'the audience "{shown(value)}" fits tokens that were issued for other services',
                        f"write the audience in full, under StringEquals, on {test.condition.key}",
                        test.line,
                        value,
                    )


RULE = Rule("wildcard-audience", Severity.WARNING, "A wildcard in the audience", check)
