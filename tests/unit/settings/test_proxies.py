# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.settings.proxies import Proxies, Proxy, passwords_in, read_proxies
from okta_aws.settings.raw import RawValue, from_inputs
from okta_aws.settings.scalars import Reader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy.example:3128", ("proxy.example", 3128, False)),
        ("https://proxy.example", ("proxy.example", 443, True)),
        ("http://proxy.example/", ("proxy.example", 80, False)),
        ("proxy.example:8080", ("proxy.example", 8080, False)),
        ("http://[::1]:8080", ("::1", 8080, False)),
    ],
)
def test_an_address_names_a_proxy(text: str, expected: tuple[str, int, bool]) -> None:
    proxy = Proxy.parse(text)
    assert proxy is not None
    assert (proxy.host, proxy.port, proxy.tls, proxy.authorization) == (*expected, None)


@pytest.mark.parametrize(
    "text",
    ["socks5://p", "ftp://p", "http://p:port", "http://p:99999", "http://p/a", "http://p?a", "http://[p"],
)
def test_anything_else_names_none_and_is_a_problem_without_its_text(text: str) -> None:
    assert Proxy.parse(text) is None
    reader = Reader({"http-proxy": RawValue(text, "input")})
    assert read_proxies(reader) == Proxies()
    (problem,) = reader.problems
    assert problem.found.endswith("(secret, not shown)")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("user:pass", "user:pass"), ("user", "user:"), ("us%40er:p%2Fa%3Ass", "us@er:p/a:ss"), ("u:é", "u:é")],
)
def test_user_and_password_become_a_header_that_is_a_secret(written: str, meant: str) -> None:
    proxy = Proxy.parse(f"http://{written}@proxy.example:1")
    assert proxy is not None
    assert proxy.authorization is not None
    header = proxy.authorization.reveal()
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == meant
    assert header not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "passwords"),
    [
        ("http://u:p%2Fw@h", ("p%2Fw", "p/w")),
        ("u:plain@h", ("plain",)),
        ("http://u@h", ()),
        ("http://h:3128", ()),
        ("http://u:a@b@h", ("a@b",)),
        ("", ()),
    ],
)
def test_the_password_is_found_for_masking_in_both_spellings(text: str, passwords: tuple[str, ...]) -> None:
    assert passwords_in(text) == passwords


PROXY = Proxy("p", 1, False, None)


def exceptions(text: str) -> tuple[str, ...]:
    return read_proxies(Reader({"no-proxy": RawValue(text, "input")})).exceptions


@pytest.mark.parametrize(
    ("entry", "host", "port", "is_direct"),
    [
        ("corp.example", "corp.example", 443, True),
        ("corp.example", "a.corp.example", 443, True),
        ("corp.example", "acorp.example", 443, False),
        (".corp.example", "corp.example", 443, True),
        ("*.corp.example", "a.corp.example", 443, True),
        ("CORP.example.", "Corp.Example", 443, True),
        ("corp.example:8443", "corp.example", 8443, True),
        ("corp.example:8443", "corp.example", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.0.0.0/8", "host.example", 443, False),
        ("::1", "::1", 443, True),
        ("[::1]", "::1", 443, True),
        ("127.0.0.1:80", "127.0.0.1", 80, True),
        ("127.0.0.1:80", "127.0.0.1", 81, False),
        ("*", "anything", 1, True),
        (".", "anything", 1, False),
    ],
)
def test_an_entry_names_hosts_that_are_reached_directly(entry: str, host: str, port: int, is_direct: bool) -> None:
    proxies = Proxies(PROXY, exceptions(f"other.invalid, {entry}"))
    assert (proxies.for_host(host, port) is None) is is_direct


def test_without_a_proxy_everything_is_reached_directly() -> None:
    assert Proxies().for_host("host.example", 443) is None


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({"HTTP_PROXY": "http://b"}, "b"),
        ({"HTTPS_PROXY": "http://a", "HTTP_PROXY": "http://b"}, "a"),
        ({"http_proxy": "http://d", "https_proxy": "http://c"}, "c"),
        ({"INPUT_HTTP-PROXY": "http://i", "HTTPS_PROXY": "http://a"}, "i"),
    ],
)
def test_the_first_that_is_set_counts(environ: dict[str, str], host: str) -> None:
    proxy = read_proxies(Reader(from_inputs(environ))).proxy
    assert proxy is not None
    assert proxy.host == host


@given(st.text())
def test_no_text_breaks_the_reading_of_proxies_or_exceptions(text: str) -> None:
    Proxy.parse(text)
    passwords_in(text)
    Proxies(PROXY, exceptions(text)).for_host("host.example", 443)
