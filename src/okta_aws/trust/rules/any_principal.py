# SPDX-License-Identifier: Apache-2.0
"""A role whose principal is everybody."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies.document import Statement
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import tests_of
from okta_aws.trust.role import Role

# Keys that narrow everybody down to whom the owner knows.
_NARROW = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:sourcearn"}
)
_NARROW |= {"aws:sourceaccount", "aws:sourceorgid", "aws:userid"}


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for statement in role.allows:
        found = _found(statement)
        if found:
            yield Problem(
                f"the principal is {found}: everybody at AWS and every provider",
                'name the provider: "Principal": {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH"}',
                statement.line,
                f"{statement.index}",
            )


def _found(statement: Statement) -> str:
    principals = statement.principals
    if any("*" in one or "?" in one for one in principals.get("Federated", ())):
        return "a Federated principal with a wildcard"
    if "*" in principals or "*" in principals.get("AWS", ()):
        return "" if any(test.positive and test.name in _NARROW for test in tests_of(statement)) else '"*"'
    return ""


RULE = Rule("any-principal", Severity.ERROR, "The role trusts everybody", check)
