# SPDX-License-Identifier: Apache-2.0
"""Without a condition on ``sub``, whoever gets a token of the issuer for this audience gets the role."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.context import ASSUME
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import NEGATIVE, Grant, covers
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        if any(test.positive for test in grant.on("sub")) or _denied(role) or _people(grant):
            continue
        named = next(grant.on("sub"), None)
        why = "its condition on sub names only who may not" if named else "it has no condition on sub"
        yield Problem(
            f"every token of {grant.who} opens this role, whoever it was issued to: {why}",
            f"add a condition StringEquals on {_key(grant)} with the subjects that are meant",
            grant.statement.line,
            f"{grant.statement.index}",
        )


def _denied(role: Role) -> bool:
    """Denying all subjects but some is the same as allowing those."""
    for statement, tests in role.denials:
        if not covers(statement, ASSUME) or any("*" in test.values for test in tests):
            continue
        if len(tests) == 1 and tests[0].operator in NEGATIVE and tests[0].name == "sub" and tests[0].provider:
            return True
    return False


def _people(grant: Grant) -> bool:
    """An ID token's audience is one app, and Okta gives it to nobody whom the app is not assigned to."""
    return (
        grant.of_kind("okta")
        and any(test.exact and test.values for test in grant.on("aud", "oaud"))
        and any(test.positive and not test.if_exists and test.quantifier != "ForAllValues" for test in grant.on("amr"))
    )


def _key(grant: Grant) -> str:
    return f"{grant.providers[0].text}:sub" if grant.providers else "PROVIDER:sub"


RULE = Rule("missing-subject", Severity.ERROR, "The role does not ask who the token was issued to", check)
