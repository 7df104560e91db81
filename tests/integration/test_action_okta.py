# SPDX-License-Identifier: Apache-2.0
"""The action with Okta's token: by client secret, by each kind of key, and each way in which Okta says no."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakes import faults
from fakes.job import Job, asked, okta_role
from fakes.world import Account, may_write, trust
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.web import Response

APP = "0oaPIPELINE"


def with_secret(okta: OktaIssuer, **more: object) -> dict[str, str]:
    """The inputs of an app with a client secret, which ``okta`` then knows."""
    secret = f"secret-{secrets.token_urlsafe(24)}"
    okta.clients[APP] = Client(APP, secret=secret, **more)  # type: ignore[arg-type]
    return {"okta-issuer": okta.issuer, "okta-client-id": APP, "okta-client-secret": secret}


def with_key(okta: OktaIssuer, key: SigningKey, **more: object) -> dict[str, str]:
    """The inputs of an app with a private key, which ``okta`` then knows by its public half."""
    okta.clients[APP] = Client(APP, jwks=[key.public_jwk()], **more)  # type: ignore[arg-type]
    inputs = {"okta-issuer": okta.issuer, "okta-client-id": APP}
    return inputs | {"okta-private-key": key.pem(), "okta-key-id": key.kid}


def test_a_client_secret_becomes_credentials_in_three_requests(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer)
    role = okta_role(account, issuer, APP)
    bucket = account.bucket()
    step = job.step({"role-to-assume": role, **inputs})
    assert (step.status, step.stderr) == (0, "")
    assert (len(asked(issuer)), len(asked(aws))) == (2, 1)
    assert may_write(aws, step.credentials, bucket, "allowed/report")
    assert not may_write(aws, step.credentials, bucket, "elsewhere/report")
    assert (step.outputs["token-issuer"], step.outputs["token-subject"]) == (issuer.issuer, APP)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384"])
def test_each_kind_of_key_becomes_credentials(job: Job, account: Account, issuer: OktaIssuer, algorithm: str) -> None:
    inputs = with_key(issuer, SigningKey.new(algorithm))
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    assert (step.status, step.stderr) == (0, "")
    assert len(asked(issuer)) == 2


def test_a_key_in_the_older_form_on_one_line_with_literal_line_ends_is_read(
    job: Job, account: Account, issuer: OktaIssuer
) -> None:
    key = SigningKey.new("RS256")
    inputs = with_key(issuer, key)
    pkcs1 = key.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    inputs["okta-private-key"] = pkcs1.replace("\n", "\\n")
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    assert step.status == 0


def test_the_scopes_are_those_of_the_input_and_none_where_it_is_unset(job: Job, account: Account) -> None:
    with OktaIssuer(scopes=("aws", "deploy"), default_scopes=("aws",)) as okta:
        inputs = with_secret(okta, scopes=("aws", "deploy"))
        role = okta_role(account, okta, APP)
        default = job.step({"role-to-assume": role, **inputs})
        chosen = job.step({"role-to-assume": role, "okta-scope": "aws deploy", **inputs})
        forms = [request.form() for request in asked(okta) if request.method == "POST"]
    assert (default.status, chosen.status) == (0, 0)
    assert [form.get("scope") for form in forms] == [None, "aws deploy"]


def test_an_okta_choice_never_falls_back_to_github(job: Job, aws: StsFront, account: Account) -> None:
    environ = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{aws.url}/idtoken",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secrets.token_hex(8),
    }
    inputs = {"token-source": "okta", "role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"}
    step = job.step(inputs, **environ)
    step.assert_refused(2, "settings")
    assert not aws.requests


def test_a_429_is_waited_out_as_long_as_okta_says(job: Job, account: Account, issuer: OktaIssuer) -> None:
    inputs = with_secret(issuer)
    role = okta_role(account, issuer, APP)
    reset = int(time.time()) + 2
    issuer.faults.append(faults.too_many(reset - time.time()))
    step = job.step({"role-to-assume": role, **inputs})
    assert step.status == 0
    assert time.time() >= reset
    assert len(asked(issuer)) == 3


def test_a_429_whose_reset_lies_beyond_the_deadline_ends_at_once(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer)
    issuer.faults.append(faults.too_many(600).forever())
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), "action-timeout-s": "20", **inputs})
    step.assert_refused(3, "okta-rate-limit")
    assert (len(asked(issuer)), len(aws.requests)) == (2, 0)


def test_a_key_signs_a_new_assertion_for_each_request(job: Job, account: Account, issuer: OktaIssuer) -> None:
    inputs = with_key(issuer, SigningKey.new("ES256"))
    issuer.faults.append(faults.unavailable())
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    assert step.status == 0
    assertions = [request.form()["client_assertion"] for request in asked(issuer) if request.method == "POST"]
    assert len({jwt.decode(one, options={"verify_signature": False})["jti"] for one in assertions}) == 2


# What is changed about inputs that would work, and the code that it ends in.
REFUSED: Mapping[str, Mapping[str, str]] = {
    "okta-client": {"okta-client-secret": "not-the-secret"},
    "okta-scope": {"okta-scope": "unheard-of"},
    "okta-policy": {"okta-scope": "forbidden"},
    "okta-discovery": {"okta-issuer": "{issuer}-not"},
    "okta-org-server": {"okta-issuer": "{url}"},
}


@pytest.mark.parametrize("code", REFUSED)
def test_each_refusal_of_okta_ends_in_its_own_code_and_never_reaches_aws(
    job: Job, aws: StsFront, account: Account, code: str
) -> None:
    with OktaIssuer(scopes=("aws", "forbidden")) as okta:
        inputs = with_secret(okta)
        role = okta_role(account, okta, APP)
        changed = {name: text.format(issuer=okta.issuer, url=okta.url) for name, text in REFUSED[code].items()}
        step = job.step({"role-to-assume": role, **inputs, **changed})
        step.assert_refused(3, code)
        assert len([request for request in asked(okta) if request.method == "POST"]) <= 1
    assert not aws.requests


# The same for keys.
REFUSED_KEYS: Mapping[str, Mapping[str, str]] = {
    "okta-assertion-key": {"okta-key-id": "not-registered"},
    "okta-assertion-subject": {"okta-client-id": "0oaSOMEONE"},
    "okta-assertion-signature": {"okta-private-key": "another"},
    "okta-key-format": {"okta-private-key": "not a key at all"},
}


@pytest.mark.parametrize("code", REFUSED_KEYS)
def test_each_refusal_of_an_assertion_ends_in_its_own_code(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer, code: str
) -> None:
    inputs = {**with_key(issuer, SigningKey.new("ES256")), **REFUSED_KEYS[code]}
    if inputs["okta-private-key"] == "another":
        inputs["okta-private-key"] = SigningKey.new("ES256").pem()
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    step.assert_refused(3, code)
    assert not aws.requests


def test_a_clock_that_disagrees_is_told_in_seconds(job: Job, aws: StsFront, account: Account) -> None:
    with OktaIssuer(clock=lambda: time.time() - 600) as okta:
        inputs = with_key(okta, SigningKey.new("ES256"))
        step = job.step({"role-to-assume": okta_role(account, okta, APP), **inputs})
    step.assert_refused(3, "okta-assertion-clock")
    assert " s ahead of Okta's" in step.log()
    assert not aws.requests


def test_a_client_that_demands_dpop_is_told_to_switch_it_off(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer, dpop=True)
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    step.assert_refused(3, "okta-dpop")
    assert "untick" in step.log()
    assert not aws.requests


def test_an_encrypted_token_is_told_to_be_switched_off(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer)
    encrypted = ".".join(secrets.token_urlsafe(12) for _ in range(5))
    body = {"token_type": "Bearer", "expires_in": 3600, "access_token": encrypted}
    answer = faults.answering("encrypted", Response.of_json(200, body))
    issuer.faults.append(answer)
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    step.assert_refused(4, "token-encrypted")
    assert not aws.requests


def test_the_audience_of_an_okta_token_is_checked_before_aws_is_asked(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer) | {"audience": "api://another"}
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    step.assert_refused(4, "token-audience")
    assert "api://another" in step.log()
    assert issuer.audience in step.log()
    assert not aws.requests


def test_a_role_that_trusts_another_app_refuses_and_the_token_s_subject_is_told(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    inputs = with_secret(issuer)
    provider = account.provider(issuer.issuer, [issuer.audience])
    role = account.role(trust(provider, sub="0oaANOTHER", aud=issuer.audience))
    step = job.step({"role-to-assume": role, **inputs})
    step.assert_refused(5, "role-refused")
    assert APP in step.log()
    assert len(aws.requests) == 1


def test_session_tags_in_the_token_need_their_own_permission(
    job: Job, aws: StsFront, account: Account, issuer: OktaIssuer
) -> None:
    tags = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["infra"]}}}
    inputs = with_secret(issuer, claims=tags)
    step = job.step({"role-to-assume": okta_role(account, issuer, APP), **inputs})
    step.assert_refused(5, "role-refused")
    assert "sts:TagSession" in step.log()
    assert len(aws.requests) == 1
