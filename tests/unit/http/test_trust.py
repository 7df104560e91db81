# SPDX-License-Identifier: Apache-2.0
"""The HTTP client and TLS: whom it trusts, and what it says of whom it does not."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fakes.loopback import Reply, Request, Server, http_server, raw_server
from fakes.watched_http import TOO_LONG_S, WatchedHttp, failure_of
from okta_aws.errors import Retry


@pytest.fixture
def client() -> Iterator[WatchedHttp]:
    client = WatchedHttp()
    yield client
    client.http.close()


def _deaf(connection: socket.socket) -> None:
    time.sleep(1)
    connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-made CA that is the server's own certificate too, for 127.0.0.1 and other.invalid."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(request: Request) -> Reply:
        return Reply(body=str(len(request.body)).encode())

    with http_server(answer, tls=context) as server:
        yield server


def test_a_trusted_server_is_spoken_to_and_its_connection_kept(tls_server: Server, certificate: Path) -> None:
    made: list[bool] = []

    def trusting() -> ssl.SSLContext:
        made.append(True)
        return ssl.create_default_context(cafile=str(certificate))

    client = WatchedHttp(trusting)
    for _ in range(3):
        answer = client.http.post_form(tls_server.url("/"), b"x" * 40000, {}, within_s=TOO_LONG_S)
        assert answer.body == b"40000"
    client.http.close()
    assert made == [True]
    assert {request.connection for request in tls_server.requests} == {1}


def test_an_untrusted_server_hears_nothing(client: WatchedHttp, tls_server: Server) -> None:
    error = failure_of(client, tls_server.url("/"), within_s=TOO_LONG_S)
    assert (error.code, error.retry) == ("network-tls", None)
    assert "is not trusted" in str(error)
    assert tls_server.requests == []


def test_a_certificate_of_another_name_is_not_taken(tls_server: Server, certificate: Path) -> None:
    client = WatchedHttp(lambda: ssl.create_default_context(cafile=str(certificate)))
    error = failure_of(client, tls_server.url("/").replace("127.0.0.1", "localhost"), within_s=TOO_LONG_S)
    assert error.code == "network-tls"
    assert tls_server.requests == []


def test_a_server_without_tls_is_told_apart_from_a_broken_connection(client: WatchedHttp) -> None:
    with raw_server(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 5)) as server:
        error = failure_of(client, server.url().replace("http:", "https:"), within_s=TOO_LONG_S)
    assert (error.code, error.retry) == ("network-tls", None)


def test_a_handshake_that_hangs_is_left_in_time(client: WatchedHttp) -> None:
    with raw_server(_deaf) as server:
        error = failure_of(client, server.url().replace("http:", "https:"))
    assert (error.code, error.retry) == ("network-timeout", Retry())
