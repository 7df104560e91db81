# SPDX-License-Identifier: Apache-2.0
"""Explanations beyond the reported refusals: each further cause, what is proposed, and hostile claims."""

from __future__ import annotations

from typing import Any

import pytest

from okta_aws.policies.document import document
from okta_aws.trust.cause import Cause
from okta_aws.trust.causes import CODES
from okta_aws.trust.change import apply
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.explain import Explanation, explain
from okta_aws.trust.facts import Facts
from unit.trust.refusals import refusals

HOST = "acme.okta.com/oauth2/aus1"
ARN = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
GITHUB = "token.actions.githubusercontent.com"
ARN_OF_NOBODY = f"arn:aws:iam::ACCOUNT:oidc-provider/{HOST}"
ASSUME = "sts:AssumeRoleWithWebIdentity"
CLAIMS: dict[str, Any] = {"iss": f"https://{HOST}", "aud": "api://aws", "sub": "0oa1"}
Json = dict[str, Any]


def statement(*, host: str = HOST, action: str | list[str] = ASSUME, effect: str = "Allow", **conditions: Json) -> Json:
    """A statement for one provider; of a condition's keys the provider's part is left out."""
    written = {
        operator.replace("_", ":"): {key if ":" in key else f"{host}:{key}": values for key, values in keys.items()}
        for operator, keys in conditions.items()
    }
    principal = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}
    return {"Effect": effect, "Principal": principal, "Action": action, "Condition": written}


def explained(
    *statements: Json,
    claims: Json | None = None,
    facts: Facts | None = None,
    version: str = "2012-10-17",
    arn: str = "",
) -> Explanation:
    policy = document({"Version": version, "Statement": list(statements)})
    request = Request(CLAIMS | (claims or {}), provider_arn=arn or None)
    explanation = explain(policy, request, facts or Facts())
    if explanation.change is not None:
        assert evaluate(apply(policy, explanation.change), request).answer == "allow"
    return explanation


def codes(explanation: Explanation) -> list[str]:
    return [cause.code for cause in explanation.causes]


def github(sub: str) -> Json:
    return {"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com", "sub": sub}


BEYOND: dict[str, Explanation] = {
    "id-token-for-access-token": explained(
        statement(StringEquals={"aud": "api://aws"}), claims={"aud": "0oa1", "jti": "ID.1", "sub": "00u1"}
    ),
    "source-identity-missing": explained(
        statement(StringEquals={"sub": "0oa1"}), claims={"https://aws.amazon.com/source_identity": "jane"}
    ),
    "wrong-action": explained(statement(action="sts:AssumeRole", StringEquals={"sub": "0oa1"})),
    "absent-claim": explained(statement(StringEquals={"sub": "0oa1"}, ForAnyValue_StringEquals={"amr": "mfa"})),
    "other-environment": explained(
        statement(host=GITHUB, StringEquals={"sub": "repo:o/r:environment:prod"}),
        claims=github("repo:o/r:environment:dev"),
    ),
    "other-subject": explained(statement(StringEquals={"sub": "0oa2"})),
    "for-all-values": explained(
        statement(StringEquals={"sub": "0oa1"}, ForAllValues_StringEquals={"amr": ["mfa", "pwd"]}),
        claims={"amr": ["mfa", "pwd", "kba"]},
    ),
    "condition-not-met": explained(
        statement(StringEquals={"sub": "0oa1"}, StringNotEquals={"aud": "api://aws"}),
    ),
}


@pytest.mark.parametrize("code", BEYOND)
def test_the_cause_is_named(code: str) -> None:
    assert (BEYOND[code].answer, codes(BEYOND[code])) == ("deny", [code])


def test_every_cause_is_proven_by_a_case() -> None:
    proven = {code for case in refusals("one") for code in case.causes} | set(BEYOND)
    assert proven == set(CODES)


@pytest.mark.parametrize("cause", [cause for one in BEYOND.values() for cause in one.causes], ids=lambda one: one.code)
def test_each_cause_says_what_and_what_to_do(cause: Cause) -> None:
    assert cause.what
    assert cause.fix
    assert cause.statement == 0


def test_a_deny_with_for_all_values_holds_without_the_key() -> None:
    denied = explained(
        statement(StringEquals={"sub": "0oa1"}), statement(effect="Deny", ForAllValues_StringEquals={"amr": "pwd"})
    )
    assert codes(denied) == ["explicit-deny", "for-all-values"]
    assert denied.change is not None
    assert [one.after["Effect"] for one in denied.change.statements] == ["Deny"]


def test_an_exception_to_a_deny_is_for_this_subject_alone() -> None:
    deny = statement(effect="Deny", StringNotEquals={"sub": "0oa9"})
    denied = explained(statement(StringLike={"sub": "0oa*"}), deny)
    assert denied.change is not None
    (change,) = denied.change.statements
    assert change.after["Condition"] == {"StringNotEquals": {f"{HOST}:sub": ["0oa9", "0oa1"]}}


def test_the_nearest_statement_is_the_one_with_the_least_to_change() -> None:
    far = statement(StringEquals={"sub": "0oa2", "aud": "api://other"})
    other = statement(host="other.example.com", StringEquals={"sub": "0oa1"})
    assert explained(far, other, statement(StringEquals={"sub": "0oa2"})).nearest == 2


def test_one_more_subject_is_added_in_place() -> None:
    change = explained(statement(StringEquals={"aud": "api://aws", "sub": "0oa2"})).change
    assert change is not None
    assert change.statements[0].index == 0
    assert change.statements[0].after["Condition"] == {
        "StringEquals": {f"{HOST}:aud": "api://aws", f"{HOST}:sub": ["0oa2", "0oa1"]}
    }


HOLES: dict[str, Json] = {
    "no audience": {"StringEquals": {"sub": "0oa2"}},
    "an audience that may be absent": {"StringEqualsIfExists": {"aud": "api://aws"}, "StringEquals": {"sub": "0oa2"}},
    "an audience of none": {"ForAllValues_StringEquals": {"aud": "api://aws"}, "StringEquals": {"sub": "0oa2"}},
    "a subject that may be absent": {"StringEquals": {"aud": "api://aws"}, "StringLikeIfExists": {"sub": "0oa2"}},
    "an audience that is not another": {"StringNotEquals": {"aud": "api://x"}, "StringEquals": {"sub": "0oa2"}},
}


@pytest.mark.parametrize("hole", HOLES)
def test_a_statement_with_a_hole_is_left_as_it_is(hole: str) -> None:
    change = explained(statement(**HOLES[hole])).change
    assert change is not None
    (only,) = change.statements
    assert only.index is None
    assert only.after["Condition"]["StringEquals"] == {f"{HOST}:aud": "api://aws", f"{HOST}:sub": "0oa1"}


def test_a_statement_for_everybody_is_left_as_it_is() -> None:
    everybody = statement(StringEquals={"aud": "api://aws", "sub": "0oa2"}) | {"Principal": "*"}
    change = explained(everybody).change
    assert change is not None
    assert (change.statements[0].index, change.statements[0].after["Principal"]) == (None, {"Federated": ARN_OF_NOBODY})


@pytest.mark.parametrize("amr", [["pwd"], [], None])
def test_how_somebody_has_to_sign_in_is_never_given_away(amr: list[str] | None) -> None:
    for sub in ("0oa1", "0oa2"):
        policy = statement(StringEquals={"aud": "api://aws", "sub": sub}, ForAnyValue_StringEquals={"amr": "mfa"})
        refused = explained(policy, claims={} if amr is None else {"amr": amr})
        assert (refused.answer, refused.change) == ("deny", None)


def test_what_else_the_nearest_statement_asks_for_is_asked_for_in_the_new_one() -> None:
    wanted = {"aud": "api://x", "sub": "repo:o/*"}
    policy = statement(
        host=GITHUB,
        StringLike=wanted,
        StringEquals={"job_workflow_ref": "o/a/b.yml@refs/heads/main", "environment": "prod"},
    )
    claims = github("repo:o/r:environment:dev") | {
        "job_workflow_ref": "o/a/b.yml@refs/heads/main",
        "environment": "dev",
    }
    change = explained(policy, claims=claims).change
    assert change is not None
    assert change.statements[0].after["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": "repo:o/r:environment:dev",
            f"{GITHUB}:environment": "dev",
            f"{GITHUB}:job_workflow_ref": "o/a/b.yml@refs/heads/main",
        }
    }


@pytest.mark.parametrize(
    "asked", [{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"StringEquals": {"sts:RoleSessionName": "x"}}]
)
def test_what_cannot_be_known_is_not_left_out_of_a_change(asked: Json) -> None:
    policy = statement(StringLike={"aud": "api://x", "sub": "0oa2"}, **asked)
    assert (explained(policy).answer, explained(policy).change) == ("deny", None)


def test_who_started_a_run_is_neither_shown_nor_left_out() -> None:
    policy = statement(
        host=GITHUB, StringEquals={"aud": "sts.amazonaws.com", "sub": "repo:o/r:pull_request", "actor": "octocat"}
    )
    refused = explained(policy, claims=github("repo:o/r:pull_request") | {"actor": "somebody-else"})
    assert (codes(refused), refused.change) == (["condition-not-met"], None)
    assert "somebody-else" not in str(refused.causes)


@pytest.mark.parametrize("audience", [["a", "b"], [], None])
def test_no_one_audience_is_no_reason_to_ask_for_none(audience: list[str] | None) -> None:
    policy = statement(StringEquals={"sub": "0oa2"})
    refused = explained(policy, claims={"aud": audience})
    assert (refused.answer, refused.change) == ("deny", None)


def test_a_broken_audience_beside_a_pattern_gets_a_statement_of_its_own() -> None:
    change = explained(statement(StringLike={"sub": "0oa*"}, StringEquals={"aud": "other"})).change
    assert change is not None
    assert change.statements[0].index is None
    assert change.statements[0].after["Condition"] == {
        "StringEquals": {f"{HOST}:aud": "api://aws", f"{HOST}:sub": "0oa1"}
    }


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "ForAllValues_StringLike"])
@pytest.mark.parametrize(
    "subject", ["*", "0oa?", "${aws:username}", "a*b", "$", "${*}", "${", "}", "", "x" * 3000, "\x00\n"]
)
def test_a_hostile_subject_never_becomes_a_pattern(subject: str, operator: str, version: str) -> None:
    wanted: dict[str, Any] = {operator: {"sub": "0oa2"}}
    explanation = explained(statement(**wanted), claims={"sub": subject}, version=version)
    if explanation.change is None:
        assert not subject
        return
    policy = document({"Version": version, "Statement": [statement(**wanted)]})
    after = apply(policy, explanation.change)
    for other in ("0oa1", "0oax", "ab", "aXb", "anything", f"{subject}x", f"x{subject}"):
        if other != subject:
            assert evaluate(after, Request(CLAIMS | {"sub": other})).answer == "deny"


def test_without_a_role_the_account_is_left_to_whoever_applies_it() -> None:
    aws = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    change = explained(aws).change
    assert change is not None
    assert change.statements[0].after["Principal"] == {"Federated": f"arn:aws:iam::ACCOUNT:oidc-provider/{HOST}"}
    known = explained(aws, facts=Facts(account="210987654321")).change
    assert known is not None
    assert known.statements[0].after["Principal"] == {"Federated": f"arn:aws:iam::210987654321:oidc-provider/{HOST}"}


def test_claims_of_a_past_run_are_not_expired() -> None:
    policy, past = statement(StringEquals={"sub": "0oa1"}), {"exp": 1000, "iat": 400}
    assert explained(policy, claims=past).answer == "allow"
    assert codes(explained(policy, claims=past, facts=Facts(now=2000.0))) == ["token-expired"]


def test_claims_that_may_be_a_part_lack_nothing() -> None:
    claims = {"iss": f"https://{HOST}", "sub": "0oa1"}
    policy = document({"Version": "2012-10-17", "Statement": [statement(StringEquals={"sub": "0oa1"})]})
    assert explain(policy, Request(claims)).answer == "allow"
    assert codes(explain(policy, Request(claims), Facts(whole=True))) == ["missing-claim"]


@pytest.mark.parametrize("when", [True, "soon", None, float("inf"), float("nan"), 10**400, -1e300, {}])
def test_times_that_are_none_are_no_cause(when: object) -> None:
    policy = statement(StringEquals={"sub": "0oa1"})
    assert explained(policy, claims={"exp": when, "nbf": when}, facts=Facts(now=2000.0)).answer in {"allow", "deny"}


def test_the_provider_has_to_be_the_issuer_to_the_letter() -> None:
    slash = explained(statement(StringEquals={"sub": "0oa1"}), claims={"iss": f"https://{HOST}/"}, arn=ARN)
    assert codes(slash) == ["provider-url"]
    assert slash.answer == "deny"


def test_a_colon_in_the_name_of_an_environment_is_explained() -> None:
    policy = statement(host=GITHUB, StringEquals={"sub": "repo:o/r:environment:eu:prod"})
    refused = explained(policy, claims=github("repo:o/r:environment:eu%3Aprod"))
    assert codes(refused) == ["other-environment"]
    assert "GitHub writes a colon in a name" in refused.causes[0].what


def test_a_missing_factor_is_fixed_by_signing_in() -> None:
    policy = statement(StringEquals={"sub": "0oa1"}, ForAnyValue_StringEquals={"amr": "mfa"})
    assert "sign in again" in explained(policy, claims={"amr": ["pwd"]}).fix


@pytest.mark.parametrize(
    ("conditions", "claims", "why"),
    [
        ({"StringEquals": {"aud": "a"}}, {"aud": ["a", "b"]}, "several values"),
        ({"ForAnyValue_StringEqualsIfExists": {"amr": "mfa"}}, {}, "say the opposite"),
        ({"stringequals": {"sub": "0oa1"}}, {}, "other letter case"),
        ({"StringMatches": {"sub": "0oa1"}}, {}, "no such operator"),
        ({"NumericEquals": {"sub": "one"}}, {}, "none for this operator"),
    ],
)
def test_why_something_is_unknown_is_said(conditions: Json, claims: Json, why: str) -> None:
    unknown = explained(statement(**conditions), claims=claims)
    assert unknown.answer == "unknown"
    assert why in unknown.fix


def test_what_cannot_be_known_is_not_explained_but_named() -> None:
    policy = statement(StringEquals={"sub": "0oa1"}, IpAddress={"aws:SourceIp": "10.0.0.0/8"})
    unknown = explained(policy)
    assert (unknown.answer, unknown.cause, unknown.change) == ("unknown", "", None)
    assert "aws:SourceIp" in unknown.fix


def test_an_unknown_does_not_hide_a_certain_no() -> None:
    policy = statement(StringEquals={"sub": "0oa2"}, IpAddress={"aws:SourceIp": "10.0.0.0/8"})
    refused = explained(policy)
    assert (refused.answer, codes(refused)) == ("deny", ["other-subject"])


@pytest.mark.parametrize(
    "claims", [{"iss": 5}, {"iss": ""}, {"sub": ["a"]}, {"aud": 5}, {"azp": {}}, {"aud": []}, {"amr": 1}]
)
def test_claims_of_other_types_are_no_defect(claims: Json) -> None:
    policy = statement(StringEquals={"sub": "0oa1", "aud": "api://aws"}, ForAnyValue_StringEquals={"amr": "mfa"})
    assert explained(policy, claims=claims, facts=Facts(now=1.0, whole=True)).answer in {"deny", "unknown"}


def test_subjects_with_several_patterns_are_compared_with_the_nearest() -> None:
    wanted = ["repo:x/y:ref:refs/heads/main", "repo:o/r:ref:refs/heads/main"]
    refused = explained(statement(host=GITHUB, StringEquals={"sub": wanted}), claims=github("repo:o/r:pull_request"))
    assert codes(refused) == ["pull-request-subject"]
    assert "repo:o/r:ref:refs/heads/main" in refused.causes[0].what


def test_ids_in_the_policy_and_none_in_the_token_is_the_same_change() -> None:
    policy = statement(host=GITHUB, StringEquals={"sub": "repo:o@1/r@2:ref:refs/heads/main"})
    assert codes(explained(policy, claims=github("repo:o/r:ref:refs/heads/main"))) == ["immutable-subject"]


def test_of_values_that_nobody_writes_the_cause_is_the_general_one() -> None:
    wanted = [f"repo:o/r:ref:refs/heads/{'*a?' * 400}"]
    policy = statement(host=GITHUB, StringLike={"sub": wanted})
    refused = explained(policy, claims=github("repo:o/r:ref:refs/heads/main"))
    assert codes(refused) == ["other-subject"]
