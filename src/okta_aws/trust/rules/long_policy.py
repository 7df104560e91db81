# SPDX-License-Identifier: Apache-2.0
"""A trust policy may have 2048 characters, 8192 if AWS raised the quota; white space outside of strings does not count.

Source: IAM user guide, "IAM and AWS STS quotas".
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role

DEFAULT = 2048
RAISED = 8192


def check(role: Role) -> Iterator[Problem]:
    """At most one problem."""
    length = role.document.length
    if length > DEFAULT:
        beyond = length > RAISED
        quota = f"{RAISED}, the most that AWS ever gives" if beyond else f"{DEFAULT}, unless the quota was raised"
        yield Problem(
            f"the policy has {length} characters and may have {quota}",
            "name fewer subjects, demand a reusable workflow by job_workflow_ref, or make two roles",
            role.document.line,
            "",
            Severity.ERROR if beyond else None,
        )


RULE = Rule("long-policy", Severity.WARNING, "The policy is longer than AWS takes", check)
