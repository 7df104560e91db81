# SPDX-License-Identifier: Apache-2.0
"""The HTTP client over real sockets. Times are bounds with a wide margin, never measurements."""

from __future__ import annotations

import itertools
import select
import socket
import time
import traceback
from collections.abc import Callable, Iterator

import pytest

from fakes.loopback import Reply, http_server, raw_server, unused_port
from fakes.watched_http import SECRET, TOO_LONG_S, WatchedHttp, failure_of
from okta_aws import __version__
from okta_aws.errors import NetworkError, Retry
from okta_aws.http.client import MAX_BODY, _Connection, _open, network_error
from okta_aws.http.stream import Stream


@pytest.fixture
def client() -> Iterator[WatchedHttp]:
    client = WatchedHttp()
    yield client
    client.http.close()


def _drain(connection: socket.socket) -> None:
    """Reads the request: a socket closed with unread input answers with a reset."""
    data = b""
    while b"\r\n\r\n" not in data or SECRET.encode() not in data.partition(b"\r\n\r\n")[2]:
        piece = connection.recv(65536)
        if not piece:
            return
        data += piece


def _saying(*pieces: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        _drain(connection)
        for piece in pieces:
            connection.sendall(piece)

    return handle


def _dripping(head: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        _drain(connection)
        connection.sendall(head)
        for _ in range(int(TOO_LONG_S / 0.02)):
            connection.sendall(b"x")
            time.sleep(0.02)

    return handle


def _silent(head: bytes = b"") -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        _drain(connection)
        connection.sendall(head)
        select.select([connection], [], [], TOO_LONG_S)

    return handle


def _deaf(connection: socket.socket) -> None:
    time.sleep(1)
    connection.shutdown(socket.SHUT_RDWR)


def test_an_answer_arrives_with_status_headers_and_body(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(418, b"tea", {"X-Pot": "short"})) as server:
        answer = client.http.get(server.url("/a/b?c=d"), {"X-Mine": "1"}, within_s=5)
    assert (answer.status, answer.body, answer.headers["x-pot"]) == (418, b"tea", "short")
    (request,) = server.requests
    assert (request.method, request.target, request.body) == ("GET", "/a/b?c=d", b"")
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": f"okta-aws-action/{__version__} (+https://github.com/org/okta-aws-action)",
        "accept-encoding": "identity",
        "x-mine": "1",
    }


def test_a_header_on_several_lines_is_one(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(headers={"Link": "<a>", "X-One": "1", "link": "<b>"})) as server:
        headers = client.http.get(server.url(), {}, within_s=5).headers
    assert (headers["link"], headers["x-one"]) == ("<a>, <b>", "1")


def test_a_form_is_posted_as_it_is(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply()) as server:
        client.http.post_form(server.url(), b"a=%2F&b=", {}, within_s=5)
    (request,) = server.requests
    assert (request.method, request.target, request.form) == ("POST", "/", {"a": "/", "b": ""})
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "handle",
    [
        pytest.param(_silent(), id="silence"),
        pytest.param(_silent(b"HTTP/1.1 200 OK\r\nX-A: b\r\n"), id="silence in the headers"),
        pytest.param(_silent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), id="silence in the body"),
        pytest.param(_silent(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), id="silence in a chunk"),
        pytest.param(_silent(b"HTTP/1.1 200 OK\r\n\r\nabc"), id="a body without an end"),
        pytest.param(_dripping(b""), id="a dripping status"),
        pytest.param(_dripping(b"HTTP/1.1 200 OK\r\nX-A: "), id="a dripping header"),
        pytest.param(_dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"), id="a dripping body"),
        pytest.param(_dripping(b"HTTP/1.1 200 OK\r\n\r\n"), id="a dripping body without length"),
    ],
)
def test_a_server_that_takes_too_long_is_left_in_time(
    client: WatchedHttp, handle: Callable[[socket.socket], None]
) -> None:
    with raw_server(handle) as server:
        error = failure_of(client, server.url("/path"))
    assert (error.code, error.retry) == ("network-timeout", Retry())
    assert "127.0.0.1" in str(error)


def test_a_server_that_continues_for_ever_is_left_in_time(client: WatchedHttp) -> None:
    def handle(connection: socket.socket) -> None:
        for _ in range(int(TOO_LONG_S / 0.001)):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.001)

    with raw_server(handle) as server:
        assert failure_of(client, server.url()).code in {"network-timeout", "network-garbage"}


def test_a_server_that_does_not_read_is_left_in_time(client: WatchedHttp) -> None:
    with (
        raw_server(_deaf) as server,
        pytest.raises(NetworkError) as failed,
    ):
        client.http.send("POST", server.url(), {}, b"x" * (1 << 25), within_s=0.3)
    assert failed.value.code == "network-timeout"


@pytest.mark.parametrize(
    ("handle", "code"),
    [
        pytest.param(_saying(), "network-broken", id="nothing at all"),
        pytest.param(_saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), "network-broken", id="no body"),
        pytest.param(_saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), "network-broken", id="half a body"),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
            "network-broken",
            id="half a chunk",
        ),
        pytest.param(_saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "network-garbage", id="another protocol"),
        pytest.param(_saying(b"HTTP/2 200\r\n\r\n"), "network-garbage", id="another version"),
        pytest.param(_saying(b"HTTP/1.1 abc\r\n\r\n"), "network-garbage", id="no status"),
        pytest.param(_saying(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000), "network-garbage", id="a long header"),
        pytest.param(_saying(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200), "network-garbage", id="many headers"),
        pytest.param(_saying(b"\x16\x03\x01\x00\x05hello"), "network-garbage", id="bytes"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    client: WatchedHttp, handle: Callable[[socket.socket], None], code: str
) -> None:
    with raw_server(handle) as server:
        error = failure_of(client, server.url(), within_s=TOO_LONG_S)
    assert error.code == code
    assert (error.retry == Retry()) is (code == "network-broken")


def test_a_reset_is_a_broken_connection(client: WatchedHttp) -> None:
    def handle(connection: socket.socket) -> None:
        _drain(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with raw_server(handle) as server:
        assert failure_of(client, server.url(), within_s=TOO_LONG_S).code == "network-broken"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"Content-Length: %d\r\n" % (50 << 20), id="announced"),
        pytest.param(b"", id="unannounced"),
    ],
)
def test_a_huge_answer_is_not_read_to_its_end(client: WatchedHttp, head: bytes) -> None:
    sent = 0

    def handle(connection: socket.socket) -> None:
        nonlocal sent
        _drain(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        for _ in range(50):
            connection.sendall(b"x" * (1 << 20))
            sent += 1

    with raw_server(handle) as server:
        error = failure_of(client, server.url(), within_s=TOO_LONG_S)
    assert error.code == "network-garbage"
    assert sent < 50


@pytest.mark.parametrize("size", [0, 1, MAX_BODY])
def test_answers_up_to_the_limit_are_whole(client: WatchedHttp, size: int) -> None:
    with http_server(lambda _: Reply(body=b"x" * size)) as server:
        assert len(client.http.get(server.url(), {}, within_s=TOO_LONG_S).body) == size


def test_who_expects_a_long_answer_gets_one_of_that_size_and_no_more(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(200, b"x" * (MAX_BODY + 1))) as server:
        url = server.url("/")
        assert len(client.http.send("GET", url, {}, None, within_s=5, most=MAX_BODY + 1).body) == MAX_BODY + 1
        with pytest.raises(NetworkError) as caught:
            client.http.send("GET", url, {}, None, within_s=5, most=MAX_BODY)
    assert caught.value.code == "network-garbage"


def test_who_expects_a_late_answer_waits_that_long_and_no_longer(client: WatchedHttp) -> None:
    with raw_server(_silent()) as server, pytest.raises(NetworkError) as caught:
        client.http.send("POST", server.url("/"), {}, SECRET.encode(), within_s=60, answer_s=0.3)
    assert caught.value.code == "network-timeout"


def test_it_is_known_whether_a_request_can_have_reached_the_server(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(200, b"")) as server:
        client.http.get(server.url("/"), {}, within_s=5)
        after_an_answer = client.http.may_be_sent
    with pytest.raises(NetworkError):
        client.http.get(f"http://127.0.0.1:{unused_port()}/", {}, within_s=5)
    after_no_connection = client.http.may_be_sent
    with raw_server(_silent()) as server, pytest.raises(NetworkError):
        client.http.send("POST", server.url("/"), {}, SECRET.encode(), within_s=0.3)
    after_silence = client.http.may_be_sent
    assert (after_an_answer, after_no_connection, after_silence) == (True, False, True)


def test_the_system_watches_over_a_connection_that_is_silent(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(200, b"")) as server:
        client.http.get(server.url("/"), {}, within_s=5)
        (connection,) = client.http._idle.values()
        kept = connection.stream._sock
        assert kept.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 4 * 60


def test_one_byte_beyond_the_limit_is_too_much(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(body=b"x" * (MAX_BODY + 1))) as server:
        assert failure_of(client, server.url(), within_s=TOO_LONG_S).code == "network-garbage"


def test_a_chunked_answer_is_put_together_and_its_connection_kept(client: WatchedHttp) -> None:
    def handle(connection: socket.socket) -> None:
        for _ in range(2):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.sendall(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n")

    with raw_server(handle) as server:
        for _ in range(2):
            assert client.http.get(server.url(), {}, within_s=TOO_LONG_S).body == b"abcde"


def test_a_connection_serves_again(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(body=b"a")) as server:
        for _ in range(3):
            client.http.get(server.url(), {}, within_s=TOO_LONG_S)
    assert [request.connection for request in server.requests] == [1, 1, 1]


def test_a_connection_that_the_server_closed_in_between_is_made_anew_without_an_error(client: WatchedHttp) -> None:
    closed: list[bool] = []

    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(Reply().encode())
        connection.shutdown(socket.SHUT_RDWR)
        closed.append(True)

    with raw_server(handle) as server:
        for count in range(1, 4):
            assert client.http.get(server.url(), {}, within_s=TOO_LONG_S).status == 200
            _until(lambda count=count: len(closed) == count)  # type: ignore[misc]


def test_a_connection_is_not_used_again_after_afailure_of(client: WatchedHttp) -> None:
    answers = iter([Reply(), None, Reply()])
    with http_server(lambda _: next(answers)) as server:
        client.http.get(server.url(), {}, within_s=TOO_LONG_S)
        assert failure_of(client, server.url(), within_s=TOO_LONG_S).code == "network-broken"
        client.http.get(server.url(), {}, within_s=TOO_LONG_S)
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_a_server_that_wants_to_close_is_let(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(headers={"Connection": "close"})) as server:
        for _ in range(2):
            client.http.get(server.url(), {}, within_s=TOO_LONG_S)
    assert [request.connection for request in server.requests] == [1, 2]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(client: WatchedHttp, status: int) -> None:
    with http_server(lambda _: Reply(status, headers={"Location": "/elsewhere"})) as server:
        assert client.http.post_form(server.url("/here"), b"", {}, within_s=TOO_LONG_S).status == status
    assert [request.target for request in server.requests] == ["/here"]


def test_a_closed_port_is_a_host_that_cannot_be_reached(client: WatchedHttp) -> None:
    error = failure_of(client, f"http://127.0.0.1:{unused_port()}/")
    assert (error.code, error.retry) == ("network-connect", Retry())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..invalid", f"{'l' * 64}.invalid"])
def test_a_name_without_an_address_is_told_by_name(client: WatchedHttp, host: str) -> None:
    error = failure_of(client, f"http://{host}/")
    assert error.code in {"network-name", "network-timeout"}
    assert host in str(error)


@pytest.mark.parametrize(("number", "again"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
def test_a_resolver_that_is_busy_is_asked_again_and_an_unknown_name_is_not(number: int, *, again: bool) -> None:
    error = network_error(socket.gaierror(number, "said"), "asking", "h.invalid", 0)
    assert (error.code, error.retry is not None) == ("network-name", again)


def test_the_next_address_is_tried_when_the_first_refuses() -> None:
    with http_server(lambda _: Reply()) as server:
        refusing, answering = (
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in (unused_port(), server.port)
        )
        with _open([refusing, answering], time.monotonic() + TOO_LONG_S, time.monotonic) as sock:
            assert sock.getpeername()[1] == server.port


def test_no_address_beyond_the_deadline_is_tried() -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", unused_port()))
    with pytest.raises(TimeoutError):
        _open([address], time.monotonic() - 1, time.monotonic)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:1\x00/",
        "http://127.0.0.1:PORT/with blank",
        "http://127.0.0.1:PORT/ümlaut",
        "http://127.0.0.1:PORT/\U0001f511",
        "http://127.0.0.1:PORT/a\r\nX-Injected:1",
    ],
)
def test_an_address_that_http_cannot_carry_is_an_error_and_not_a_defect(client: WatchedHttp, url: str) -> None:
    with http_server(lambda _: Reply()) as server:
        text = url.replace("PORT", str(server.port))
        if "\r\n" in text:
            # urlsplit takes line ends out, as the WHATWG says, so nothing is injected.
            client.http.get(text, {}, within_s=TOO_LONG_S)
        else:
            assert failure_of(client, text).code == "network-garbage"
    assert not [request for request in server.requests if "x-injected" in request.headers]


@pytest.mark.parametrize(
    "value", [f"{SECRET}\r\nX-Injected: 1", f"{SECRET}\n", f"{SECRET}\U0001f511", f"{SECRET}\udcff"]
)
def test_a_header_that_http_cannot_carry_is_refused_without_being_shown(client: WatchedHttp, value: str) -> None:
    with http_server(lambda _: Reply()) as server, pytest.raises(NetworkError) as failed:
        client.http.get(server.url(), {"Authorization": value}, within_s=TOO_LONG_S)
    assert failed.value.code == "network-garbage"
    assert SECRET not in "".join([*traceback.format_exception(failed.value), *client.said, *failed.value.lines()])
    assert server.requests == []


def test_neither_query_nor_user_of_an_address_shows(client: WatchedHttp) -> None:
    with http_server(lambda _: Reply(body=SECRET.encode(), headers={"Set-Cookie": SECRET})) as server:
        client.http.get(
            f"http://user:{SECRET}@127.0.0.1:{server.port}/path?{SECRET}", {"X": SECRET}, within_s=TOO_LONG_S
        )
    (line,) = client.said
    assert SECRET not in line
    assert f"GET http://127.0.0.1:{server.port}/path: 200 in " in line


@pytest.mark.parametrize(
    ("port", "default", "host"),
    [(443, 443, "sts.invalid"), (8443, 443, "sts.invalid:8443"), (80, 80, "sts.invalid"), (443, 80, "sts.invalid:443")],
)
def test_the_host_header_names_no_port_that_the_scheme_implies(port: int, default: int, host: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(Reply().encode())
        stream = Stream(ours, time.monotonic, time.monotonic() + TOO_LONG_S)
        connection = _Connection(stream, "sts.invalid", port, None, default_port=default)
        connection.ask("GET", "/", {}, None)
        assert f"\r\nHost: {host}\r\n" in theirs.recv(65536).decode()
        connection.end()


def _until(happened: Callable[[], bool]) -> None:
    for _ in itertools.takewhile(lambda _: not happened(), range(int(TOO_LONG_S / 0.01))):
        time.sleep(0.01)
    assert happened()
