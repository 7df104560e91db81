# SPDX-License-Identifier: Apache-2.0
"""A sign-in through everything that Okta, the network and the clock do on the way; waiting takes no time here."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fakes import faults
from fakes.faults import Fault, answering
from okta_aws.demo.device import NativeApp, Person
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.web import Request, Response
from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.flows.login import Keeping, sign_in
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.raw import from_flags
from okta_aws.settings.settings import read_for_login
from okta_aws.sources.okta_device import Show
from okta_aws.store.keyring import Keyring
from okta_aws.store.tokens import LoginTokens
from okta_aws.tokens.token import Token

APP, ME = NativeApp("0oaPEOPLE", frozenset({"00uME"})), Person("00uME")


@dataclass
class Evening:
    """A time that waiting moves on at once. ``ahead_s``: by how much this machine's clock is wrong."""

    ahead_s: float = 0.0
    slept: list[float] = field(default_factory=list)
    then: dict[float, Callable[[], None]] = field(default_factory=dict)

    def right(self) -> float:
        """Okta's time."""
        return time.time() + sum(self.slept)

    def time(self) -> Time:
        """This machine's."""
        return Time(
            lambda: self.right() + self.ahead_s, lambda: time.monotonic() + sum(self.slept), self.sleep, lambda: 0.5
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        for at in [at for at in self.then if at <= sum(self.slept)]:
            self.then.pop(at)()


@dataclass
class Said:
    """What was told."""

    lines: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)

    def mask(self, value: Secret | str) -> None:
        self.masked.append(value.reveal() if isinstance(value, Secret) else value)

    def debug(self, text: str) -> None:
        self.lines.append(text)

    def warning(self, title: str, *lines: str) -> None:
        self.lines.append("; ".join(["warning", title, *lines]))


@pytest.fixture
def evening() -> Evening:
    return Evening()


@pytest.fixture
def okta(evening: Evening) -> Iterator[OktaIssuer]:
    with OktaIssuer(clock=evening.right) as running:
        running.device.apps[APP.id] = APP
        yield running


class SignIn:
    """A person at a machine, who enters the code as soon as it is shown unless ``after_s`` says otherwise."""

    def __init__(self, okta: OktaIssuer, evening: Evening, folder: Path) -> None:
        self.okta, self.evening, self.folder = okta, evening, folder
        self.said = Said()
        self.shown: list[Show] = []

    def run(self, after_s: float | None = 0.0) -> Token:
        flags = {"okta-issuer": self.okta.org_issuer, "okta-client-id": APP.id}
        app, patience, network = read_for_login(from_flags(flags, {}))
        client = Client(patience, network, Context.from_environ({}), self.evening.time(), self.said.debug)
        tokens = LoginTokens(str(self.folder / "okta-aws" / "logins"), Keyring(lambda: None), time.sleep)

        def show(it: Show) -> None:
            self.shown.append(it)
            if after_s is not None:
                self.evening.then[sum(self.evening.slept) + after_s] = self.approve

        environ = {"HOME": str(self.folder)}
        try:
            return sign_in(app, client, show, Keeping(tokens, False), environ, self.said)[0]
        finally:
            client.close()

    def approve(self) -> None:
        self.okta.device.approve(self.shown[-1].code, ME)

    def refused(self, after_s: float | None = 0.0) -> Error:
        with pytest.raises(Error) as raised:
            self.run(after_s)
        assert not [path for path in self.folder.rglob("*") if path.is_file()]
        return raised.value


@pytest.fixture
def person(okta: OktaIssuer, evening: Evening, tmp_path: Path) -> SignIn:
    return SignIn(okta, evening, tmp_path)


def at(end: str) -> Callable[[Request], bool]:
    """Requests to the endpoint whose path ends so."""
    return lambda request: request.path.endswith(end)


POLL, BEGIN, DISCOVERY = at("/v1/token"), at("/device/authorize"), at("/openid-configuration")
PLACES = {"discovery": DISCOVERY, "the beginning": BEGIN, "a poll": POLL}


def oauth(status: int, error: str, description: str = "") -> Fault:
    body = json.dumps({"error": error, "error_description": description}).encode()
    return answering(error, Response(status, body))


def too_many_codes() -> Fault:
    return oauth(429, "too_many_user_codes", "Too many user codes generated. Please try again later.")


PASSING: Mapping[str, Callable[[], Fault]] = {
    "429": lambda: faults.too_many(20),
    "429 with Retry-After": lambda: faults.retry_after(9),
    "429 of too many at once": lambda: faults.too_many(20, concurrent=True),
    "503": faults.unavailable,
    "reset": faults.reset,
    "wrong length": faults.wrong_length,
    "silence": lambda: faults.hang(0.3),
    "half an answer": lambda: faults.hang(0.3, after=faults.HALF_BODY),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_out(name: str, place: str, person: SignIn, okta: OktaIssuer) -> None:
    okta.faults += [PASSING[name]().at(PLACES[place])] * 2
    assert person.run().subject == ME.id
    assert okta.faults == []


LASTING: Mapping[str, Callable[[], Fault]] = {
    "a sign-in page": faults.login_page,
    "nothing": faults.empty,
    "no HTTP": faults.garbage,
    "too much": lambda: faults.huge(2 * 1024 * 1024),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", LASTING)
def test_what_makes_no_sense_ends_it_with_a_reason(name: str, place: str, person: SignIn, okta: OktaIssuer) -> None:
    okta.faults.append(LASTING[name]().at(PLACES[place]))
    error = person.refused()
    assert error.code in {"network-garbage", "okta-discovery"}
    assert error.fix


def test_slow_down_is_obeyed_from_then_on(person: SignIn, okta: OktaIssuer, evening: Evening) -> None:
    okta.faults += [oauth(400, "slow_down").at(POLL)] * 2
    person.run(after_s=40)
    assert evening.slept == [5, 10, 15, 15]


def test_okta_never_has_to_ask_for_a_slower_pace(person: SignIn, evening: Evening) -> None:
    person.run(after_s=120)
    assert evening.slept == [5] * 24


def test_too_many_codes_are_waited_out(person: SignIn, okta: OktaIssuer) -> None:
    okta.faults.append(too_many_codes().at(BEGIN))
    assert person.run().subject == ME.id


def test_a_person_who_takes_almost_all_of_the_time_is_let_in(person: SignIn) -> None:
    assert person.run(after_s=590).subject == ME.id


def test_a_person_who_never_comes_ends_it_when_the_code_runs_out(person: SignIn, evening: Evening) -> None:
    assert person.refused(after_s=None).code == "okta-device-expired"
    assert 590 <= sum(evening.slept) <= 600


def test_a_code_that_okta_forgets_early_ends_it(person: SignIn, okta: OktaIssuer) -> None:
    okta.faults.append(oauth(400, "expired_token", "The device code has expired.").at(POLL))
    assert person.refused().code == "okta-device-expired"


def test_okta_that_is_gone_until_the_code_runs_out_is_told_as_that(person: SignIn, okta: OktaIssuer) -> None:
    okta.faults.append(faults.unavailable().forever().at(POLL))
    assert person.refused().code == "okta-unavailable"


@pytest.mark.parametrize(
    "claims",
    [{"aud": "0oaOTHER"}, {"aud": ["0oaPEOPLE", "0oaOTHER"]}, {"iss": "https://other.okta.com"}, {"azp": "0oaOTHER"}],
    ids=["another app", "two apps", "another issuer", "another party"],
)
def test_a_token_that_is_not_for_this_app_is_refused(
    claims: Mapping[str, object], person: SignIn, okta: OktaIssuer
) -> None:
    okta.device.apps[APP.id] = NativeApp(APP.id, APP.people, claims=claims)
    error = person.refused()
    assert (error.code, error.exit_status) == ("token-audience", 4)


def test_a_clock_an_hour_ahead_makes_the_token_useless_and_is_named(person: SignIn, evening: Evening) -> None:
    evening.ahead_s = 3700
    error = person.refused()
    assert (error.code, error.exit_status) == ("token-expired", 4)
    assert re.match(r"this machine's clock is 370\d s ahead of that of 127\.0\.0\.1: set it right", error.fix[0])


@pytest.mark.parametrize("ahead_s", [-3600, -70, 70, 3000])
def test_a_clock_that_is_wrong_but_does_no_harm_yet_is_warned_of(
    ahead_s: float, person: SignIn, evening: Evening
) -> None:
    evening.ahead_s = ahead_s
    assert person.run().subject == ME.id
    side = "ahead of" if ahead_s > 0 else "behind"
    (warning,) = [line for line in person.said.lines if line.startswith("warning")]
    assert f"{side} the issuer's" in warning


def test_a_clock_that_is_right_is_not_warned_of(person: SignIn) -> None:
    token = person.run(after_s=100)
    assert not [line for line in person.said.lines if line.startswith("warning")]
    assert person.said.masked == [token.text.reveal()]


def test_neither_codes_nor_tokens_are_in_the_debug_log(person: SignIn, okta: OktaIssuer) -> None:
    token = person.run(after_s=20)
    log = "\n".join(person.said.lines)
    secrets = {request.form()["device_code"] for request in okta.requests if POLL(request)}
    assert secrets
    assert not any(secret in log for secret in {*secrets, token.text.reveal(), *okta.device.revoked})
