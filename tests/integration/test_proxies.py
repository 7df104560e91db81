# SPDX-License-Identifier: Apache-2.0
"""Proxies and certificate authorities, for every server that is asked, the identity provider's included.

The servers have names that only the proxy knows, so a request that does not go through it goes nowhere.
"""

from __future__ import annotations

import contextlib
import secrets
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from fakes.in_time import in_time
from fakes.job import Job, Step
from fakes.leaks import found, marked
from fakes.loopback import Server, http_server, unused_port
from fakes.proxy import Answer, Authority, Proxy, closing, dripping, hanging, proxy, refusing, tls_front
from fakes.quick import QuickJob
from fakes.sts_answers import ACCOUNT, granted
from fakes.tokens import unsigned_jwt
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.web import StandIn
from okta_aws.errors import SettingsError
from okta_aws.http.tls import context as tls_context
from unit.runner.protocol import lines_of

APP = "0oaPIPELINE"
USER = "the user"
DEADLINE_S = 2
HOSTS = ("okta.invalid", "github.invalid", "sts.invalid")


class NamedOkta(OktaIssuer):
    """Okta under a name, so that its discovery document names it too."""

    name = ""

    @property
    def url(self) -> str:
        return self.name or super().url


@dataclass(frozen=True)
class Backstage:
    """The servers by plain HTTP and by TLS; ``ports``: of the TLS side, by host name."""

    okta: NamedOkta
    github: GithubIssuer
    sts: Server
    secret: str
    authority: Authority
    context: ssl.SSLContext
    ports: Mapping[str, int]


@pytest.fixture(scope="module")
def backstage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backstage]:
    authority = Authority.new()
    context = authority.server(tmp_path_factory.mktemp("tls"), *HOSTS)
    key, session = (f"{word}-{secrets.token_hex(12)}" for word in ("key", "session"))
    secret = secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        okta = stack.enter_context(NamedOkta([Client(APP, secret=secret)]))
        github = stack.enter_context(GithubIssuer())
        sts = stack.enter_context(http_server(lambda _: granted(key, session)))
        plain = (port_of(okta), port_of(github), sts.port)
        ports = [stack.enter_context(tls_front(port, context)) for port in plain]
        yield Backstage(okta, github, sts, secret, authority, context, dict(zip(HOSTS, ports, strict=True)))


def port_of(server: StandIn) -> int:
    return urlsplit(server.url).port or 0


@pytest.fixture
def password() -> str:
    return marked("password")


def with_password(password: str) -> str:
    return f"{quote(USER)}:{quote(password, safe='')}"


def through_github(backstage: Backstage, *, tls: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Inputs and variables for GitHub's token, by names where TLS serves them."""
    inputs = {"sts-endpoint": "https://sts.invalid" if tls else backstage.sts.url()}
    environ = backstage.github.environment()
    if tls:
        url = environ["ACTIONS_ID_TOKEN_REQUEST_URL"].replace(backstage.github.url, "https://github.invalid")
        environ["ACTIONS_ID_TOKEN_REQUEST_URL"] = url
    return inputs, environ


def through_okta(backstage: Backstage, *, tls: bool) -> tuple[dict[str, str], dict[str, str]]:
    backstage.okta.name = "https://okta.invalid" if tls else ""
    app = {"okta-issuer": backstage.okta.issuer, "okta-client-id": APP, "okta-client-secret": backstage.secret}
    return {"sts-endpoint": "https://sts.invalid" if tls else backstage.sts.url(), **app}, {}


def a_job(folder: Path, backstage: Backstage, kind: type[Job] = QuickJob) -> Job:
    inputs = {"aws-region": "eu-central-1", "role-to-assume": f"arn:aws:iam::{ACCOUNT}:role/deploy"}
    environ = {"RUNNER_DEBUG": "1", "AWS_EC2_METADATA_DISABLED": "true"}
    return kind(folder, inputs | {"ca-bundle": backstage.authority.pem}, environ)


def assert_hidden(step: Step, password: str) -> None:
    """That the password, and what the header makes of it, is in no line but the masks."""
    printed = "\n".join(line for line in lines_of(step.stdout) if not line.startswith("::add-mask::"))
    places = {"stdout": printed, "stderr": step.stderr, **step.files}
    hidden = {"password": password, "pair": f"{USER}:{password}"}
    assert found(hidden, {name: text.encode() for name, text in places.items()}) == set()


@pytest.mark.parametrize("source", ["github", "okta"])
@pytest.mark.parametrize("behind_tls", [False, True], ids=["http servers", "https servers"])
@pytest.mark.parametrize("proxy_tls", [False, True], ids=["http proxy", "https proxy"])
@pytest.mark.parametrize("with_credentials", [False, True], ids=["open", "with a password"])
def test_every_request_goes_through_the_proxy(
    backstage: Backstage,
    tmp_path: Path,
    password: str,
    *,
    source: str,
    behind_tls: bool,
    proxy_tls: bool,
    with_credentials: bool,
) -> None:
    inputs, environ = (through_okta if source == "okta" else through_github)(backstage, tls=behind_tls)
    user, known = (USER, password) if with_credentials else ("", "")
    context = backstage.context if proxy_tls else None
    with proxy(tls=context, user=user, password=known, routes=backstage.ports) as running:
        given = running.url(with_password(password) if with_credentials else "")
        step = a_job(tmp_path / "job", backstage).step({"http-proxy": given, **inputs}, **environ)
    assert step.status == 0, step.log()
    assert step.credentials["SecretAccessKey"].startswith("key-")
    asked_for = "okta.invalid:443" if source == "okta" else "github.invalid:443"
    if behind_tls:
        # Okta is asked twice through one tunnel.
        assert running.connects == [asked_for, "sts.invalid:443"] == [request.target for request in running.requests]
    else:
        assert [request.method for request in running.requests] == (
            ["GET"] if source == "github" else ["GET", "POST"]
        ) + ["POST"]
    assert_hidden(step, password)


@pytest.mark.parametrize("proxy_tls", [False, True], ids=["http proxy", "https proxy"])
def test_the_action_as_a_process_masks_the_password_and_says_it_nowhere(
    backstage: Backstage, tmp_path: Path, password: str, *, proxy_tls: bool
) -> None:
    inputs, environ = through_github(backstage, tls=True)
    context = backstage.context if proxy_tls else None
    job = a_job(tmp_path / "job", backstage, Job)
    with proxy(tls=context, user=USER, password=password, routes=backstage.ports) as running:
        by_input = job.step({"http-proxy": running.url(with_password(password)), **inputs}, **environ)
        variable = {"HTTPS_PROXY": running.url(with_password(password))}
        by_variable = job.step(inputs, **environ, **variable)
        wrong = marked("wrong")
        refused = job.step({"http-proxy": running.url(with_password(wrong)), **inputs}, **environ)
    assert (by_input.status, by_variable.status, len(running.requests)) == (0, 0, 5)
    refused.assert_refused(9, "network-proxy")
    assert "HTTP status 407" in refused.log()
    for step, hidden in ((by_input, password), (by_variable, password), (refused, wrong)):
        assert_hidden(step, hidden)
        masks = {command.data for command in step.commands("add-mask")}
        assert {hidden, quote(hidden, safe="")} <= masks


@pytest.mark.parametrize("proxy_tls", [False, True], ids=["http proxy", "https proxy"])
@pytest.mark.parametrize("behind_tls", [False, True], ids=["http servers", "https servers"])
@pytest.mark.parametrize("wrong", ["", "user:other"], ids=["without", "with another"])
def test_a_proxy_that_wants_another_password_is_told_as_such(
    backstage: Backstage, tmp_path: Path, password: str, *, proxy_tls: bool, behind_tls: bool, wrong: str
) -> None:
    inputs, environ = through_github(backstage, tls=behind_tls)
    context = backstage.context if proxy_tls else None
    with proxy(tls=context, user=USER, password=password, routes=backstage.ports) as running:
        step = a_job(tmp_path / "job", backstage).step({"http-proxy": running.url(wrong), **inputs}, **environ)
    step.assert_refused(9, "network-proxy")
    assert len(running.requests) == 1
    assert "user and password" in step.log()


@pytest.mark.parametrize(
    ("instead", "code", "asked"),
    [
        pytest.param(refusing(403), "network-proxy", 1, id="403"),
        pytest.param(refusing(502), "network-proxy", 3, id="502"),
        pytest.param(refusing(503), "network-proxy", 3, id="503"),
        pytest.param(closing, "network-broken", 3, id="goes away"),
        pytest.param(lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n"), "network-proxy", 1, id="garbage"),
    ],
)
def test_a_proxy_that_cannot_serve_now_is_asked_again_and_one_that_refuses_is_not(
    backstage: Backstage, tmp_path: Path, instead: Answer, code: str, asked: int
) -> None:
    inputs, environ = through_github(backstage, tls=True)
    with proxy(routes=backstage.ports) as running:
        running.instead = instead
        job = a_job(tmp_path / "job", backstage)
        step = job.step({"http-proxy": running.url(), "retry-max-attempts": "3", **inputs}, **environ)
    step.assert_refused(9, code)
    assert len(running.requests) == asked


@pytest.mark.parametrize("proxy_tls", [False, True], ids=["http proxy", "https proxy"])
@pytest.mark.parametrize(
    "instead",
    [
        pytest.param(hanging(), id="silence"),
        pytest.param(hanging(b"HTTP/1.1 200 Conn"), id="half an answer"),
        pytest.param(hanging(b"HTTP/1.1 200 OK\r\n\r\n"), id="a dead tunnel"),
        pytest.param(dripping, id="a drip"),
    ],
)
def test_a_proxy_that_keeps_one_waiting_is_left_by_the_deadline(
    backstage: Backstage, tmp_path: Path, instead: Answer, *, proxy_tls: bool
) -> None:
    inputs, environ = through_github(backstage, tls=True)

    def seconds(number: int) -> float:
        with proxy(tls=backstage.context if proxy_tls else None) as running:
            running.instead = instead
            job = a_job(tmp_path / f"job-{number}", backstage)
            given = {"http-proxy": running.url(), "action-timeout-s": str(DEADLINE_S), **inputs}
            step = job.step(given, **environ)
        step.assert_refused(9, "network-timeout")
        return step.seconds

    assert in_time(DEADLINE_S + 1, seconds)


def test_a_proxy_that_is_not_there_is_named(backstage: Backstage, tmp_path: Path) -> None:
    inputs, environ = through_github(backstage, tls=True)
    given = {"http-proxy": f"http://127.0.0.1:{unused_port()}", "disable-retry": "true", **inputs}
    a_job(tmp_path / "job", backstage).step(given, **environ).assert_refused(9, "network-connect")


EXCEPTIONS = [
    ("127.0.0.1", False),
    ("other.invalid, 127.0.0.1", False),
    ("other.invalid 127.0.0.1", False),
    ("127.0.0.0/8", False),
    ("127.0.0.1:PORT", False),
    ("*", False),
    ("127.0.0.1:1", True),
    ("10.0.0.0/8", True),
    ("other.invalid", True),
    ("localhost", True),
    ("[::1]", True),
    ("", True),
]
NAMES = [("localhost", False), (".localhost", False), ("*.localhost", False), ("LOCALHOST", False), ("host", True)]


@pytest.mark.parametrize(
    ("host", "exceptions", "proxied"),
    [("127.0.0.1", *row) for row in EXCEPTIONS] + [("localhost", *row) for row in NAMES],
)
@pytest.mark.parametrize("way", ["no-proxy", "NO_PROXY", "no_proxy"])
def test_exceptions_are_reached_without_the_proxy(
    backstage: Backstage, tmp_path: Path, host: str, exceptions: str, way: str, *, proxied: bool
) -> None:
    inputs, environ = through_github(backstage, tls=False)
    text = exceptions.replace("PORT", str(backstage.sts.port))
    inputs["sts-endpoint"] = inputs["sts-endpoint"].replace("127.0.0.1", host)
    if way == "no-proxy":
        inputs["no-proxy"] = text
    else:
        environ[way] = text
    with proxy() as running:
        step = a_job(tmp_path / "job", backstage).step({"http-proxy": running.url(), **inputs}, **environ)
    assert step.status == 0, step.log()
    through = [request.target for request in running.requests if urlsplit(request.target).port == backstage.sts.port]
    assert bool(through) is proxied


def test_the_input_counts_before_https_proxy_and_that_before_http_proxy(backstage: Backstage, tmp_path: Path) -> None:
    inputs, environ = through_github(backstage, tls=False)
    with proxy() as one, proxy() as two, proxy() as three:
        proxies = (one, two, three)
        both = {"HTTPS_PROXY": two.url(), "HTTP_PROXY": three.url()}
        job = a_job(tmp_path / "job", backstage)
        for given, variables, used in (
            ({"http-proxy": one.url()}, both, one),
            ({}, both, two),
            ({}, {"HTTP_PROXY": three.url()}, three),
            ({}, {"https_proxy": two.url()}, two),
            ({}, {"http_proxy": three.url()}, three),
        ):
            before = [len(each.requests) for each in proxies]
            assert job.step({**given, **inputs}, **environ, **variables).status == 0
            after = [len(each.requests) for each in proxies]
            assert [b - a for a, b in zip(before, after, strict=True)] == [2 if each is used else 0 for each in proxies]


def bundles(authority: Authority, folder: Path) -> dict[str, str]:
    """The same authority in each way to give it."""
    (folder / "ca.pem").write_text(f"# ours\n{authority.pem}")
    return {
        "a path": str(folder / "ca.pem"),
        "text": authority.pem,
        "text with literal line ends": authority.pem.replace("\n", "\\n"),
        "text of two": Authority.new().pem + authority.pem,
    }


@pytest.mark.parametrize("way", ["a path", "text", "text with literal line ends", "text of two"])
def test_an_authority_may_be_given_as_a_path_or_as_text(
    backstage: Backstage, tmp_path: Path, running_proxy: Proxy, way: str
) -> None:
    inputs, environ = through_github(backstage, tls=True)
    bundle = bundles(backstage.authority, tmp_path)[way]
    job = a_job(tmp_path / "job", backstage)
    given = {"http-proxy": running_proxy.url(), **inputs}
    assert job.step({**given, "ca-bundle": bundle}, **environ).status == 0
    job.inputs.pop("ca-bundle")
    assert job.step(given, AWS_CA_BUNDLE=bundle, **environ).status == 0


@pytest.mark.parametrize("bundle", ["none", "another"])
def test_servers_that_nobody_vouches_for_get_no_request(
    backstage: Backstage, tmp_path: Path, running_proxy: Proxy, bundle: str
) -> None:
    inputs, environ = through_github(backstage, tls=True)
    job = a_job(tmp_path / "job", backstage)
    job.inputs["ca-bundle"] = "" if bundle == "none" else Authority.new().pem
    before = len(backstage.github.requests)
    step = job.step({"http-proxy": running_proxy.url(), **inputs}, **environ)
    step.assert_refused(9, "network-tls")
    assert len(backstage.github.requests) == before


@pytest.mark.parametrize(
    "bundle", ["missing.pem", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----", "-----BEGIN"]
)
def test_an_authority_that_is_none_is_an_error_of_the_settings(
    backstage: Backstage, tmp_path: Path, running_proxy: Proxy, bundle: str
) -> None:
    inputs, environ = through_github(backstage, tls=True)
    given = {"http-proxy": running_proxy.url(), "ca-bundle": bundle, **inputs}
    step = a_job(tmp_path / "job", backstage).step(given, **environ)
    step.assert_refused(2, "settings")
    assert "ca-bundle" in step.log()


@pytest.fixture
def running_proxy(backstage: Backstage) -> Iterator[Proxy]:
    with proxy(routes=backstage.ports) as running:
        yield running


def test_a_proxy_that_cannot_be_found_or_reached_is_named_itself(tmp_path: Path) -> None:
    job = QuickJob(
        tmp_path / "job", {"role-to-assume": "arn:aws:iam::123456789012:role/a", "aws-region": "eu-central-1"}
    )
    (job.workspace / "token.jwt").write_text(unsigned_jwt(iss="https://i.invalid", sub="s", aud="a"))
    inputs = {"web-identity-token-file": "token.jwt", "disable-retry": "true"}
    unknown = job.step({**inputs, "http-proxy": "http://no-such-proxy.invalid:3128"})
    assert "no address for the proxy no-such-proxy.invalid:3128" in unknown.log()
    port = unused_port()
    refusing = job.step({**inputs, "http-proxy": f"http://127.0.0.1:{port}"})
    assert f"the proxy 127.0.0.1:{port} refused or cannot be reached" in refusing.log()
    assert (unknown.status, refusing.status) == (9, 9)


def test_comments_between_certificates_may_be_in_any_language() -> None:
    authority = Authority.new()
    bundle = f"# Größe: 1 \u4e2d\n{authority.pem}# Ende\n"
    assert tls_context(bundle).cert_store_stats()["x509_ca"] > 0
    with pytest.raises(SettingsError):
        tls_context("-----BEGIN CERTIFICATE-----\nnothing\n")
