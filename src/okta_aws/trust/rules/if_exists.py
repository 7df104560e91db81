# SPDX-License-Identifier: Apache-2.0
"""``IfExists`` lets a token through that does not have the claim."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.provider_keys import GENERIC, GITHUB_KEYS
from okta_aws.trust.role import Role

# Every token has these.
_ALWAYS = frozenset({"sub", "aud"})


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition."""
    for grant in role.grants:
        for test in grant.on(*((GENERIC | GITHUB_KEYS) - _ALWAYS)):
            if test.if_exists and test.positive:
                yield Problem(
                    f"{test.condition.operator} lets every token through that has no {test.name}",
                    f"write {test.condition.operator.removesuffix('IfExists')}",
                    test.line,
                    test.condition.key.lower(),
                )


RULE = Rule("if-exists", Severity.WARNING, "IfExists lets tokens through that lack the claim", check)
