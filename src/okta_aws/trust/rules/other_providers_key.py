# SPDX-License-Identifier: Apache-2.0
"""A condition on another provider's key: a token of this provider does not have it."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import Grant, Test, shown
from okta_aws.trust.provider_name import UNKNOWN
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition, but where the keys of two providers meet, which has a rule of its own."""
    for grant in role.grants:
        names = {provider.text.lower() for provider in grant.providers}
        prefixes = {test.provider.lower() for test in grant.tests if test.provider}
        if len(prefixes) != 1 or UNKNOWN in "".join(names | prefixes) or prefixes & names:
            continue
        for test in grant.tests:
            if test.provider:
                yield _problem(grant, test)


def _problem(grant: Grant, test: Test) -> Problem:
    key = f"{grant.providers[0].text}:{test.condition.key.rpartition(':')[2]}"
    return Problem(
        f"the statement trusts {grant.who}, whose tokens have no key {shown(test.condition.key)}",
        f"write {shown(key)}: the provider's URL without https://, byte for byte, then a colon and the claim",
        test.line,
        test.condition.key.lower(),
    )


RULE = Rule(
    "other-providers-key", Severity.ERROR, "The condition key belongs to a provider that is not trusted here", check
)
