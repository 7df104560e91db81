# SPDX-License-Identifier: Apache-2.0
"""People's tokens say in ``amr`` how they signed in; without a condition on it a stolen password is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import Grant
from okta_aws.trust.provider_name import UNKNOWN
from okta_aws.trust.role import Role

# Okta's ids: 00u… are users. 0oa… are apps, which an ID token has as its audience; only people have ID tokens.
_USER = re.compile(r"00u\w*[*?]?\w*|[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+")
_APP = re.compile(r"0oa\w+")
# How one signs in with what one knows alone (RFC 8176).
_KNOWING = frozenset({"pwd", "pin", "kba"})


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement that lets people in."""
    for grant in role.grants:
        if not _people(grant) or _strong(grant):
            continue
        provider = next((one.text for one in grant.providers if one.kind == "okta"), "PROVIDER")
        yield Problem(
            "people get this role with a password alone: no condition on amr demands a second factor",
            f'add ForAnyValue:StringEquals on {provider}:amr with "mfa"',
            grant.statement.line,
            f"{grant.statement.index}",
        )


def _people(grant: Grant) -> bool:
    if not grant.of_kind("okta"):
        return False
    if any(provider.kind == "okta" and not provider.path for provider in grant.providers):
        return True  # the org server's access tokens are not for AWS, so these are ID tokens
    subjects = [value for test in grant.on("sub") for value in test.values]
    if any(_USER.fullmatch(value) for value in subjects):
        return True
    apps = any(_APP.fullmatch(value) for test in grant.on("aud") for value in test.values)
    return apps and not any(_APP.fullmatch(value) for value in subjects)


def _strong(grant: Grant) -> bool:
    for test in grant.on("amr"):
        demanding = test.positive and not test.if_exists and test.quantifier != "ForAllValues"
        if demanding and not all(value in _KNOWING or value == "*" for value in test.values):
            return True
        if UNKNOWN in "".join(test.values):
            return True
    return False


RULE = Rule("people-without-mfa", Severity.WARNING, "People get the role without a second factor", check)
