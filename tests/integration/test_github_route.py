# SPDX-License-Identifier: Apache-2.0
"""GitHub's API through our proxies and authorities: PyGithub would take its own from the environment."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from fakes.github_api import GithubApi
from fakes.leaks import marked
from fakes.proxy import Authority, Proxy, proxy, tls_front
from okta_aws.errors import NetworkError
from okta_aws.github_api import GithubApi as Client
from okta_aws.http.requests_adapter import Route
from okta_aws.http.tls import context as tls_context
from okta_aws.secret import Secret
from okta_aws.settings.proxies import NO_PROXIES, Proxies
from okta_aws.settings.proxies import Proxy as Named

HOST = "github.invalid"


@dataclass
class Backstage:
    """GitHub under a name that only a proxy knows, and over TLS."""

    api: GithubApi
    authority: Authority
    context: ssl.SSLContext
    port: int

    def number(self, url: str, proxies: Proxies, bundle: str) -> int:
        """The repository's, as a client says that goes that way."""
        client = Client(url, self.api.repository, Secret(self.api.token()), Route(proxies, lambda: tls_context(bundle)))
        try:
            return client.repository().id
        finally:
            client.close()


@pytest.fixture
def backstage(tmp_path: Path) -> Iterator[Backstage]:
    authority = Authority.new()
    context = authority.server(tmp_path, HOST)
    with GithubApi() as api, tls_front(urlsplit(api.url).port or 0, context) as port:
        yield Backstage(api, authority, context, port)


def by(running: Proxy, credentials: str = "", exceptions: tuple[str, ...] = ()) -> Proxies:
    return Proxies(Named.parse(running.url(credentials)), exceptions)


@pytest.mark.parametrize("tls", [False, True], ids=["plain proxy", "proxy over TLS"])
def test_github_is_reached_by_a_proxy_that_wants_a_password(backstage: Backstage, *, tls: bool) -> None:
    password = marked("password")
    context = backstage.context if tls else None
    with proxy(tls=context, user="somebody", password=password, routes={HOST: backstage.port}) as running:
        found = backstage.number(
            f"https://{HOST}", by(running, f"somebody:{quote(password, safe='')}"), backstage.authority.pem
        )
        assert found == backstage.api.repository_id
        assert running.connects == [f"{HOST}:443"]


def test_a_host_that_is_excepted_is_reached_without_the_proxy(backstage: Backstage) -> None:
    with proxy() as running:
        url = f"https://127.0.0.1:{backstage.port}"
        found = backstage.number(url, by(running, exceptions=("127.0.0.1",)), backstage.authority.pem)
        assert found == backstage.api.repository_id
        assert running.requests == []


def test_what_every_program_reads_is_not_asked(backstage: Backstage, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as running:
        monkeypatch.setenv("HTTPS_PROXY", running.url())
        url = f"https://127.0.0.1:{backstage.port}"
        assert backstage.number(url, NO_PROXIES, backstage.authority.pem) == backstage.api.repository_id
        assert running.requests == []


def test_without_the_library_the_way_to_github_says_how_to_get_it() -> None:
    program = """
import ssl, sys
sys.modules |= dict.fromkeys(("github", "requests"))
from okta_aws.errors import Error
from okta_aws.github_api import GithubApi
from okta_aws.http.requests_adapter import Route
from okta_aws.secret import Secret
from okta_aws.settings.proxies import NO_PROXIES
try:
    GithubApi("https://github.invalid", "acme/infra", Secret("x"), Route(NO_PROXIES, ssl.create_default_context))
except Error as error:
    print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "github-library\n"


def test_an_authority_that_nobody_named_is_not_trusted(
    backstage: Backstage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs.pem"
    theirs.write_text(backstage.authority.pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(theirs))
    with pytest.raises(NetworkError):
        backstage.number(f"https://127.0.0.1:{backstage.port}", NO_PROXIES, "")
    assert backstage.api.requests == []
