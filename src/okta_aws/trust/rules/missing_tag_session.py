# SPDX-License-Identifier: Apache-2.0
"""A token with session tags is refused whole unless ``sts:TagSession`` is allowed (IAM user guide, "Pass session
tags")."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import TAG_SESSION, Grant
from okta_aws.trust.role import Role

_ABOUT_TAGS = frozenset({"aws:tagkeys", "sts:transitivetagkeys"})


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        line = _expected(grant)
        if line is None and not role.permissions.reads_tags:
            continue
        if not role.allows_too(grant, TAG_SESSION):
            why = "its conditions speak of session tags" if line is not None else "its policies decide by session tags"
            yield Problem(
                f"{why}, but no statement allows sts:TagSession: AWS refuses a token that brings tags",
                "add sts:TagSession to the actions",
                line or grant.statement.line,
                f"{grant.statement.index}",
            )


def _expected(grant: Grant) -> int | None:
    """The line of a condition on tags that the token has to bring."""
    for test in grant.tests:
        if test.name in _ABOUT_TAGS or test.name.startswith("aws:requesttag/"):
            return test.line
    return None


RULE = Rule("missing-tag-session", Severity.ERROR, "Session tags are expected and sts:TagSession is not allowed", check)
