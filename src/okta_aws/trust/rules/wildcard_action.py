# SPDX-License-Identifier: Apache-2.0
"""``sts:*`` in a trust policy allows what nobody thought of, now and later."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import has_wildcard, quoted
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        wild = [action for action in grant.statement.actions if has_wildcard(action)]
        if wild or grant.statement.not_actions:
            found = quoted(wild) if wild else "NotAction"
            yield Problem(
                f"{found} allows more than to assume the role: session tags and a source identity of the token's "
                "choice, and "
                "whatever AWS adds",
                "write sts:AssumeRoleWithWebIdentity, and sts:TagSession only where tags are meant",
                grant.statement.line,
                f"{grant.statement.index}",
            )


RULE = Rule("wildcard-action", Severity.WARNING, "The actions are not named one by one", check)
