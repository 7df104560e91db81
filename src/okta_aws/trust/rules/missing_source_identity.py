# SPDX-License-Identifier: Apache-2.0
"""A token with a source identity is refused whole unless ``sts:SetSourceIdentity`` is allowed (IAM user guide,
"Monitor and control actions taken with assumed roles")."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import SET_SOURCE_IDENTITY
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        test = next((test for test in grant.tests if test.name == "sts:sourceidentity"), None)
        if test is not None and not role.allows_too(grant, SET_SOURCE_IDENTITY):
            yield Problem(
                "a source identity is demanded, but no statement allows sts:SetSourceIdentity: AWS refuses a token "
                "that has one",
                "add sts:SetSourceIdentity to the actions",
                test.line,
                f"{grant.statement.index}",
            )


RULE = Rule(
    "missing-source-identity",
    Severity.ERROR,
    "A source identity is expected and sts:SetSourceIdentity is not allowed",
    check,
)
