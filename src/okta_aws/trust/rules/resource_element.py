# SPDX-License-Identifier: Apache-2.0
"""AWS takes no trust policy with ``Resource``: the resource is the role (IAM user guide, "IAM JSON policy elements:
Resource")."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement that has it, or that trusts nobody."""
    for statement in role.document.statements:
        if statement.resources or statement.not_resources:
            message, fix = (
                "AWS refuses a trust policy with Resource: the resource is the role itself",
                "leave Resource out",
            )
        elif not statement.principals and not statement.not_principals:
            message, fix = "AWS refuses a trust policy without Principal", "name with Principal whom the role trusts"
        else:
            continue
        yield Problem(message, fix, statement.line, f"{statement.index}")


RULE = Rule("resource-element", Severity.ERROR, "A statement is shaped as in a permission policy", check)
