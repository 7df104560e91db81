# SPDX-License-Identifier: Apache-2.0
"""The HTTP side that every stand-in shares: a server on the loopback interface that hands requests to ``answer``.

A stand-in is a class with one method, ``answer(request) -> Response``. Everything it was asked is kept in
``requests``, so that a test can count. A list of faults, empty in the demo, lets a test make it misbehave on the wire.
"""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, Self, cast
from urllib.parse import parse_qsl

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived. ``headers`` are keyed in lower case, ``query`` is raw."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def form(self) -> dict[str, str]:
        """The body read as a URL-encoded form; a repeated name keeps its last value."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def parameters(self) -> dict[str, str]:
        """The query string, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """What to send back."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
        """A JSON document; not to be cached, as both Okta and GitHub say of everything that holds a token."""
        return cls(
            status, json.dumps(value).encode(), headers={"Cache-Control": "no-cache, no-store", **(headers or {})}
        )


class Wire:
    """The connection of one request, for a fault that must do what no well-formed answer can."""

    def __init__(self, handler: _Handler, stopped: threading.Event) -> None:
        self._handler = handler
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        """Puts raw bytes on the connection."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def reply(self, response: Response) -> None:
        """Answers normally."""
        self._handler.reply(response)

    def wait(self, seconds: float) -> bool:
        """Says nothing for a while; ends early, with ``True``, when the stand-in stops."""
        return self._stopped.wait(seconds)

    def close(self) -> None:
        """Ends the connection after what was sent."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Breaks the connection with a TCP reset (linger of zero seconds)."""
        self._handler.wfile.flush()
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
        self._handler.connection.close()


class Fault(Protocol):
    """A misbehaviour. ``lasting`` ones stay in the list, others are used up by the first request they concern."""

    @property
    def lasting(self) -> bool: ...

    def concerns(self, request: Request) -> bool:
        """Whether this request is the one to spoil."""

    def strike(self, wire: Wire) -> None:
        """Spoils it."""


class StandIn:
    """A server on a free port of the loopback interface. Use it as a context manager."""

    def __init__(self, clock: Callable[[], float] = time.time, host: str = "") -> None:
        """``clock``: the stand-in's own idea of the time in seconds since the epoch, ``Date`` headers included.

        ``host``: the name under which it is known; ``names.Names`` is the way to it.
        """
        self.clock = clock
        self.host = host
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def origin(self) -> str:
        """What its clients call it: where it listens, or its name where it has one."""
        return f"https://{self.host}" if self.host else self.url

    def answer(self, request: Request) -> Response:
        """Each stand-in's own."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, request: Request, wire: Wire) -> None:
        """Notes the request, then answers it or lets the next fault have it."""
        fault = self._note(request)
        if fault is None:
            wire.reply(self.answer(request))
        else:
            fault.strike(wire)

    def _note(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            fault = next((fault for fault in self.faults if fault.concerns(request)), None)
            if fault is not None and not fault.lasting:
                self.faults.remove(fault)
        return fault

    def wire(self, handler: _Handler) -> Wire:
        """The connection of ``handler``, bound to this stand-in's life."""
        return Wire(handler, self._stopped)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        super().__init__((LOOPBACK, 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks for the host's full name here, which can wait for a name server for seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that goes away in the middle is a normal event here; anything else must be seen.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(cast("socket.socket", request), client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Says nothing: the paths of GitHub's request endpoint and form bodies are nobody's business."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header by the stand-in's clock."""
        return super().date_time_string(int(self._stand_in.clock()) if timestamp is None else timestamp)

    @property
    def _stand_in(self) -> StandIn:
        return cast("_Server", self.server).stand_in

    def handle_expect_100(self) -> bool:
        """Sends "100 Continue" at once; left in the buffer, it would cost each upload the second that boto3 waits."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _handle(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._stand_in.serve(Request(self.command, path, query, headers, body), self._stand_in.wire(self))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names the base class looks for

    def reply(self, response: Response) -> None:
        """Writes a well-formed answer."""
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        headers = {"Content-Type": response.content_type, "Content-Length": str(len(response.body)), **response.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
