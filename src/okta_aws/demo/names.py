# SPDX-License-Identifier: Apache-2.0
"""Names for stand-ins: a proxy that ends TLS for ``https://NAME`` and hands what it reads to the stand-in of that name.

So a client, told of the proxy and of the certificate, meets an issuer under the name that it has in real life, as IAM
and Terraform demand it: ``https``, without a port. No other name is known; nothing leaves the loopback interface.
"""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import ssl
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, cast
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from okta_aws.demo.web import LOOPBACK, StandIn

WAIT_S = 60
LONGEST_HEAD = 8192


class Names:
    """The proxy; use it as a context manager, after the stand-ins. ``certificate``: PEM, what a client has to trust."""

    def __init__(self, *stand_ins: StandIn) -> None:
        """``stand_ins``: those with a ``host``."""
        ports = {f"{one.host}:443": urlsplit(one.url).port or 0 for one in stand_ins}
        self.certificate, context = _identity([one.host for one in stand_ins])
        self._server = _Server(ports, context)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, ports: dict[str, int], context: ssl.SSLContext) -> None:
        self.ports = ports
        self.context = context
        super().__init__((LOOPBACK, 0), _Tunnel)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or does not trust the certificate, is its own matter."""


class _Tunnel(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        client = cast("socket.socket", self.request)
        server = cast("_Server", self.server)
        method, _, rest = _head(client).partition(" ")
        port = server.ports.get(rest.partition(" ")[0])
        if method != "CONNECT" or port is None:
            client.sendall(b"HTTP/1.1 502 No such name here\r\nContent-Length: 0\r\n\r\n")
            return
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            server.context.wrap_socket(client, server_side=True) as secured,
            socket.create_connection((LOOPBACK, port), WAIT_S) as upstream,
        ):
            _relay(secured, upstream)


def _head(client: socket.socket) -> str:
    # Byte by byte: what follows the head belongs to TLS.
    client.settimeout(WAIT_S)
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < LONGEST_HEAD and (byte := client.recv(1)):
        head += byte
    return head.decode("latin-1")


def _relay(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    other: dict[socket.socket, socket.socket] = {client: upstream, upstream: client}
    while True:
        # What TLS has read ahead does not show on the socket.
        ready = [client] if client.pending() else select.select(list(other), [], [], WAIT_S)[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            other[side].sendall(data)
        if not ready:
            return


def _identity(hosts: list[str]) -> tuple[str, ssl.SSLContext]:
    """A fresh certificate for these names, signed by itself, and the TLS of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(hosts, key).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with contextlib.ExitStack() as stack:
        # ssl reads a key from a file only; this one is gone before anybody connects.
        file = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="okta-aws-names-"))) / "identity.pem"
        file.touch(0o600)
        file.write_bytes(private + certificate)
        context.load_cert_chain(file)
    return certificate.decode(), context


def _certificate(hosts: list[str], key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "names of the okta-aws demo")])
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    ) | dict.fromkeys(("crl_sign", "encipher_only", "decipher_only"), False)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
    )
    return builder.sign(key, hashes.SHA256())
