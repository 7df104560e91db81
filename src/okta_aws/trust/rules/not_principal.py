# SPDX-License-Identifier: Apache-2.0
"""AWS takes no trust policy with ``NotPrincipal`` (IAM user guide, "AWS JSON policy elements: NotPrincipal")."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for statement in role.document.statements:
        if statement.not_principals:
            yield Problem(
                "AWS takes no trust policy with NotPrincipal; with Allow it would mean everybody else in the world",
                "name with Principal whom the role trusts",
                statement.line,
                f"{statement.index}",
            )


RULE = Rule("not-principal", Severity.ERROR, "NotPrincipal is not allowed in a trust policy", check)
