# SPDX-License-Identifier: Apache-2.0
"""A wildcard where the subject says whose it is: anybody can get a token that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import bound_otherwise, github_pattern, wanted_subjects
from okta_aws.trust.grant import Grant, has_wildcard, shown
from okta_aws.trust.role import Role

# Nothing but names of fields before the first wildcard: "*", "repo:*", "system:serviceaccount:*:*".
_NOTHING_FIXED = re.compile(r"(?:[\w-]+:)*[*?:/]+")


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value."""
    for grant in role.grants:
        if bound_otherwise(grant):
            continue
        for test, value in wanted_subjects(grant):
            why = _why(grant, value) if test.operator == "StringLike" and has_wildcard(value) else ""
            if why:
                yield Problem(f'the subject "{shown(value)}" fits {why}', _fix(grant), test.line, value)


def _why(grant: Grant, value: str) -> str:
    if _NOTHING_FIXED.fullmatch(value):
        return "everybody who can get a token of the issuer"
    github = github_pattern(value)
    if github is not None and grant.of_kind("github", "github-server", "unknown"):
        return "owners that anybody can register" if github.any_owner else ""
    if value[0] in "*?" and grant.of_kind("github", "github-server"):
        return "repositories of everybody, since nothing says at its start whose"
    if grant.of_kind("okta"):
        return "apps and people made later, since Okta's ids mean nothing"
    return ""


def _fix(grant: Grant) -> str:
    if grant.of_kind("github", "github-server"):
        return "write the owner and the repository in full, wildcards only after them"
    return "list the subjects in full, under StringEquals"


RULE = Rule("wildcard-subject", Severity.ERROR, "A wildcard lets strangers' subjects in", check)
