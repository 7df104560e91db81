# SPDX-License-Identifier: Apache-2.0
"""Subjects as people write them by mistake, and as GitHub never issues them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import wanted_subjects
from okta_aws.trust.grant import shown
from okta_aws.trust.role import Role

_REPO = r"repo:[^:/]+/[^:/]+:"
_MISTAKES = (
    (re.compile(rf"{_REPO}refs/"), "write ref: before refs/, as in repo:OWNER/REPO:ref:refs/heads/main"),
    (
        re.compile(rf"{_REPO}(?:ref:(?!refs/|[*?])|branch:|heads/|tag:|tags/)"),
        "write the whole ref: repo:OWNER/REPO:ref:refs/heads/BRANCH or …:ref:refs/tags/TAG",
    ),
    (re.compile(rf"{_REPO}(?:pull[-_]?requests?|pr)(?<!:pull_request)\b"), "write repo:OWNER/REPO:pull_request"),
    (re.compile(r"repo:(?:https?:|git@|github\.com/)"), "write OWNER/REPO, without the host"),
    (re.compile(r"[\w.-]+/[\w.*-]+(?::.*)?"), "write repo: before OWNER/REPO"),
)


def check(role: Role) -> Iterator[Problem]:
    """One problem for each value."""
    for grant in role.grants:
        if not grant.of_kind("github", "github-server"):
            continue
        for test, value in wanted_subjects(grant):
            fix = next((fix for mistake, fix in _MISTAKES if _strikes(mistake, value)), "")
            if fix:
                message = f'GitHub issues no token with a subject like "{shown(value)}", so nobody gets in by it'
                yield Problem(message, fix, test.line, value)


def _strikes(mistake: re.Pattern[str], value: str) -> bool:
    return bool(mistake.match(value) if mistake is not _MISTAKES[-1][0] else mistake.fullmatch(value))


RULE = Rule("impossible-subject", Severity.ERROR, "A subject that GitHub never issues", check)
