# SPDX-License-Identifier: Apache-2.0
"""The AWS stand-in refuses what STS refuses, in its words; and IAM is enforced on what it gives."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from fakes import faults
from fakes.wire import Answer, post
from fakes.world import BOTO, Account, may_write, trust
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import NO_KEY, StsFront
from okta_aws.demo.sts_rules import NO_JWT, SOURCE_IDENTITY, TAGS, trust_allows
from okta_aws.demo.web import Response

CLIENT = Client("0oaPIPELINE", secret=f"test-secret-{secrets.token_hex(16)}")
UNFIT = "failed to satisfy constraint: Member must"
ASSUME = "sts:AssumeRoleWithWebIdentity"
READ_ONLY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
)


@dataclass(frozen=True, slots=True)
class World:
    """Okta, AWS, and a role of an account that trusts one client of this Okta."""

    okta: OktaIssuer
    aws: StsFront
    account: Account
    provider: str
    role: str
    bucket: str

    def token(self, **changes: object) -> str:
        return self.okta.token_for(CLIENT, ["aws"], **changes)

    def asking(self, **changes: str | None) -> Answer:
        return self.asking_with({}, **changes)

    def asking_with(self, headers: Mapping[str, str], **changes: str | None) -> Answer:
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": self.role,
            "RoleSessionName": "GitHubActions",
            "WebIdentityToken": "",
            **changes,
        }
        form["WebIdentityToken"] = form["WebIdentityToken"] or self.token()
        return post(f"{self.aws.url}/", {name: value for name, value in form.items() if value is not None}, headers)

    def credentials(self, **changes: str) -> dict[str, str]:
        answer = self.asking(**changes)
        assert answer.status == 200, answer.body
        return {name: answer.element(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}

    def may_write(self, key: str, **changes: str) -> bool:
        return may_write(self.aws, self.credentials(**changes), self.bucket, key)


@pytest.fixture
def world(issuer: OktaIssuer, aws: StsFront, account: Account) -> World:
    issuer.clients[CLIENT.id] = CLIENT
    provider = account.provider(issuer.issuer, ["api://aws", "api://azp"])
    role = account.role(trust(provider, sub=CLIENT.id, aud="api://aws"))
    return World(issuer, aws, account, provider, role, account.bucket())


def refused(answer: Answer, status: int, code: str, message: str) -> None:
    assert (answer.status, answer.element("Code"), answer.element("Message")) == (status, code, message)
    assert answer.element("Type") == "Sender"
    assert answer.element("RequestId") == answer.headers["x-amzn-requestid"]


def refused_token(answer: Answer, message: str) -> None:
    refused(answer, 400, "InvalidIdentityToken", message)


def not_authorized(answer: Answer, action: str = ASSUME) -> None:
    refused(answer, 403, "AccessDenied", f"Not authorized to perform {action}")


def invalid(answer: Answer, *problems: str) -> None:
    plural = "s" if len(problems) > 1 else ""
    message = f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}"
    refused(answer, 400, "ValidationError", message)


def test_a_trusted_token_becomes_credentials_that_iam_governs(world: World) -> None:
    answer = world.asking()
    assert answer.status == 200, answer.body
    assert answer.element("SubjectFromWebIdentityToken") == CLIENT.id
    assert answer.element("Audience") == "api://aws"
    assert answer.element("Provider") == world.provider
    assert answer.element("Arn") == f"arn:aws:sts::{world.account.number}:assumed-role/deploy/GitHubActions"
    assert world.aws.exchanges == 1
    assert world.may_write("allowed/file")
    assert not world.may_write("elsewhere/file")


def test_other_actions_pass_through_with_their_signature(world: World) -> None:
    keys = world.credentials()
    with contextlib.closing(
        BOTO.client(
            "sts",
            endpoint_url=world.aws.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
    ) as client:
        identity = client.get_caller_identity()
    assert (identity["Account"], identity["Arn"].rpartition("/")[2]) == (world.account.number, "GitHubActions")


def test_the_session_lasts_as_long_as_it_was_asked_to(world: World) -> None:
    expires = time.strptime(world.asking(DurationSeconds="900").element("Expiration"), "%Y-%m-%dT%H:%M:%SZ")
    assert 0 < time.mktime(expires) - time.mktime(time.gmtime()) <= 900


def test_an_inline_session_policy_narrows_the_session(world: World) -> None:
    assert not world.may_write("allowed/file", Policy=READ_ONLY)


def test_a_managed_session_policy_narrows_the_session(world: World) -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert not world.may_write("allowed/file", **{"PolicyArns.member.1.arn": arn})


def test_the_trust_policy_is_the_same_after_a_narrowed_session(world: World) -> None:
    iam = world.account.iam()
    before = iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"]
    world.credentials(Policy=READ_ONLY)
    assert iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"] == before


@pytest.mark.parametrize("name", ["RoleArn", "RoleSessionName"])
def test_refuses_a_request_without(world: World, name: str) -> None:
    member = name[0].lower() + name[1:]
    problem = f"Value null at '{member}' failed to satisfy constraint: Member must not be null"
    invalid(world.asking(**{name: None}), problem)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"RoleArn": "deploy"}, "Value 'deploy' at 'roleArn' {} have length greater than or equal to 20"),
        ({"RoleSessionName": "x"}, "Value 'x' at 'roleSessionName' {} have length greater than or equal to 2"),
        (
            {"RoleSessionName": "y" * 65},
            f"Value '{'y' * 65}' at 'roleSessionName' {{}} have length less than or equal to 64",
        ),
        (
            {"RoleSessionName": "a b"},
            r"Value 'a b' at 'roleSessionName' {} satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        ({"WebIdentityToken": "abc"}, "Value at 'webIdentityToken' {} have length greater than or equal to 4"),
        ({"WebIdentityToken": "a" * 20001}, "Value at 'webIdentityToken' {} have length less than or equal to 20000"),
        ({"DurationSeconds": "899"}, "Value '899' at 'durationSeconds' {} have value greater than or equal to 900"),
        ({"DurationSeconds": "43201"}, "Value '43201' at 'durationSeconds' {} have value less than or equal to 43200"),
        ({"Policy": "x" * 2049}, f"Value '{'x' * 2049}' at 'policy' {{}} have length less than or equal to 2048"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_refuses_a_parameter_out_of_its_bounds(world: World, changes: dict[str, str], problem: str) -> None:
    invalid(world.asking(**changes), problem.format(UNFIT))


def test_refuses_more_than_ten_managed_policies(world: World) -> None:
    arns = {f"PolicyArns.member.{number}.arn": f"arn:aws:iam::aws:policy/P{number}" for number in range(1, 12)}
    problem = f"Value '[{', '.join(arns.values())}]' at 'policyArns' {UNFIT} have length less than or equal to 10"
    invalid(world.asking(**arns), problem)


def test_names_all_problems_of_a_request_together(world: World) -> None:
    invalid(
        world.asking(RoleSessionName="x", DurationSeconds="1"),
        f"Value 'x' at 'roleSessionName' {UNFIT} have length greater than or equal to 2",
        f"Value '1' at 'durationSeconds' {UNFIT} have value greater than or equal to 900",
    )


def test_refuses_a_duration_that_is_no_number(world: World) -> None:
    assert world.asking(DurationSeconds="1h").element("Code") == "MalformedInput"


def test_refuses_an_arn_that_is_no_roles(world: World) -> None:
    refused(
        world.asking(RoleArn="arn:aws:iam::123456789012:user/deploy"), 400, "ValidationError", "Request ARN is invalid"
    )


def test_refuses_session_policies_that_are_too_large_together(world: World) -> None:
    answer = world.asking(Policy="x" * 2000, **{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/" + "y" * 76})
    message = "Packed policy consumes 102% of allotted space, please use smaller policy."
    refused(answer, 400, "PackedPolicyTooLarge", message)


def test_refuses_a_session_policy_that_is_no_json(world: World) -> None:
    assert world.asking(Policy="{").element("Code") == "MalformedPolicyDocument"


def test_refuses_a_request_that_is_signed(world: World) -> None:
    answer = world.asking_with({"Authorization": "AWS4-HMAC-SHA256 Credential=x"})
    refused(answer, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")


def test_refuses_a_request_with_a_session_token(world: World) -> None:
    refused_token(
        world.asking_with({"X-Amz-Security-Token": "x"}), "The security token included in the request is invalid."
    )


def jws(header: Mapping[str, object], claims: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, "c2lnbmF0dXJl"])


@pytest.mark.parametrize(
    "token",
    ["opaque-token", "a.b.c.d.e", "a.b.c", jws({"alg": "HS256"}, {"iss": "x"}), jws({"alg": "RS256"}, [])],
    ids=["opaque", "encrypted", "three words", "a shared secret", "claims that are a list"],
)
def test_refuses_a_token_that_is_no_signed_jwt(world: World, token: str) -> None:
    refused_token(world.asking(WebIdentityToken=token), NO_JWT)


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_refuses_a_token_without(world: World, claim: str) -> None:
    refused_token(world.asking(WebIdentityToken=world.token(**{claim: None})), f"Missing a required claim: {claim}")


def test_refuses_a_token_of_an_issuer_without_a_provider(world: World) -> None:
    token = world.token(iss=f"{world.okta.url}/oauth2/default")
    message = f"No OpenIDConnect provider found in your account for {world.okta.url}/oauth2/default"
    refused_token(world.asking(WebIdentityToken=token), message)


def test_refuses_a_token_of_an_issuer_that_another_account_knows(world: World) -> None:
    answer = world.asking(RoleArn="arn:aws:iam::123456789012:role/deploy")
    refused_token(answer, f"No OpenIDConnect provider found in your account for {world.okta.issuer}")


def test_refuses_an_audience_that_the_provider_does_not_list(world: World) -> None:
    refused_token(world.asking(WebIdentityToken=world.token(aud="api://other")), "Incorrect token audience")


def test_takes_azp_before_aud(world: World) -> None:
    refused_token(world.asking(WebIdentityToken=world.token(azp="api://other")), "Incorrect token audience")
    not_authorized(world.asking(WebIdentityToken=world.token(azp="api://azp")))
    assert world.asking(WebIdentityToken=world.token(azp="api://aws", aud="api://other")).status == 200


def test_refuses_a_wrong_signature(world: World) -> None:
    forged = SigningKey.new("RS256", kid=world.okta.key.kid)
    claims = json.loads(base64.urlsafe_b64decode(world.token().split(".")[1] + "=="))
    refused_token(world.asking(WebIdentityToken=forged.sign(claims)), "Token signature is invalid")


def test_refuses_a_token_whose_key_is_not_published(world: World) -> None:
    claims = json.loads(base64.urlsafe_b64decode(world.token().split(".")[1] + "=="))
    refused_token(world.asking(WebIdentityToken=SigningKey.new("RS256", kid="gone").sign(claims)), NO_KEY)


@pytest.mark.parametrize(
    "response",
    [Response(503), Response(200, b"<html>", "text/html"), Response.of_json(200, {"issuer": "another"})],
    ids=["unavailable", "no JSON", "incomplete"],
)
def test_refuses_a_token_when_the_keys_cannot_be_had(world: World, response: Response) -> None:
    world.okta.faults.append(faults.answering("discovery", response).at(faults.metadata))
    refused_token(world.asking(), NO_KEY)
    assert world.asking().status == 200


def test_asks_no_issuer_outside_the_loopback_interface_for_keys(world: World) -> None:
    elsewhere = world.okta.issuer.replace("127.0.0.1", "acme.okta.invalid")
    world.account.provider(elsewhere, ["api://aws"])
    refused_token(world.asking(WebIdentityToken=world.token(iss=elsewhere)), NO_KEY)
    assert world.okta.requests == []


def test_refuses_an_expired_token(world: World) -> None:
    answer = world.asking(WebIdentityToken=world.token(exp=int(time.time()) - 1))
    assert (answer.status, answer.element("Code")) == (400, "ExpiredTokenException")
    assert answer.element("Message").startswith("Token expired: current date/time ")


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_refuses_a_token_from_the_future(world: World, claim: str) -> None:
    token = world.token(**{claim: int(time.time()) + 60})
    refused_token(world.asking(WebIdentityToken=token), "Token is not yet valid")


def test_refuses_times_that_are_no_integers(world: World) -> None:
    refused_token(world.asking(WebIdentityToken=world.token(exp=time.time() + 60.5)), NO_JWT)


def test_refuses_a_role_that_does_not_exist(world: World) -> None:
    not_authorized(world.asking(RoleArn=f"arn:aws:iam::{world.account.number}:role/nobody"))


def test_refuses_a_role_under_another_path(world: World) -> None:
    not_authorized(world.asking(RoleArn=f"arn:aws:iam::{world.account.number}:role/path/deploy"))


def test_refuses_a_subject_that_the_role_does_not_trust(world: World) -> None:
    not_authorized(world.asking(WebIdentityToken=world.token(sub="0oaANOTHER")))


def test_refuses_a_longer_session_than_the_role_allows(world: World) -> None:
    message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    refused(world.asking(DurationSeconds="3601"), 400, "ValidationError", message)


@pytest.mark.parametrize(
    ("claims", "action"),
    [
        ({TAGS: {"principal_tags": {"team": ["platform"]}}}, "sts:TagSession"),
        ({f"{TAGS}/principal_tags/team": "platform"}, "sts:TagSession"),
        ({SOURCE_IDENTITY: "alice"}, "sts:SetSourceIdentity"),
    ],
    ids=["nested tags", "flattened tags", "a source identity"],
)
def test_claims_that_need_a_permission_of_their_own(world: World, claims: dict[str, Any], action: str) -> None:
    not_authorized(world.asking(WebIdentityToken=world.token(**claims)), action)
    document = trust(world.provider, sub=CLIENT.id, aud="api://aws", actions=(ASSUME, action))
    role = world.account.role(document, name="tagged")
    assert world.asking(WebIdentityToken=world.token(**claims), RoleArn=role).status == 200


def test_session_tags_of_the_token_reach_iam(world: World) -> None:
    actions = (ASSUME, "sts:TagSession")
    role = world.account.role(trust(world.provider, sub=CLIENT.id, aud="api://aws", actions=actions), name="by-tag")
    condition = {"StringEquals": {"aws:PrincipalTag/team": "platform"}}
    bucket = world.account.bucket("by-tag", condition=condition)

    def written_by(team: str) -> bool:
        token = world.token(**{f"{TAGS}/principal_tags/team": team})
        return may_write(world.aws, world.credentials(RoleArn=role, WebIdentityToken=token), bucket, "allowed/file")

    assert written_by("platform")
    assert not written_by("security")


PROVIDER = "arn:aws:iam::123456789012:oidc-provider/acme.okta.invalid"


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Action": "sts:*"}, True),
        ({"Action": "sts:AssumeRoleWithWebIdentity"}, False),
        ({"Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/other"}}, False),
        ({"Condition": {"StringLike": {"acme.okta.invalid:sub": "0oa*"}}}, True),
        ({"Condition": {"StringEquals": {"acme.okta.invalid:sub": "0oa*"}}}, False),
        ({"Condition": {"StringEquals": {"acme.okta.invalid:email": "x"}}}, False),
        ({"Condition": {"StringNotEquals": {"acme.okta.invalid:sub": "x"}}}, False),
        ({"Effect": "Deny", "Condition": {"StringEquals": {"acme.okta.invalid:sub": "x"}}}, False),
    ],
)
def test_a_trust_policy_in_doubt_does_not_allow(changes: dict[str, Any], allowed: bool) -> None:
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ["sts:TagSession"], **changes}
    keys = {"acme.okta.invalid:sub": "0oa1"}
    assert trust_allows({"Statement": [statement]}, "sts:TagSession", PROVIDER, keys) is allowed
