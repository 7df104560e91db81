# SPDX-License-Identifier: Apache-2.0
"""Without a condition on ``aud``, tokens that the issuer made for other services open the role too."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each statement."""
    for grant in role.grants:
        if any(test.positive for test in grant.on("aud", "oaud", "app_id")):
            continue
        provider = grant.providers[0].text if grant.providers else "PROVIDER"
        audience = "sts.amazonaws.com" if grant.of_kind("github", "github-server") else "the audience meant for AWS"
        yield Problem(
            f"a token of {grant.who} for any audience that the provider lists opens this role: no condition on aud",
            f"add a condition StringEquals on {provider}:aud with {audience}",
            grant.statement.line,
            f"{grant.statement.index}",
        )


RULE = Rule("missing-audience", Severity.ERROR, "The role does not ask what the token was issued for", check)
