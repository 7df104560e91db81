# SPDX-License-Identifier: Apache-2.0
"""A condition on a claim that AWS makes no key of is never met (or, with IfExists, always)."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.trust.finding import Problem, Rule, Severity
from okta_aws.trust.grant import Grant, Test, shown
from okta_aws.trust.provider_keys import GENERIC, GITHUB_DOUBTFUL, GITHUB_KEYS, may_have_more
from okta_aws.trust.provider_name import UNKNOWN, provider_name
from okta_aws.trust.role import Role


def check(role: Role) -> Iterator[Problem]:
    """One problem for each condition."""
    for grant in role.grants:
        for test in grant.tests:
            if not test.provider or UNKNOWN in test.condition.key or test.name in _keys(grant, test):
                continue
            if may_have_more(test.provider):
                continue
            effect = "it holds for every token" if _idle(test) else "no token meets it"
            yield Problem(
                f"AWS has no condition key {shown(test.condition.key)}: {effect}",
                _fix(grant, test),
                test.line,
                test.condition.key.lower(),
            )


def _idle(test: Test) -> bool:
    """That it holds for tokens without the key, which are all."""
    return test.if_exists or test.quantifier == "ForAllValues" or not test.positive


def _keys(grant: Grant, test: Test) -> frozenset[str]:
    if provider_name(test.provider).kind == "github" or grant.of_kind("unknown"):
        return GENERIC | GITHUB_KEYS | GITHUB_DOUBTFUL
    return GENERIC


def _fix(grant: Grant, test: Test) -> str:
    if test.name == "iss":
        return "leave it out: the Federated principal is the issuer already"
    if f"{test.name}_id" in _keys(grant, test):
        return f"use {test.provider}:{test.name}_id"
    known = "sub, aud, amr" + (" and GitHub's own, such as repository_id" if grant.of_kind("github") else "")
    return f"put the distinction into sub or aud; the keys are {known}; other claims can come as session tags"


RULE = Rule("unsupported-key", Severity.ERROR, "A condition on a key that AWS does not have", check)
