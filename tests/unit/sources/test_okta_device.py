# SPDX-License-Identifier: Apache-2.0
"""The device flow as a conversation: what it asks for, how long it waits, when it gives up."""

from __future__ import annotations

import json
import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.errors import Error, NetworkError, Retry, SourceError
from okta_aws.secret import Secret
from okta_aws.sources.okta_device import Begin, Poll, Reply, Show, Step, Tokens, Wait, sign_in

DEVICE_CODE = "device-code-of-this-test-which-nobody-may-see"
GRANT: Mapping[str, Any] = {
    "device_code": DEVICE_CODE,
    "user_code": "BCDF-GHJK",
    "verification_uri": "https://acme.okta.com/activate",
    "verification_uri_complete": "https://acme.okta.com/activate?user_code=BCDFGHJK",
    "expires_in": 600,
    "interval": 5,
}
CONSENT = (200, {"id_token": "i.d.t", "access_token": "at"})
PENDING = (400, {"error": "authorization_pending"})
SLOW_DOWN = (400, {"error": "slow_down"})
Answer = tuple[int, Mapping[str, Any]] | Error


@dataclass
class Talk:
    """One run of the flow against a list of answers to its polls; when they are used up, the last one comes again."""

    answers: Sequence[Answer]
    grant: Answer = (200, GRANT)
    takes_s: float = 0.0
    now_s: float = 1000.0
    steps: list[Step] = field(default_factory=list)
    tokens: Tokens | None = None
    polled: int = 0

    def run(self) -> Talk:
        flow = sign_in("0oaAPP", "signing in")
        try:
            step = next(flow)
            while True:
                self.steps.append(step)
                step = flow.send(self.reply(step))
        except StopIteration as end:
            self.tokens = end.value
        return self

    def reply(self, step: Step) -> Reply:
        if isinstance(step, Begin):
            assert not isinstance(self.grant, Error)
            return Reply(self.now_s, *self.grant)
        if isinstance(step, Poll):
            answer = self.answers[min(self.polled, len(self.answers) - 1)]
            self.polled += 1
            self.now_s += self.takes_s
            return Reply(self.now_s, error=answer) if isinstance(answer, Error) else Reply(self.now_s, *answer)
        if isinstance(step, Wait):
            self.now_s += step.seconds
        return Reply(self.now_s)

    @property
    def waits(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Wait)]


def busy(after_s: float | None = None) -> SourceError:
    return SourceError("okta-rate-limit", "asking", retry=Retry(after_s=after_s))


def down(code: str = "network-timeout", after_s: float | None = None) -> NetworkError:
    return NetworkError(code, "asking", found="silence", retry=Retry(after_s=after_s))


def failure(talk: Talk) -> Error:
    with pytest.raises(Error) as raised:
        talk.run()
    return raised.value


def test_a_sign_in_begins_shows_waits_and_asks() -> None:
    talk = Talk([PENDING, CONSENT]).run()
    assert [type(step) for step in talk.steps] == [Begin, Show, Wait, Poll, Wait, Poll]
    assert talk.tokens == Tokens(Secret("i.d.t"), Secret("at"))


def test_it_asks_for_an_id_token_and_names_no_secret_of_an_app() -> None:
    talk = Talk([CONSENT]).run()
    assert talk.steps[0] == Begin({"client_id": "0oaAPP", "scope": "openid"})
    assert talk.steps[-1] == Poll(
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": Secret(DEVICE_CODE),
            "client_id": "0oaAPP",
        }
    )


def test_the_person_is_shown_address_code_and_both_in_one() -> None:
    address, direct = GRANT["verification_uri"], GRANT["verification_uri_complete"]
    assert Talk([CONSENT]).run().steps[1] == Show(address, "BCDF-GHJK", direct, 600.0)


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([PENDING, PENDING, CONSENT], [5, 5, 5]),
        ([SLOW_DOWN, PENDING, SLOW_DOWN, CONSENT], [5, 10, 10, 15]),
        ([busy(), PENDING, CONSENT], [5, 10, 10]),
        ([busy(after_s=42.0), PENDING, CONSENT], [5, 42, 10]),
        ([busy(after_s=2.0), CONSENT], [5, 10]),
        ([down(), down(), PENDING, CONSENT], [5, 10, 20, 5]),
        ([*[down()] * 6, CONSENT], [5, 10, 20, 40, 60, 60, 60]),
        ([down("okta-unavailable", after_s=33.0), CONSENT], [5, 33]),
    ],
    ids=["pending", "slow_down", "429", "429 with a wait", "429 with a short wait", "down", "long down", "503"],
)
def test_the_pause_follows_what_the_server_says(answers: list[Answer], waits: list[float]) -> None:
    assert Talk(answers).run().waits == waits


@pytest.mark.parametrize(("interval", "waits"), [(2, [2]), (0, [1]), (0.2, [1]), (None, [5])])
def test_the_interval_is_the_servers_or_five_seconds_and_never_a_busy_loop(
    interval: float | None, waits: list[float]
) -> None:
    grant = {name: value for name, value in GRANT.items() if name != "interval"}
    talk = Talk([CONSENT], (200, grant if interval is None else grant | {"interval": interval}))
    assert talk.run().waits == waits


@pytest.mark.parametrize("expires_in", [1, 20, 599.5])
def test_nobody_is_asked_after_the_code_ran_out(expires_in: float) -> None:
    talk = Talk([PENDING], (200, {**GRANT, "expires_in": expires_in}), takes_s=0.5)
    error = failure(talk)
    assert (error.code, error.exit_status) == ("okta-device-expired", 3)
    assert talk.now_s - talk.takes_s < 1000 + expires_in


def test_a_code_that_lasts_for_ever_is_waited_for_an_hour() -> None:
    talk = Talk([PENDING], (200, {**GRANT, "expires_in": 1e8}))
    failure(talk)
    assert 3500 < talk.now_s - 1000 <= 3600


def test_a_network_that_stays_down_is_what_is_told_in_the_end() -> None:
    error = failure(Talk([PENDING, down()]))
    assert (error.code, error.retry) == ("network-timeout", None)


def test_a_wait_beyond_the_end_of_the_code_is_not_begun() -> None:
    talk = Talk([busy(after_s=3000.0)])
    assert failure(talk).code == "okta-rate-limit"
    assert talk.waits == [5]


def test_an_error_that_will_not_mend_ends_it_at_once() -> None:
    talk = Talk([NetworkError("network-tls", "asking", found="a certificate that is not trusted")])
    assert failure(talk).code == "network-tls"
    assert talk.polled == 1


REFUSALS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).resolve().parents[2] / "data/okta-device-refusals.tsv").read_text().splitlines()
]


@pytest.mark.parametrize(("status", "error", "description", "code"), REFUSALS, ids=lambda one: str(one)[:40])
@pytest.mark.parametrize("asked", ["at the beginning", "at a poll"])
def test_each_refusal_of_okta_is_told_by_its_meaning(
    asked: str, status: str, error: str, description: str, code: str
) -> None:
    answer = (int(status), {"error": error, "error_description": description})
    talk = Talk([answer]) if asked == "at a poll" else Talk([], answer)
    found = failure(talk)
    assert (found.code, found.exit_status) == (code, 3)
    assert description in found.headline()
    assert found.fix


def test_who_was_taken_out_of_the_group_is_told_so() -> None:
    said = {"error": "access_denied", "error_description": "User is not assigned to the client application."}
    lines = "\n".join(failure(Talk([PENDING, (400, said)])).lines())
    assert "The Okta app is not assigned to this person" in lines
    assert "Assignments" in lines


HOSTILE: Mapping[str, Sequence[Any]] = {
    "verification_uri": [
        "http://acme.okta.com/activate",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "-https://acme.okta.com",
        "https://acme.okta.com/\x1b]0;title\x07",
        "https://acme.okta.com/\n/activate",
        "https://acme.okta.com@evil.invalid/",
        "https://аcme.okta.com/activate",  # noqa: RUF001 - the first letter is Cyrillic: that is the point
        "https://acme.okta.com/" + "a" * 4000,
        "https://",
        "",
        None,
        7,
        ["https://acme.okta.com/activate"],
    ],
    "verification_uri_complete": ["javascript:alert(1)", "https://acme.okta.com/\r\nx", "https://a/" + "a" * 4000, 7],
    "user_code": ["", "   ", "A\x1b[2J", "A\nB", "é", "A" * 65, None, 7],
    "device_code": ["", "a\r\nb", "a" * 5000, None, 7],
    "expires_in": ["600", -1, True, None, math.nan, math.inf, 1e300],
    "interval": ["5", -1, False, [5], math.nan, math.inf],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in HOSTILE.items() for value in values],
    ids=lambda value: ascii(value)[:40],
)
def test_a_hostile_answer_is_refused_before_anybody_sees_it(name: str, value: object) -> None:
    talk = Talk([CONSENT], (200, {**GRANT, name: value}))
    assert failure(talk).code == "network-garbage"
    assert [type(step) for step in talk.steps] == [Begin]


@pytest.mark.parametrize("missing", ["device_code", "user_code", "verification_uri", "expires_in"])
def test_what_the_specification_demands_must_be_there(missing: str) -> None:
    grant = {name: value for name, value in GRANT.items() if name != missing}
    assert failure(Talk([CONSENT], (200, grant))).code == "network-garbage"


@pytest.mark.parametrize("said", [{}, {"access_token": "a"}, {"id_token": 7}, {"error": "authorization_pending"}])
def test_consent_without_an_id_token_is_no_consent(said: Mapping[str, Any]) -> None:
    assert failure(Talk([(200, said)])).code == "network-garbage"


ERRORS = ["authorization_pending", "slow_down", "access_denied", "expired_token", "invalid_grant", "server_error", "x"]
TEXTS = st.text(string.printable + "\x1b\u202eé", max_size=40)
SAID = st.fixed_dictionaries({"error": st.sampled_from(ERRORS) | TEXTS}, optional={"error_description": TEXTS})
WAITS = st.none() | st.floats(0, 1000)
POLLS = st.one_of(
    st.tuples(st.sampled_from([400, 401, 403]), SAID),
    st.just(PENDING),
    st.just(SLOW_DOWN),
    st.builds(busy, WAITS),
    st.builds(down, st.just("network-broken"), WAITS),
    st.just(CONSENT),
    st.tuples(st.just(200), st.dictionaries(st.sampled_from(["id_token", "access_token"]), TEXTS | st.none())),
)


@given(
    answers=st.lists(POLLS, min_size=1, max_size=30),
    expires_in=st.floats(0, 2000),
    interval=st.floats(0, 30),
    takes_s=st.floats(0, 15),
)
def test_whatever_the_server_says_it_asks_no_sooner_than_allowed_and_ends_in_time(
    answers: list[Answer], expires_in: float, interval: float, takes_s: float
) -> None:
    talk = Talk(answers, (200, {**GRANT, "expires_in": expires_in, "interval": interval}), takes_s)
    error = None
    try:
        talk.run()
    except Error as raised:
        error = raised
    assert (error is None) is (talk.tokens is not None)
    assert [type(step) for step in talk.steps] == [Begin, Show, *[Wait, Poll] * talk.polled]
    # No poll begins when the code is over; the last one may take its time.
    assert talk.polled == 0 or talk.now_s - takes_s < 1000 + expires_in
    allowed = max(interval, 1.0)
    for wait, answer in zip(talk.waits, [None, *answers, *[answers[-1]] * talk.polled], strict=False):
        is_limit = isinstance(answer, Error) and answer.code == "okta-rate-limit"
        slower = is_limit or (isinstance(answer, tuple) and answer[1].get("error") == "slow_down")
        allowed += 5 if slower else 0
        assert wait >= allowed
        if isinstance(answer, Error) and answer.retry is not None:
            assert wait >= (answer.retry.after_s or 0)
    assert error is None or DEVICE_CODE not in "\n".join(error.lines())


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | TEXTS, lambda inner: st.lists(inner, max_size=3)), st.data()
)
def test_no_answer_to_the_first_request_breaks_it(value: object, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(GRANT)))
    talk = Talk([CONSENT], (200, {**GRANT, name: value}))
    try:
        talk.run()
    except Error as error:
        assert error.code in {"network-garbage", "okta-device-expired"}  # noqa: PT017 - both ends are right
    else:
        assert json.dumps(value) is not None


def test_the_device_code_shows_in_no_step() -> None:
    assert DEVICE_CODE not in repr(Talk([PENDING, CONSENT]).run().steps)


@pytest.mark.parametrize("name", ["verification_uri", "verification_uri_complete"])
def test_a_page_of_this_machine_is_opened_for_an_issuer_of_this_machine_alone(name: str) -> None:
    grant = {**GRANT, name: "http://127.0.0.1:8080/shut-down"}
    with pytest.raises(NetworkError):
        Talk([CONSENT], (200, grant)).run()
    flow = sign_in("0oaAPP", "signing in", local=True)
    next(flow)
    assert isinstance(flow.send(Reply(1000.0, 200, grant)), Show)
