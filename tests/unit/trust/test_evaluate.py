# SPDX-License-Identifier: Apache-2.0
"""The shape of a verdict; which verdict it is, the golden cases say."""

from __future__ import annotations

from typing import Any

import pytest

from okta_aws.policies.document import LONGEST, document
from okta_aws.trust.context import ASSUME, SET_SOURCE, SOURCE_CLAIM, TAG, TAGS_CLAIM, Request
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.verdict import Verdict

HOST = "acme.okta.com/oauth2/aus1"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
CLAIMS: dict[str, Any] = {"iss": f"https://{HOST}", "sub": "0oa1", "aud": "api://aws"}


def statement(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON has
    return {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ASSUME, **changes}


def verdict_of(*statements: dict[str, Any], **claims: Any) -> Verdict:  # noqa: ANN401
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return evaluate(document(policy), Request({**CLAIMS, **claims}, provider_arn=PROVIDER))


def test_the_trace_has_each_statement_and_each_condition() -> None:
    wanted = {"StringEquals": {f"{HOST}:sub": "0oa1", f"{HOST}:aud": ["x", "y"]}}
    verdict = verdict_of(statement(Condition=wanted), statement(Action="sts:AssumeRole"))
    first, second = verdict.statements
    assert verdict.answer == "deny"
    assert (first.index, first.effect, first.matched, first.principal, first.action) == (0, "Allow", False, True, True)
    assert [(one.wanted, one.found, one.holds) for one in first.conditions] == [
        (("0oa1",), ("0oa1",), True),
        (("x", "y"), ("api://aws",), False),
    ]
    assert (second.index, second.matched, second.action, second.conditions) == (1, False, False, ())


def test_what_the_token_asks_for_is_needed() -> None:
    tags = {TAGS_CLAIM: {"principal_tags": {"a": ["b"]}}, SOURCE_CLAIM: "jo"}
    assert verdict_of(statement()).needs == (ASSUME,)
    verdict = verdict_of(statement(Action=[ASSUME, SET_SOURCE]), **tags)
    assert (verdict.answer, verdict.needs, verdict.missing) == ("deny", (ASSUME, TAG, SET_SOURCE), (TAG,))
    assert [one.answer for one in verdict.actions] == ["allow", "deny", "allow"]


@pytest.mark.parametrize(("action", "needs"), [("STS:assumeROLEwithWEBidentity", 2), ("sts:AssumeRole", 1)])
def test_only_a_web_identity_brings_tags(action: str, needs: int) -> None:
    claims = {**CLAIMS, TAGS_CLAIM: {"principal_tags": {"a": ["b"]}}}
    verdict = evaluate(document({"Statement": statement(Action="*")}), Request(claims, action=action))
    assert len(verdict.needs) == needs


def test_the_deny_that_decides_is_named() -> None:
    deny = statement(Effect="Deny")
    assert verdict_of(statement(), deny).denied_by == 1
    assert verdict_of(statement(), {**deny, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}).denied_by is None
    tags = {TAGS_CLAIM: {"principal_tags": {"a": ["b"]}}}
    assert verdict_of(statement(Action="sts:*"), {**deny, "Action": TAG}, **tags).denied_by == 1


def test_the_nearest_of_several_wrong_providers_gives_the_reason() -> None:
    several = [f"{PROVIDER}9", PROVIDER.replace("1234", "9999")]
    (found,) = verdict_of(statement(Principal={"Federated": several})).statements
    assert (found.principal, found.reason) == (False, "wrong-account")


def test_an_email_of_a_thousand_letters_is_judged_beside_a_policy_of_usual_length() -> None:
    wanted = {"StringLike": {f"{HOST}:email": "*a*b"}}
    assert verdict_of(statement(Condition=wanted), email="a" * 1000 + "b").answer == "allow"


def test_a_hostile_policy_beside_a_hostile_token_is_not_judged_to_the_end() -> None:
    wanted = {"StringLike": {f"{HOST}:sub": ["*?a"] * (LONGEST // 7)}}
    verdict = verdict_of(statement(Condition=wanted), sub="b" * 15_000)
    assert verdict.answer == "unknown"
    assert verdict.statements[0].conditions[0].reason == "too-long"
