# SPDX-License-Identifier: Apache-2.0
"""GitHub's subjects have two forms: by name, and since July 2026 with ids for each repository made, renamed or moved
since.

Source: GitHub documentation, "OpenID Connect reference", immutable subject claims. Not on GitHub Enterprise Server.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies.wildcards import matches, pieces
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import GithubPattern, github_pattern, wanted_subjects
from okta_aws.trust.grant import Test, quoted
from okta_aws.trust.provider_name import UNKNOWN
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement that knows subjects by name alone."""
    for grant in role.grants:
        if not grant.of_kind("github"):
            continue
        wanted = list(wanted_subjects(grant))
        lonely = [(test, value) for test, value in wanted if _lonely(value, wanted)]
        if lonely:
            values = quoted(value for _, value in lonely)
            yield Problem(
                f"{values} is the old form alone: the role closes when the repository is renamed, moved or opts in, "
                "and never "
                "opens for one made since July 2026",
                "add the form with ids: repo:OWNER@OWNER_ID/REPO@REPO_ID:… (okta-aws token inspect shows a job's)",
                lonely[0][0].line,
                f"{grant.statement.index}",
            )


def _lonely(value: str, wanted: list[tuple[Test, str]]) -> bool:
    pattern = github_pattern(value)
    if pattern is None or not pattern.whole or "@" in pattern.owner or pattern.any_owner or pattern.any_repository:
        return False
    if UNKNOWN in pattern.owner + pattern.repository:
        return False
    return not any(_other_form(pattern, test, other) for test, other in wanted)


def _other_form(old: GithubPattern, test: Test, value: str) -> bool:
    """That ``value`` is meant for the same repository's subjects with ids."""
    new = github_pattern(value)
    if new is None or UNKNOWN in value:
        return UNKNOWN in value
    if new.immutable:
        return (new.owner.partition("@")[0], new.repository.partition("@")[0]) == (old.owner, old.repository)
    made = f"repo:{old.owner}@1/{old.repository}@2:{old.context}"
    return test.operator == "StringLike" and matches(pieces(value), made)


RULE = Rule("subject-forms", Severity.NOTE, "Only one form of GitHub's subjects is trusted", check)
