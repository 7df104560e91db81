# SPDX-License-Identifier: Apache-2.0
"""Every repository of an organisation, those included that somebody makes tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import bound_otherwise, github_pattern, wanted_subjects
from okta_aws.trust.grant import shown
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value."""
    for grant in role.grants:
        if bound_otherwise(grant):
            continue
        for test, value in wanted_subjects(grant):
            pattern = github_pattern(value)
            if test.operator != "StringLike" or pattern is None or pattern.any_owner or not pattern.any_repository:
                continue
            yield Problem(
                f'the subject "{shown(value)}" fits every repository of {shown(pattern.owner)}: '
                "whoever may create one there, or write to any, has this role",
                "name the repositories, or demand a reusable workflow by the key job_workflow_ref",
                test.line,
                value,
            )


RULE = Rule("organisation-subject", Severity.WARNING, "The subject fits all repositories of an organisation", check)
