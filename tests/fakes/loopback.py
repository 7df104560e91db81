# SPDX-License-Identifier: Apache-2.0
"""Servers on 127.0.0.1 for tests: one that hands each raw connection to the test, one that speaks HTTP/1.1."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """One request as it came over the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def form(self) -> dict[str, str]:
        """The body as an encoded form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The answer's bytes."""
        lines = [
            f"HTTP/1.1 {self.status} X",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass
class Server:
    """A running server: its port, and the requests it saw."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str = "") -> str:
        """The address of ``path``."""
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def raw_server(handle: Callable[[socket.socket], None], *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that gives each connection to ``handle`` in a thread of its own and then closes it."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        # The client under test may break off at any moment; what it then says is the test's matter, not the server's.
        with connection, contextlib.suppress(OSError):
            if tls is None:
                handle(connection)
            else:
                with tls.wrap_socket(connection, server_side=True) as secured:
                    handle(secured)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            thread = threading.Thread(target=serve, args=(connection,))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield Server(listener.getsockname()[1], "http" if tls is None else "https")
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def http_server(answer: Callable[[Request], Reply | None], *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """An HTTP/1.1 server that keeps connections open; ``answer`` gives ``None`` to break the connection off."""
    requests: list[Request] = []
    served = 0

    def handle(connection: socket.socket) -> None:
        nonlocal served
        served += 1
        number = served
        with connection.makefile("rb") as reader:
            while (request := read_request(reader.readline, reader.read, number)) is not None:
                requests.append(request)
                reply = answer(request)
                if reply is None:
                    return
                connection.sendall(reply.encode())

    with raw_server(handle, tls=tls) as server:
        server.requests = requests
        yield server


def read_request(readline: Callable[[], bytes], read: Callable[[int], bytes], connection: int = 1) -> Request | None:
    """The next request of a connection, ``None`` at its end."""
    first = readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(first[0], first[1], headers, read(int(headers.get("content-length", "0"))), connection)


def unused_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
