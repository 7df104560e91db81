# SPDX-License-Identifier: Apache-2.0
"""Names change hands: a user, a repository or an address given up can be somebody else's tomorrow. Ids cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.github_pattern import wanted_subjects
from okta_aws.trust.grant import Grant, shown
from okta_aws.trust.role import Role

_ADDRESS = re.compile(r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+")


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition on a name that has an id beside it."""
    for grant in role.grants:
        if grant.of_kind("github"):
            yield from _github(grant)
        elif grant.of_kind("okta", "other"):
            yield from _addresses(grant)


def _github(grant: Grant) -> Iterator[Problem]:
    for name in ("actor", "repository"):
        if any(test.exact for test in grant.on(f"{name}_id")):
            continue
        for test in grant.on(name):
            if test.positive:
                yield Problem(
                    f"the {'user' if name == 'actor' else 'repository'} is known by its name, which can be given up "
                    "and taken "
                    "by somebody else",
                    f"use {test.provider}:{name}_id with the numeric id",
                    test.line,
                    name,
                )


def _addresses(grant: Grant) -> Iterator[Problem]:
    for test, value in wanted_subjects(grant):
        if _ADDRESS.fullmatch(value):
            yield Problem(
                f'the subject "{shown(value)}" is a login, which changes with a name and can be given to another',
                "send the ID token instead of the access token: its sub is the person's immutable id (00u…)",
                test.line,
                value,
            )
    for test in grant.on("email"):
        if test.positive and not any(other.positive for other in grant.on("sub")):
            fix = f"use {test.provider}:sub, which does not change"
            yield Problem(
                "a person is known by the e-mail address, which can be given to another", fix, test.line, "email"
            )


RULE = Rule("mutable-subject", Severity.WARNING, "A name is trusted where an id exists", check)
