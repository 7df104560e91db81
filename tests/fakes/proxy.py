# SPDX-License-Identifier: Apache-2.0
"""A forward proxy on 127.0.0.1, plain or over TLS: CONNECT (RFC 9110, 9.3.6), absolute addresses (RFC 9112, 3.2.2).

And certificates for it and for servers behind it, made anew for each run.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fakes.loopback import Reply, Request, raw_server, read_request

LONGEST_S = 30.0
Answer = Callable[[socket.socket], None]


@dataclass
class Proxy:
    """A running proxy. ``requests``: what it was asked, refused or not. ``instead``: what it does in place of its work.

    ``routes``: host name to port on 127.0.0.1, since only the proxy has to know the names behind it.
    """

    port: int
    tls: bool
    user: str = ""
    password: str = ""
    routes: Mapping[str, int] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    instead: Answer | None = None

    def url(self, user_and_password: str = "") -> str:
        """Its address, with ``user:password`` in it where given."""
        at = f"{user_and_password}@" if user_and_password else ""
        return f"{'https' if self.tls else 'http'}://{at}127.0.0.1:{self.port}"

    @property
    def connects(self) -> list[str]:
        """The hosts and ports of the tunnels that were asked for."""
        return [request.target for request in self.requests if request.method == "CONNECT"]

    def serve(self, connection: socket.socket) -> None:
        """One request of one connection."""
        request = read_request(lambda: _line(connection), lambda size: _exactly(connection, size))
        if request is None:
            return
        self.requests.append(request)
        if not self._knows(request):
            connection.sendall(Reply(407, headers={"Proxy-Authenticate": 'Basic realm="a test"'}).encode())
        elif self.instead is not None:
            self.instead(connection)
        elif request.method == "CONNECT":
            self._tunnel(connection, request)
        else:
            self._forward(connection, request)

    def _knows(self, request: Request) -> bool:
        wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return not self.user or request.headers.get("proxy-authorization") == f"Basic {wanted}"

    def _upstream(self, host: str, port: int) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.routes.get(host, port)), LONGEST_S)

    def _tunnel(self, connection: socket.socket, request: Request) -> None:
        host, _, port = request.target.rpartition(":")
        with self._upstream(host, int(port)) as upstream:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(connection, upstream)

    def _forward(self, connection: socket.socket, request: Request) -> None:
        parts = urlsplit(request.target)
        if not parts.path:
            connection.sendall(Reply(400).encode())
            return
        kept = {name: value for name, value in request.headers.items() if not name.startswith("proxy-")}
        lines = [f"{request.method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in (kept | {"connection": "close"}).items()]
        with self._upstream(parts.hostname or "", parts.port or 80) as upstream:
            upstream.sendall("\r\n".join([*lines, "", ""]).encode() + request.body)
            relay(connection, upstream)


@contextlib.contextmanager
def proxy(
    *, tls: ssl.SSLContext | None = None, user: str = "", password: str = "", routes: Mapping[str, int] | None = None
) -> Iterator[Proxy]:
    """A proxy, over TLS where there is a context for it. ``user``, ``password``: what it insists on."""
    running = Proxy(0, tls is not None, user, password, routes or {})
    with raw_server(running.serve, tls=tls) as server:
        running.port = server.port
        yield running


def refusing(status: int) -> Answer:
    """The proxy says no."""
    return lambda connection: connection.sendall(Reply(status, b"<html>no way</html>").encode())


def hanging(said: bytes = b"") -> Answer:
    """The proxy says ``said`` and no more."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.settimeout(LONGEST_S)
        while connection.recv(65536):
            pass

    return answer


def dripping(connection: socket.socket) -> None:
    """A byte of a header now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    for _ in range(int(LONGEST_S / 0.1)):
        connection.sendall(b"x")
        time.sleep(0.1)


def closing(connection: socket.socket) -> None:
    """The proxy goes away."""
    connection.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def tls_front(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """TLS before the plain server at ``port``; the port of it."""

    def handle(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port), LONGEST_S) as upstream:
            relay(connection, upstream)

    with raw_server(handle, tls=context) as server:
        yield server.port


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carries bytes both ways until one side ends."""
    partner = {one: other, other: one}
    while True:
        # What TLS has decrypted already no longer shows on the socket.
        ready = [side for side in partner if isinstance(side, ssl.SSLSocket) and side.pending()]
        for side in ready or select.select(list(partner), [], [], LONGEST_S)[0] or [one]:
            data = side.recv(65536)
            if not data:
                return
            partner[side].sendall(data)


def _line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and (piece := connection.recv(1)):
        line += piece
    return line


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody trusts unless told to. ``pem``: its certificate."""

    pem: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    name: x509.Name

    @classmethod
    def new(cls) -> Authority:
        """One with a key of its own."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {secrets.token_hex(8)} of a test")])
        builder = _certificate(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        made = builder.sign(key, hashes.SHA256())
        return cls(made.public_bytes(serialization.Encoding.PEM).decode(), key, name)

    def server(self, folder: Path, *names: str) -> ssl.SSLContext:
        """The context of a server called ``names``, and 127.0.0.1 besides."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of a test")])
        alternative = [x509.IPAddress(IPv4Address("127.0.0.1")), *(x509.DNSName(name) for name in names)]
        builder = _certificate(subject, self.name, key).add_extension(x509.SubjectAlternativeName(alternative), False)
        made = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        both = folder / f"server-{made.serial_number}.pem"
        both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
