# SPDX-License-Identifier: Apache-2.0
"""The provider that nobody here wrote issues what the AWS stand-in takes: so neither is tested against itself alone."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

import jwt
import pytest

from fakes.certified_issuer import CertifiedIssuer, with_key, with_secret
from fakes.wire import get, post
from fakes.world import Account, trust
from okta_aws.demo.issuer import ASSERTION_TYPE
from okta_aws.demo.signing import ALGORITHMS, SigningKey
from okta_aws.demo.sts_front import StsFront

SECRET = f"test-secret-{secrets.token_hex(16)}"
KEYS = {algorithm: SigningKey.new(algorithm) for algorithm in ALGORITHMS}


def token_of(issuer: CertifiedIssuer, form: dict[str, str], headers: dict[str, str] | None = None) -> str:
    endpoint = get(f"{issuer.issuer}/.well-known/openid-configuration").json()["token_endpoint"]
    answer = post(endpoint, {"grant_type": "client_credentials", "scope": "aws", **form}, headers)
    assert answer.status == 200, answer.body
    return str(answer.json()["access_token"])


def claims_of(issuer: CertifiedIssuer, token: str) -> dict[str, Any]:
    found = get(get(f"{issuer.issuer}/.well-known/openid-configuration").json()["jwks_uri"]).json()["keys"]
    claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(found[0]), ["RS256"], audience=issuer.audience)
    return claims


def test_a_secret_gets_a_token_that_aws_exchanges(aws: StsFront, account: Account) -> None:
    basic = "Basic " + base64.b64encode(f"0oaSECRET:{SECRET}".encode()).decode()
    with CertifiedIssuer([with_secret("0oaSECRET", SECRET)]) as issuer:
        token = token_of(issuer, {}, {"Authorization": basic})
        assert claims_of(issuer, token)["sub"] == "0oaSECRET"
        provider = account.provider(issuer.issuer, [issuer.audience])
        role = account.role(trust(provider, sub="0oaSECRET", aud=issuer.audience))
        form = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": role, "RoleSessionName": "test"}
        answer = post(f"{aws.url}/", {**form, "WebIdentityToken": token})
    assert (answer.status, answer.element("Audience")) == (200, issuer.audience)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_assertion_gets_a_token_with(algorithm: str) -> None:
    key = KEYS[algorithm]
    with CertifiedIssuer([with_key("0oaKEY", key)], audience="api://other") as issuer:
        now = int(time.time())
        aud = get(f"{issuer.issuer}/.well-known/openid-configuration").json()["token_endpoint"]
        claims = {
            "iss": "0oaKEY",
            "sub": "0oaKEY",
            "aud": aud,
            "iat": now - 60,
            "exp": now + 300,
            "jti": secrets.token_hex(8),
        }
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": key.sign(claims)}
        assert claims_of(issuer, token_of(issuer, form))["aud"] == "api://other"
