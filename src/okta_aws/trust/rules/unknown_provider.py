# SPDX-License-Identifier: Apache-2.0
"""A provider that the account does not have: nobody gets in, until somebody registers that issuer."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import shown
from okta_aws.trust.provider_keys import BUILT_IN
from okta_aws.trust.provider_name import UNKNOWN, principal_name
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each principal; none where the account's providers are not known."""
    known = role.known_providers
    if known is None:
        return
    lower = {name.lower(): name for name in known}
    for statement in role.allows:
        for principal in statement.principals.get("Federated", ()):
            name = principal_name(principal)
            if name is None or UNKNOWN in principal or name.text in known or name.text in BUILT_IN:
                continue
            twin = lower.get(name.text.lower())
            fix = f"write {twin}, letter for letter" if twin else "register the provider, or correct its name"
            yield Problem(
                f"the account has no identity provider {shown(name.text)}, so no token of it is taken",
                fix,
                statement.line,
                name.text,
            )


RULE = Rule("unknown-provider", Severity.ERROR, "The account has no such identity provider", check)
