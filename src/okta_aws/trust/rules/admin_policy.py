# SPDX-License-Identifier: Apache-2.0
"""An administrator's policy on a role that tokens from outside open."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """At most one problem."""
    administrator = role.permissions.administrator
    if administrator and role.grants:
        yield Problem(
            f"tokens from outside open a role with {administrator}: a mistake in the pipeline or in its issuer is "
            "one in the "
            "whole account",
            "attach what the job needs; okta-aws migrate and IAM Access Analyzer propose it from what was used",
            0,
            administrator,
        )


RULE = Rule("admin-policy", Severity.ERROR, "A federated role is an administrator", check)
