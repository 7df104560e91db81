# SPDX-License-Identifier: Apache-2.0
"""Runs for pull requests execute code that nobody has reviewed yet."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import GithubPattern, github_pattern, wanted_subjects
from okta_aws.trust.grant import Grant, Test, shown
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value, but where the role certainly only reads."""
    if not role.grants or (writes := role.permissions.writes) is False:
        return
    for grant in role.grants:
        if _excluded(grant):
            continue
        for test, value in wanted_subjects(grant):
            pattern = github_pattern(value)
            if pattern is None or not _admits(test, pattern):
                continue
            what = "and the role can write" if writes else "and nothing shows that the role only reads"
            yield Problem(
                f'the subject "{shown(value)}" fits runs for pull requests, whose code is not reviewed, {what}',
                "give pull requests a role of their own that only reads; here, name the branch or the environment",
                test.line,
                value,
                Severity.ERROR if role.permissions.writes_at_large else None,
            )


def _admits(test: Test, pattern: GithubPattern) -> bool:
    if pattern.any_owner or pattern.any_repository:  # worse, and said by rules of their own
        return False
    if test.operator == "StringLike":
        return pattern.admits_pull_requests
    return pattern.whole and pattern.context == "pull_request"


def _excluded(grant: Grant) -> bool:
    """Another key names branches or environments, which the token of a pull request does not have."""
    return any(test.exact for test in grant.on("ref", "environment"))


RULE = Rule(
    "pull-request-writes", Severity.WARNING, "Unreviewed code of pull requests can get a role that writes", check
)
