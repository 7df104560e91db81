# SPDX-License-Identifier: Apache-2.0
"""Each kind of principal has an action of its own; with another's, nobody gets in."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.policies.document import Statement
from okta_aws.trust.context import ASSUME
from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import SET_SOURCE_IDENTITY, TAG_SESSION, covers, quoted
from okta_aws.trust.provider_name import OIDC_PROVIDER, SAML_PROVIDER
from okta_aws.trust.role import Role

_SAML = "sts:AssumeRoleWithSAML"


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for statement in role.allows:
        wanted = _wanted(statement)
        if wanted and not any(covers(statement, action) for action in (wanted, TAG_SESSION, SET_SOURCE_IDENTITY)):
            yield Problem(
                f"{quoted(statement.actions)} is never asked for by a principal of this kind",
                f"write {wanted}",
                statement.line,
                f"{statement.index}",
            )


def _wanted(statement: Statement) -> str:
    federated = statement.principals.get("Federated", ())
    if any(OIDC_PROVIDER in one for one in federated):
        return ASSUME
    if any(SAML_PROVIDER in one for one in federated):
        return _SAML
    only_aws = set(statement.principals) == {"AWS"} and "*" not in statement.principals["AWS"]
    return "sts:AssumeRole" if only_aws and covers(statement, ASSUME) else ""


RULE = Rule("wrong-action", Severity.ERROR, "The action does not fit the principal", check)
