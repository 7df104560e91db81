# SPDX-License-Identifier: Apache-2.0
"""The device flow of the Okta stand-in on the wire, answer by answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from fakes.wire import Answer, get, post
from okta_aws.demo.device import GRANT, MOST_CODES, NativeApp, Person
from okta_aws.demo.issuer import Client, OktaIssuer

APP, ME = NativeApp("0oaPEOPLE", frozenset({"00uME"})), Person("00uME")


class Now:
    """A clock that a test moves."""

    seconds = 1_900_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def okta(now: Now) -> Iterator[OktaIssuer]:
    with OktaIssuer(clock=now) as running:
        running.device.apps[APP.id] = APP
        yield running


def begin(okta: OktaIssuer, issuer: str = "", **form: str) -> Answer:
    document = get(f"{issuer or okta.org_issuer}/.well-known/openid-configuration").json()
    return post(document["device_authorization_endpoint"], {"client_id": APP.id, "scope": "openid", **form})


def ask(okta: OktaIssuer, device_code: str) -> tuple[int, str]:
    form = {"grant_type": GRANT, "client_id": APP.id, "device_code": device_code}
    answer = post(f"{okta.org_issuer}/oauth2/v1/token", form)
    return answer.status, str(answer.json().get("error"))


def test_a_code_has_what_the_specification_demands(okta: OktaIssuer) -> None:
    said = begin(okta).json()
    assert {name: said[name] for name in ("expires_in", "interval")} == {"expires_in": 600, "interval": 5}
    assert said["verification_uri_complete"] == f"{okta.url}/activate?user_code={said['user_code']}"


@pytest.mark.parametrize("server", ["org", "custom"])
def test_consent_is_worth_an_id_token_of_the_server_that_was_asked(okta: OktaIssuer, server: str) -> None:
    issuer = okta.org_issuer if server == "org" else okta.issuer
    said = begin(okta, issuer).json()
    okta.device.approve(said["user_code"], ME)
    endpoint = get(f"{issuer}/.well-known/openid-configuration").json()["token_endpoint"]
    form = {"grant_type": GRANT, "client_id": APP.id, "device_code": said["device_code"]}
    token = post(endpoint, form).json()["id_token"]
    claims: dict[str, Any] = jwt.decode(
        token, okta.key.private.public_key(), ["RS256"], audience=APP.id, options={"verify_iat": False}
    )
    assert {name: claims[name] for name in ("iss", "sub", "aud", "amr")} == {
        "iss": issuer,
        "sub": ME.id,
        "aud": APP.id,
        "amr": ["mfa", "otp", "pwd"],
    }


def test_who_asks_too_soon_has_to_slow_down_by_five_seconds(okta: OktaIssuer, now: Now) -> None:
    code = begin(okta).json()["device_code"]
    assert ask(okta, code) == (400, "authorization_pending")
    now.seconds += 3
    assert ask(okta, code) == (400, "slow_down")
    now.seconds += 6
    assert ask(okta, code) == (400, "slow_down")
    now.seconds += 15
    assert ask(okta, code) == (400, "authorization_pending")


def test_a_code_is_good_once(okta: OktaIssuer) -> None:
    said = begin(okta).json()
    okta.device.approve(said["user_code"], ME)
    assert ask(okta, said["device_code"])[0] == 200
    assert ask(okta, said["device_code"]) == (400, "invalid_grant")


def test_a_code_runs_out(okta: OktaIssuer, now: Now) -> None:
    said = begin(okta).json()
    okta.device.approve(said["user_code"], ME)
    now.seconds += 600
    assert ask(okta, said["device_code"]) == (400, "expired_token")


def test_who_is_not_assigned_and_who_says_no_are_told_apart(okta: OktaIssuer) -> None:
    stranger, unwilling = begin(okta).json(), begin(okta).json()
    okta.device.approve(stranger["user_code"], Person("00uSTRANGER"))
    okta.device.deny(unwilling["user_code"], ME)
    assert [ask(okta, one["device_code"]) for one in (stranger, unwilling)] == [
        (400, "access_denied"),
        (403, "access_denied"),
    ]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "0oaNOBODY"}, "invalid_client"),
        ({"client_id": "0oaSERVICE"}, "unauthorized_client"),
        ({"scope": "aws"}, "invalid_scope"),
    ],
)
def test_what_okta_would_not_begin_is_refused(okta: OktaIssuer, form: dict[str, str], error: str) -> None:
    okta.clients["0oaSERVICE"] = Client("0oaSERVICE", secret="test")
    assert begin(okta, **form).json()["error"] == error


def test_too_many_codes_are_refused(okta: OktaIssuer) -> None:
    answers = [begin(okta).status for _ in range(MOST_CODES + 1)]
    assert answers == [200] * MOST_CODES + [429]
