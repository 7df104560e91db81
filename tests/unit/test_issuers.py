# SPDX-License-Identifier: Apache-2.0
"""Discovery takes a document that fits its issuer and nothing else, and waits as long as the issuer says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.loopback import Reply, Request, Server, http_server
from okta_aws.errors import Error, NetworkError, SourceError
from okta_aws.http import Http, Response
from okta_aws.issuers import Issuer, discover, excerpt, json_object, server_time, unavailable
from okta_aws.retry import Persistence, Time

PATH = "/oauth2/aus123"
WELL_KNOWN = f"{PATH}/.well-known/openid-configuration"
NOW = 1_800_000_000
DATE = {"Date": formatdate(NOW, usegmt=True)}


class Watch:
    """A clock that sleeping moves on at once; ``slept`` keeps the seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = Time(self.clock, self.monotonic, self.slept.append, lambda: 0.0)

    def clock(self) -> float:
        return NOW + sum(self.slept)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)


def ask(issuer: str, watch: Watch | None = None) -> Issuer:
    watch = watch or Watch()
    http = Http(monotonic=time.monotonic, debug=lambda _: None)
    persistence = Persistence(watch.time, max_attempts=4, total_s=120, debug=lambda _: None)
    try:
        return discover(issuer, http, persistence, watch.time)
    finally:
        http.close()


def document(issuer: str, /, **changes: object) -> dict[str, Any]:
    members = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/v1/token",
        "jwks_uri": f"{issuer}/v1/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def good(request: Request) -> Reply:
    return Reply(body=json.dumps(document(f"http://{request.headers['host']}{PATH}")).encode())


@contextmanager
def publishing(**changes: object) -> Iterator[tuple[str, Server]]:
    """An issuer with this document: its name and its server."""

    def answer(request: Request) -> Reply:
        issuer = f"http://{request.headers['host']}{PATH}"
        return Reply(body=json.dumps(document(issuer, **changes)).encode() if request.target == WELL_KNOWN else b"")

    with http_server(answer) as server:
        yield server.url(PATH), server


@contextmanager
def answering(*replies: Reply) -> Iterator[tuple[str, Server]]:
    """A server that gives these answers in turn, the last one for ever."""
    waiting = list(replies)
    with http_server(lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]) as server:
        yield server.url(PATH), server


@contextmanager
def after(*replies: Reply) -> Iterator[Server]:
    """A server that gives these answers in turn, and then its document."""
    waiting = list(replies)
    with http_server(lambda request: waiting.pop(0) if waiting else good(request)) as server:
        yield server


def refused(issuer: str, watch: Watch | None = None) -> Error:
    with pytest.raises(Error) as caught:
        ask(issuer, watch)
    return caught.value


def test_a_document_that_fits_is_one_request() -> None:
    with publishing() as (issuer, server):
        found = ask(issuer)
        methods = ("client_secret_basic", "private_key_jwt")
        assert found == Issuer(issuer, f"{issuer}/v1/token", f"{issuer}/v1/keys", methods)
        assert [request.target for request in server.requests] == [WELL_KNOWN]


def test_an_issuer_may_have_no_token_endpoint_and_name_no_methods() -> None:
    with publishing(token_endpoint=None, token_endpoint_auth_methods_supported=None) as (issuer, _):
        assert ask(issuer) == Issuer(issuer, "", f"{issuer}/v1/keys", ())


def test_the_oauth_form_of_the_address_is_not_asked_since_aws_does_not_read_it_either() -> None:
    with http_server(lambda _: Reply(404)) as server:
        assert refused(server.url(PATH)).code == "okta-discovery"
        assert [request.target for request in server.requests] == [WELL_KNOWN]


@pytest.mark.parametrize(
    "other",
    ["https://evil.example/oauth2/aus123", "", "http://127.0.0.1/oauth2/aus123", "HTTP://127.0.0.1/oauth2/aus123/"],
)
def test_another_issuer_in_the_document_is_refused_with_both_names(other: str) -> None:
    with publishing(issuer=other) as (issuer, _):
        error = refused(issuer)
        assert (error.code, error.wanted, error.found) == (
            "okta-discovery",
            f'the issuer "{issuer}", byte for byte',
            f'"{other}"',
        )


def test_a_slash_at_the_end_makes_it_another_issuer() -> None:
    def answer(request: Request) -> Reply:
        return Reply(body=json.dumps(document(f"http://{request.headers['host']}{PATH}/")).encode())

    with http_server(answer) as server:
        assert refused(server.url(PATH)).found == f'"{server.url(PATH)}/"'


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"issuer": None}, "a document that names no issuer"),
        ({"issuer": ["x"]}, "a document that names no issuer"),
        ({"jwks_uri": None}, "a document without jwks_uri, so AWS could not verify its tokens"),
        ({"jwks_uri": "http://keys.example/jwks"}, '"http://keys.example/jwks"'),
        ({"jwks_uri": "https:///jwks"}, '"https:///jwks"'),
        ({"token_endpoint": "https://evil.example/token"}, '"https://evil.example/token"'),
        ({"token_endpoint": "http://127.0.0.1:1/token"}, '"http://127.0.0.1:1/token"'),
        ({"token_endpoint": "http://u@127.0.0.1:PORT/token"}, '"http://u@127.0.0.1:PORT/token"'),
        ({"token_endpoint": "http://127.0.0.1:PORT/a b"}, '"http://127.0.0.1:PORT/a b"'),
        ({"token_endpoint": "http://127.0.0.1:PORT/a\r\nX: y"}, '"http://127.0.0.1:PORT/a X: y"'),
        ({"token_endpoint": "http://[::1"}, '"http://[::1"'),
        ({"token_endpoint": 5}, "something that is no text"),
    ],
)
def test_an_endpoint_that_is_not_the_issuer_s_own_is_refused(changes: dict[str, object], found: str) -> None:
    def answer(request: Request) -> Reply:
        issuer = f"http://{request.headers['host']}{PATH}"
        port = issuer.rpartition(":")[2].partition("/")[0]
        return Reply(body=json.dumps(document(issuer, **changes)).replace("PORT", port).encode())

    with http_server(answer) as server:
        error = refused(server.url(PATH))
        assert (error.code, error.found) == ("okta-discovery", found.replace("PORT", str(server.port)))
        assert isinstance(error, SourceError)


PAGE = b"\n<!DOCTYPE html><html><title>Sign in</title></html>"


@pytest.mark.parametrize(
    ("reply", "found", "fix"),
    [
        (Reply(body=PAGE), "a web page (a sign-in page?)", "-admin"),
        (Reply(body=b""), "something that is no JSON object", "-admin"),
        (Reply(body=b"[]"), "something that is no JSON object", "-admin"),
        (Reply(body=b"\xff\xfe"), "something that is no JSON object", "-admin"),
        (Reply(body=b"[" * 100_000), "something that is no JSON object", "-admin"),
        (Reply(302, headers={"Location": "https://acme-admin.okta.com"}), "a redirect to acme-admin.okta", "-admin"),
        (Reply(301, headers={"Location": "http://[::1"}), "a redirect (HTTP status 301)", "-admin"),
        (Reply(404), "HTTP status 404", "Issuer URI"),
        (Reply(403), "HTTP status 403", "network zone"),
        (Reply(body=b" " * (1 << 20) + b"{}"), "something that is not HTTP, or too much of it", "right host"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_named_with_the_way_out(reply: Reply, found: str, fix: str) -> None:
    watch = Watch()
    with answering(reply) as (issuer, _):
        error = refused(issuer, watch)
    assert error.code == "okta-discovery"
    assert error.found.startswith(found)
    assert fix in error.fix[0] or fix in error.fix[-1]
    assert watch.slept == []


def test_an_issuer_without_the_path_of_a_custom_server_is_told_so() -> None:
    with answering(Reply(404)) as (_, server):
        assert refused(server.url()).found == "HTTP status 404, and an address without /oauth2/"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_what_passes_by_itself_is_tried_again(status: int) -> None:
    watch = Watch()
    with after(Reply(status), Reply(status)) as server:
        assert ask(server.url(PATH), watch).issuer == server.url(PATH)
    assert len(watch.slept) == 2


@pytest.mark.parametrize(("status", "code", "exit_status"), [(503, "okta-unavailable", 9), (429, "okta-rate-limit", 3)])
def test_the_attempts_come_to_an_end(status: int, code: str, exit_status: int) -> None:
    with answering(Reply(status)) as (issuer, server):
        error = refused(issuer)
        assert (error.code, error.exit_status, error.attempts) == (code, exit_status, 4)
        assert len(server.requests) == 4


def test_the_wait_of_the_answer_is_slept() -> None:
    limit = {"X-Rate-Limit-Limit": "100", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(NOW + 17)}
    watch = Watch()
    with after(Reply(429, headers={**DATE, **limit})) as server:
        ask(server.url(PATH), watch)
    assert watch.slept == [17.0]


def wait_of(status: int, headers: Mapping[str, str], now: float = NOW) -> float | None:
    lower = {name.lower(): value for name, value in headers.items()}
    error = unavailable(Response(status, lower, b""), "asking", now)
    assert error is not None
    assert error.retry is not None
    return error.retry.after_s


@pytest.mark.parametrize("skew_s", [-86400, -5, 0, 5, 86400])
def test_a_reset_is_measured_by_the_server_s_own_date(skew_s: int) -> None:
    assert wait_of(429, {**DATE, "X-Rate-Limit-Reset": str(NOW + 42)}, now=NOW + skew_s) == 42.0


def test_a_reset_without_a_date_is_measured_by_our_clock() -> None:
    assert wait_of(429, {"X-Rate-Limit-Reset": str(NOW + 42)}, now=NOW + 2.5) == 39.5


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, None),
        ({"X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": str(NOW + 42)}, None),
        ({"X-Rate-Limit-Reset": str(NOW - 1)}, None),
        ({"X-Rate-Limit-Reset": "soon"}, None),
        ({"X-Rate-Limit-Reset": "9" * 40}, None),
        ({"X-Rate-Limit-Reset": "²"}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": formatdate(NOW + 9, usegmt=True)}, 9.0),
        ({"Retry-After": formatdate(NOW - 9, usegmt=True)}, None),
        ({"Retry-After": "7", "X-Rate-Limit-Reset": str(NOW + 42)}, 7.0),
        ({"Retry-After": "7", "X-Rate-Limit-Limit": "0"}, 7.0),
        ({"Retry-After": "never", "X-Rate-Limit-Reset": str(NOW + 42)}, 42.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_advised_wait_is_read(status: int, headers: dict[str, str], after_s: float | None) -> None:
    assert wait_of(status, {**DATE, **headers}) == after_s


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Rate-Limit-Limit": "0"}, "HTTP status 429, too many requests at the same time"),
        ({"X-Rate-Limit-Limit": "100"}, "HTTP status 429, no request left"),
        ({"Retry-After": "30"}, "HTTP status 429, no request left, the next one possible in 30 s"),
    ],
)
def test_the_error_tells_which_limit_it_was(headers: dict[str, str], found: str) -> None:
    error = unavailable(Response(429, {name.lower(): value for name, value in headers.items()}, b""), "asking", NOW)
    assert isinstance(error, SourceError)
    assert error.found == found


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404])
def test_an_answer_is_no_outage(status: int) -> None:
    assert unavailable(Response(status, {}, b""), "asking", NOW) is None


def test_a_wait_beyond_the_run_is_not_begun() -> None:
    watch = Watch()
    with answering(Reply(429, headers={**DATE, "X-Rate-Limit-Reset": str(NOW + 100_000)})) as (issuer, server):
        error = refused(issuer, watch)
        assert (error.code, error.attempts, watch.slept) == ("okta-rate-limit", 1, [])
        assert "100000 s" in error.found
        assert len(server.requests) == 1


def test_a_host_that_nobody_answers_for_is_a_matter_of_the_network() -> None:
    with http_server(lambda _: None) as server:
        gone = server.url(PATH)
    assert isinstance(refused(gone), NetworkError)


@given(st.text(), st.integers(1, 300))
def test_an_excerpt_is_short_and_on_one_printable_line(text: str, longest: int) -> None:
    short = excerpt(text, longest)
    assert len(short) <= longest
    assert not short or short.isprintable()


@given(st.text() | st.datetimes().map(str))
def test_any_date_header_is_a_time_or_none(text: str) -> None:
    moment = server_time({"date": text})
    assert moment is None or isinstance(moment, float)


@pytest.mark.parametrize("text", ["Mon, 99 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 99999999999 00:00:00 GMT", "0", "Mon"])
def test_a_broken_date_is_none(text: str) -> None:
    assert server_time({"date": text}) is None


@given(st.binary())
def test_any_body_is_an_object_or_none(body: bytes) -> None:
    assert json_object(body) is None or isinstance(json_object(body), dict)
