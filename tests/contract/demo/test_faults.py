# SPDX-License-Identifier: Apache-2.0
"""Each fault does on the wire what its name says; otherwise tests of resilience would prove nothing."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from fakes import faults
from fakes.faults import HALF_BODY, HALF_HEADERS, Fault
from fakes.wire import Answer, get, post
from okta_aws.demo.web import Request, Response, StandIn

ANSWER_S = 30


class Echo(StandIn):
    """A server with nothing of its own."""

    def answer(self, request: Request) -> Response:
        return Response(200, request.method.encode(), "text/plain")


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as running:
        yield running


def struck(server: Echo, fault: Fault) -> Answer:
    server.faults.append(fault)
    return post(server.url, {})


def read_for(server: Echo, seconds: float, least: int = 0) -> bytes:
    """All that a server says to a request that it may never answer: ``least`` bytes, and then for a while."""
    _, _, port = server.url.rpartition(":")
    received = b""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=ANSWER_S) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        # A busy server begins late.
        while len(received) < least and (part := connection.recv(65536)):
            received += part
        connection.settimeout(seconds)
        deadline = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while time.monotonic() < deadline and (part := connection.recv(65536)):
                received += part
    return received


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.throttled(), 400, "Throttling"),
        (faults.idp_communication_error(), 400, "IDPCommunicationError"),
        (faults.verification_key(), 400, "InvalidIdentityToken"),
        (faults.expired(), 400, "ExpiredTokenException"),
        (faults.access_denied(), 403, "AccessDenied"),
        (faults.internal_failure(), 500, "InternalFailure"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_errors_of_aws_have_its_shape(server: Echo, fault: Fault, status: int, code: str) -> None:
    answer = struck(server, fault)
    assert (answer.status, answer.element("Code")) == (status, code)
    assert answer.element("Type") == ("Sender" if status < 500 else "Receiver")
    assert answer.element("RequestId")


def test_a_fault_is_used_up_by_one_request(server: Echo) -> None:
    server.faults += [faults.unavailable()] * 2
    assert [post(server.url, {}).status for _ in range(3)] == [503, 503, 200]
    assert len(server.requests) == 3


def test_a_lasting_fault_stays(server: Echo) -> None:
    server.faults.append(faults.unavailable(502).forever())
    assert [post(server.url, {}).status for _ in range(3)] == [502, 502, 502]


def test_a_fault_leaves_discovery_and_keys_alone_unless_it_is_for_them(server: Echo) -> None:
    discovery = f"{server.url}/.well-known/openid-configuration"
    server.faults.append(faults.unavailable())
    assert (get(discovery).status, post(server.url, {}).status) == (200, 503)
    server.faults.append(faults.unavailable().at(faults.metadata))
    assert (post(server.url, {}).status, get(discovery).status) == (200, 503)


def test_too_many_requests_at_okta_name_the_reset(server: Echo) -> None:
    answer = struck(server, faults.too_many(30))
    assert (answer.status, answer.json()["errorCode"]) == (429, "E0000047")
    assert abs(int(answer.headers["x-rate-limit-reset"]) - time.time() - 30) < 5
    assert answer.headers["x-rate-limit-limit"] == "100"
    concurrent = struck(server, faults.too_many(30, concurrent=True))
    assert concurrent.headers["x-rate-limit-limit"] == concurrent.headers["x-rate-limit-remaining"] == "0"


def test_too_many_requests_with_the_standard_header(server: Echo) -> None:
    assert struck(server, faults.retry_after(2)).headers["retry-after"] == "2"


def test_a_login_page_is_html_with_200(server: Echo) -> None:
    answer = struck(server, faults.login_page())
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_an_empty_answer_has_no_body(server: Echo) -> None:
    answer = struck(server, faults.empty())
    assert (answer.status, answer.body) == (200, b"")


def test_a_redirect_loop_has_no_end(server: Echo) -> None:
    location = struck(server, faults.redirect_loop()).headers["location"]
    assert get(server.url + location).headers["location"] == location


def test_garbage_is_no_http(server: Echo) -> None:
    with pytest.raises(http.client.BadStatusLine):
        struck(server, faults.garbage())


def test_a_huge_answer_is_as_long_as_it_says(server: Echo) -> None:
    assert len(struck(server, faults.huge(1_000_001)).body) == 1_000_001


def test_a_wrong_length_promises_more_than_it_gives(server: Echo) -> None:
    with pytest.raises(http.client.IncompleteRead):
        struck(server, faults.wrong_length())


def test_a_reset_breaks_the_connection_in_the_body(server: Echo) -> None:
    with pytest.raises(ConnectionResetError):
        struck(server, faults.reset())


@pytest.mark.parametrize("start", [b"", HALF_HEADERS, HALF_BODY], ids=["at once", "in the headers", "in the body"])
def test_a_hang_says_no_more(server: Echo, start: bytes) -> None:
    server.faults.append(faults.hang(after=start))
    assert read_for(server, 0.3, least=len(start)) == start


def test_a_drip_never_ends(server: Echo) -> None:
    server.faults.append(faults.drip(0.05))
    head, _, body = read_for(server, 0.3, least=80).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert 2 <= len(body) <= 30


def test_a_hanging_server_stops_at_once() -> None:
    began = time.monotonic()
    with Echo() as server:
        server.faults.append(faults.hang())
        read_for(server, 0.1)
    assert time.monotonic() - began < 5
