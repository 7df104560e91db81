# SPDX-License-Identifier: Apache-2.0
"""The Okta stand-in refuses what Okta refuses, in its words; one case for each line of the table in its docstring."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
import pytest

from fakes.wire import Answer, get, post
from okta_aws.demo.issuer import ASSERTION_TYPE, Client, OktaIssuer
from okta_aws.demo.signing import ALGORITHMS, SigningKey

KEYS = {algorithm: SigningKey.new(algorithm) for algorithm in ALGORITHMS}
KEY = KEYS["ES256"]
SECRET = f"test-secret-{secrets.token_hex(16)}"
WITH_SECRET = Client("0oaSECRET", secret=SECRET)
WITH_KEY = Client("0oaKEY", jwks=[key.public_jwk() for key in KEYS.values()])
CLIENTS = (
    WITH_SECRET,
    WITH_KEY,
    Client("0oaNOPOLICY", secret=SECRET, scopes=()),
    Client("0oaDPOP", secret=SECRET, dpop=True),
    Client("0oaSHORT", secret=SECRET, lifetime_s=300, claims={"team": "platform"}),
)
Form = dict[str, str]


@pytest.fixture
def okta() -> Iterator[OktaIssuer]:
    with OktaIssuer(CLIENTS, scopes=("aws", "audit")) as running:
        yield running


def asking(okta: OktaIssuer, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
    return post(f"{okta.issuer}/v1/token", {"grant_type": "client_credentials", **form}, headers)


def by_secret(client: str = "0oaSECRET", secret: str = SECRET) -> Form:
    return {"client_id": client, "client_secret": secret}


def by_key(
    okta: OktaIssuer,
    *,
    key: SigningKey = KEY,
    header: Mapping[str, str | None] | None = None,
    endpoint: str = "",
    **changes: object,
) -> Form:
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": WITH_KEY.id,
        "sub": WITH_KEY.id,
        "aud": endpoint or f"{okta.issuer}/v1/token",
        "iat": now - 60,
        "exp": now + 300,
        "jti": secrets.token_hex(8),
        **changes,
    }
    assertion = key.sign({name: value for name, value in claims.items() if value is not None}, header)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def refused(answer: Answer, status: int, error: str, description: str) -> None:
    assert (answer.status, answer.json()) == (status, {"error": error, "error_description": description})


def claims_of(okta: OktaIssuer, answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    key = jwt.PyJWK(get(f"{okta.issuer}/v1/keys").json()["keys"][0])
    token = answer.json()["access_token"]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=okta.audience, issuer=okta.issuer)
    assert jwt.get_unverified_header(token) == {"kid": okta.key.kid, "alg": "RS256"}
    return claims


def test_a_token_has_the_claims_of_an_okta_access_token(okta: OktaIssuer) -> None:
    answer = asking(okta, by_secret())
    claims = claims_of(okta, answer)
    assert set(claims) == {"ver", "jti", "iss", "aud", "iat", "exp", "cid", "scp", "sub"}
    assert (claims["sub"], claims["cid"], claims["scp"]) == ("0oaSECRET", "0oaSECRET", ["aws"])
    assert {k: v for k, v in answer.json().items() if k != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "aws",
    }


def test_lifetime_and_custom_claims_are_those_of_the_client(okta: OktaIssuer) -> None:
    claims = claims_of(okta, asking(okta, by_secret("0oaSHORT")))
    assert (claims["exp"] - claims["iat"], claims["team"]) == (300, "platform")


def test_a_secret_may_come_in_a_basic_header(okta: OktaIssuer) -> None:
    assert claims_of(okta, asking(okta, {}, basic(f"0oaSECRET:{SECRET}")))["sub"] == "0oaSECRET"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_assertion_may_be_signed_with(okta: OktaIssuer, algorithm: str) -> None:
    assert claims_of(okta, asking(okta, by_key(okta, key=KEYS[algorithm])))["sub"] == "0oaKEY"


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_discovery_names_endpoints_that_work(okta: OktaIssuer, name: str) -> None:
    found = get(f"{okta.issuer}/.well-known/{name}").json()
    assert found["issuer"] == okta.issuer
    assert get(found["jwks_uri"]).json()["keys"][0]["kid"] == okta.key.kid
    assert post(found["token_endpoint"], {"grant_type": "client_credentials", **by_secret()}).status == 200


def test_the_org_server_has_a_discovery_document_of_its_own(okta: OktaIssuer) -> None:
    found = get(f"{okta.org_issuer}/.well-known/openid-configuration").json()
    assert (found["issuer"], found["token_endpoint"]) == (okta.url, f"{okta.url}/oauth2/v1/token")


@pytest.mark.parametrize(
    ("form", "headers", "status", "error", "description"),
    [
        pytest.param(
            {"grant_type": "password"},
            {},
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server. "
            "Configured grant types: [client_credentials].",
            id="another grant",
        ),
        pytest.param({}, {}, 401, "invalid_client", "No client credentials found.", id="no authentication"),
        pytest.param(
            {},
            {"Authorization": "Basic ?"},
            401,
            "invalid_client",
            "Found Authentication header but was not valid client credentials.",
            id="a Basic header that is none",
        ),
        pytest.param(
            by_secret("0oaNOBODY"),
            {},
            401,
            "invalid_client",
            "Invalid value for 'client_id' parameter.",
            id="unknown client",
        ),
        pytest.param(
            by_secret(secret="wrong"),
            {},
            401,
            "invalid_client",
            "The client secret supplied for a confidential client is invalid.",
            id="a wrong secret",
        ),
        pytest.param(
            by_secret("0oaKEY"),
            {},
            401,
            "invalid_client",
            "Client authentication failed. Either the client or the client credentials are invalid.",
            id="a secret from a client with keys",
        ),
        pytest.param(
            by_secret(),
            basic(f"0oaSECRET:{SECRET}"),
            401,
            "invalid_request",
            "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization "
            "header, credentials in the post body, or a client_assertion in the post body.",
            id="two ways of authentication",
        ),
        pytest.param(
            {"client_assertion_type": "urn:another", "client_assertion": "a.b.c"},
            {},
            400,
            "invalid_request",
            "The client_assertion_type is invalid.",
            id="another assertion type",
        ),
        pytest.param(
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "a.b.c"},
            {},
            401,
            "invalid_client",
            "The parsing of the client_assertion failed.",
            id="an assertion that is no JWT",
        ),
        pytest.param(
            by_secret("0oaDPOP"),
            {},
            400,
            "invalid_dpop_proof",
            "The DPoP proof JWT header is missing.",
            id="no DPoP proof",
        ),
        pytest.param(
            {**by_secret(), "scope": "aws openid"},
            {},
            400,
            "invalid_scope",
            "Cannot request 'openid' scopes using client credentials.",
            id="an OpenID scope",
        ),
        pytest.param(
            {**by_secret(), "scope": "aws unheard-of"},
            {},
            400,
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
            id="a scope the server does not have",
        ),
        pytest.param(
            {**by_secret(), "scope": "audit"},
            {},
            401,
            "access_denied",
            "Policy evaluation failed for this request, please check the policy configurations.",
            id="a scope no rule allows",
        ),
        pytest.param(
            by_secret("0oaNOPOLICY"),
            {},
            401,
            "access_denied",
            "Policy evaluation failed for this request, please check the policy configurations.",
            id="a client no rule allows",
        ),
    ],
)
def test_refuses(
    okta: OktaIssuer, form: Form, headers: Mapping[str, str], status: int, error: str, description: str
) -> None:
    refused(asking(okta, form, headers), status, error, description)


NOW = int(time.time())
SHARED_SECRET = SigningKey.new("RS256", kid=KEY.kid)


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        pytest.param({"iss": "0oaNOBODY"}, "The issuer claim for client_assertion is not a valid client_id.", id="iss"),
        pytest.param(
            {"sub": "0oaSECRET"}, "The subject claim for client_assertion is not a valid client_id.", id="sub"
        ),
        pytest.param(
            {"iss": "0oaSECRET", "sub": "0oaSECRET"},
            "The client does not have a JWKSet configured, but the client_assertion requires one.",
            id="a client without keys",
        ),
        pytest.param({"header": {"kid": "unknown"}}, "The client_assertion JWT kid is invalid.", id="an unknown kid"),
        pytest.param({"header": {"kid": None}}, "The client_assertion JWT kid is invalid.", id="no kid"),
        pytest.param(
            {"key": SigningKey.new("ES256", kid=KEY.kid)}, "The client_assertion signature is invalid.", id="signature"
        ),
        pytest.param({"key": SHARED_SECRET}, "The client_assertion signature is invalid.", id="another kind of key"),
        pytest.param(
            {"exp": None}, "The client_assertion must contain the 'exp' claim as seconds since epoch.", id="no exp"
        ),
        pytest.param({"exp": NOW - 1}, "The client_assertion token is expired.", id="expired"),
        pytest.param(
            {"exp": NOW + 7200},
            "The client_assertion token has an expiration too far into the future.",
            id="exp too far",
        ),
        pytest.param(
            {"iat": NOW + 120}, "The client_assertion token must be issued before the current time.", id="iat ahead"
        ),
        pytest.param(
            {"aud": "https://acme.okta.com"},
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
            id="audience",
        ),
    ],
)
def test_refuses_an_assertion_for_its(okta: OktaIssuer, changes: dict[str, Any], description: str) -> None:
    refused(asking(okta, by_key(okta, **changes)), 401, "invalid_client", description)


def test_refuses_an_assertion_in_an_algorithm_with_a_shared_secret(okta: OktaIssuer) -> None:
    assertion = jwt.encode({"iss": WITH_KEY.id, "sub": WITH_KEY.id}, SECRET, "HS256")
    answer = asking(okta, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})
    refused(answer, 401, "invalid_client", "The client_assertion JWT signature algorithm is invalid.")


def test_refuses_an_assertion_that_was_used_before(okta: OktaIssuer) -> None:
    form = by_key(okta)
    assert asking(okta, form).status == 200
    refused(asking(okta, form), 401, "invalid_client", "The client_assertion token has already been used.")


def test_refuses_a_request_without_a_grant(okta: OktaIssuer) -> None:
    answer = post(f"{okta.issuer}/v1/token", by_secret())
    wanted = "The token request must specify a 'grant_type'. Valid values: [client_credentials]"
    refused(answer, 400, "invalid_request", wanted)


def test_refuses_credentials_in_the_query_string(okta: OktaIssuer) -> None:
    url = f"{okta.issuer}/v1/token?client_id=0oaSECRET&client_secret={SECRET}"
    answer = post(url, {"grant_type": "client_credentials"})
    refused(answer, 400, "invalid_request", "Client credentials cannot be supplied via query parameters.")


def test_refuses_a_request_without_scope_where_none_is_default() -> None:
    with OktaIssuer(CLIENTS, default_scopes=()) as okta:
        answer = asking(okta, by_secret())
    wanted = "The authorization server resource does not have any configured default scopes, 'scope' must be provided."
    refused(answer, 400, "invalid_scope", wanted)


def test_answers_a_first_dpop_proof_with_a_nonce(okta: OktaIssuer) -> None:
    answer = asking(okta, by_secret("0oaDPOP"), {"DPoP": "a proof"})
    refused(answer, 400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
    assert answer.headers["dpop-nonce"]


def test_the_org_server_refuses_a_secret(okta: OktaIssuer) -> None:
    answer = post(f"{okta.url}/oauth2/v1/token", {"grant_type": "client_credentials", **by_secret()})
    wanted = (
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt "
        "token_endpoint_auth_method."
    )
    refused(answer, 401, "invalid_client", wanted)


def test_the_org_server_refuses_the_grant_to_a_key(okta: OktaIssuer) -> None:
    endpoint = f"{okta.url}/oauth2/v1/token"
    answer = post(endpoint, {"grant_type": "client_credentials", **by_key(okta, endpoint=endpoint)})
    wanted = "'client_credentials' grant type can only be used with a custom authorization server."
    refused(answer, 400, "unsupported_grant_type", wanted)


def test_more_requests_than_the_limit_get_429_with_the_time_of_the_reset() -> None:
    now = [1_800_000_000.0]
    with OktaIssuer(CLIENTS, rate_limit=2, clock=lambda: now[0]) as okta:
        assert asking(okta, by_secret()).headers["x-rate-limit-remaining"] == "1"
        assert asking(okta, by_secret()).headers["x-rate-limit-remaining"] == "0"
        now[0] += 20
        answer = asking(okta, by_secret())
        assert answer.status == 429
        assert answer.json()["errorCode"] == "E0000047"
        assert answer.json()["errorSummary"] == "API call exceeded rate limit due to too many requests."
        limits = [answer.headers[f"x-rate-limit-{name}"] for name in ("limit", "remaining", "reset")]
        assert limits == ["2", "0", "1800000060"]
        assert get(f"{okta.issuer}/v1/keys").status == 200
        now[0] += 41
        assert asking(okta, by_secret()).status == 200


def test_refuses_another_method_than_the_endpoints(okta: OktaIssuer) -> None:
    answer = get(f"{okta.issuer}/v1/token")
    assert (answer.status, answer.json()["errorCode"]) == (405, "E0000022")


def test_refuses_an_authorization_server_it_does_not_have(okta: OktaIssuer) -> None:
    answer = get(f"{okta.url}/oauth2/ausNOBODY/.well-known/openid-configuration")
    assert (answer.status, answer.json()["errorCode"]) == (404, "E0000007")


def test_the_date_header_is_by_the_clock_of_the_stand_in() -> None:
    with OktaIssuer(CLIENTS, clock=lambda: 1_800_000_000.0) as okta:
        assert get(f"{okta.issuer}/v1/keys").headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
