# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import secrets
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from fakes.clock import Clock
from fakes.loopback import Reply, Request, Server, http_server
from fakes.tokens import unsigned_jwt
from okta_aws.errors import Error, NetworkError, SourceError, TokenError
from okta_aws.http import Http
from okta_aws.runner.context import Context
from okta_aws.sources.github_oidc import REQUEST_TOKEN, REQUEST_URL, GithubOidc
from okta_aws.tokens.token import Token

BEARER = f"bearer-{secrets.token_hex(8)}"
ON_GITHUB = {"GITHUB_ACTIONS": "true"}


class _Job:
    """A job on a runner whose token service is ``server``."""

    def __init__(self, server: Server | None = None, environ: Mapping[str, str] = {}) -> None:
        service = {REQUEST_URL: server.url("/token?api-version=2"), REQUEST_TOKEN: BEARER} if server else {}
        self.environ = {**ON_GITHUB, **service, **environ}
        self.clock = Clock()
        self.http = Http(monotonic=self.clock.time().monotonic, debug=self.clock.said.append)

    def fetch(self, audience: str = "sts.amazonaws.com", attempts: int = 12) -> Token | None:
        context = Context.from_environ(self.environ)
        try:
            return GithubOidc(
                audience, self.environ, context, self.http, self.clock.persistence(attempts=attempts)
            ).fetch()
        finally:
            self.http.close()

    def error(self, attempts: int = 12) -> Error:
        with pytest.raises(Error) as failed:
            self.fetch(attempts=attempts)
        shown = "".join([*traceback.format_exception(failed.value), *failed.value.lines(), *self.clock.said])
        assert BEARER not in shown
        assert failed.value.fix
        return failed.value


def _issuing(_: Request) -> Reply:
    return Reply(body=json.dumps({"count": 1, "value": unsigned_jwt(sub="s")}).encode())


def _answering(*replies: Reply | None) -> Callable[[Request], Reply | None]:
    remaining = iter(replies)
    return lambda request: next(remaining, None) or _issuing(request)


@pytest.fixture
def service() -> Iterator[Server]:
    with http_server(_issuing) as server:
        yield server


def test_the_job_asks_with_its_bearer_token_for_the_audience(service: Server) -> None:
    token = _Job(service).fetch()
    assert token is not None
    assert token.subject == "s"
    (request,) = service.requests
    assert (request.method, request.target) == ("GET", "/token?api-version=2&audience=sts.amazonaws.com")
    assert request.headers["authorization"] == f"Bearer {BEARER}"


def test_an_address_without_a_query_gets_one(service: Server) -> None:
    _Job(service, {REQUEST_URL: service.url("/token")}).fetch("a")
    assert service.requests[0].target == "/token?audience=a"


@pytest.mark.parametrize(
    ("audience", "quoted"),
    [
        ("https://a.invalid/b", "https%3A%2F%2Fa.invalid%2Fb"),
        ("a&audience=b#c", "a%26audience%3Db%23c"),
        ("ü +%\r\n", "%C3%BC%20%2B%25%0D%0A"),
    ],
)
def test_no_audience_breaks_out_of_the_query(service: Server, audience: str, quoted: str) -> None:
    _Job(service).fetch(audience)
    assert service.requests[0].target == f"/token?api-version=2&audience={quoted}"


def test_each_fetch_asks_anew(service: Server) -> None:
    job = _Job(service)
    first, second = job.fetch(), job.fetch()
    assert first is not None
    assert second is not None
    assert first.text != second.text
    assert len(service.requests) == 2


def test_outside_of_github_there_is_no_token_and_no_request(service: Server) -> None:
    job = _Job(service, {"GITHUB_ACTIONS": ""})
    assert job.fetch() is None
    assert service.requests == []
    source = GithubOidc("a", job.environ, Context.from_environ(job.environ), job.http, job.clock.persistence())
    assert "GITHUB_ACTIONS" in source.why_not()


def test_a_job_without_the_permission_is_told_to_get_it() -> None:
    error = _Job().error()
    assert (error.code, error.exit_status, error.found) == ("github-no-permission", 3, "neither set")
    assert "id-token: write" in error.fix[0]


@pytest.mark.parametrize("name", [REQUEST_URL, REQUEST_TOKEN])
def test_one_variable_without_the_other_is_told_apart(service: Server, name: str) -> None:
    error = _Job(service, {name: ""}).error()
    assert (error.code, error.found) == ("github-no-permission", "only one of them set")
    assert service.requests == []


def test_dependabot_is_told_why() -> None:
    error = _Job(environ={"GITHUB_ACTOR": "dependabot[bot]"}).error()
    assert error.code == "github-no-permission"
    assert "Dependabot" in error.found


def _event(folder: Path, head: int, base: int) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps({"pull_request": {"head": {"repo": {"id": head}}, "base": {"repo": {"id": base}}}}))
    return {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}


def test_a_pull_request_of_a_fork_is_told_why(tmp_path: Path) -> None:
    assert _Job(environ=_event(tmp_path, 1, 2)).error().code == "github-fork"
    assert _Job(environ=_event(tmp_path, 1, 1)).error().code == "github-no-permission"


def test_a_fork_with_the_variables_is_asked_for_as_any_job(tmp_path: Path, service: Server) -> None:
    assert _Job(service, _event(tmp_path, 1, 2)).fetch() is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://tokens.invalid/",
        "http://127.0.0.1.invalid/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://[::1",
        "127.0.0.1",
        "javascript:1",
    ],
)
def test_the_bearer_token_goes_to_https_or_this_machine_alone(service: Server, url: str) -> None:
    error = _Job(service, {REQUEST_URL: url}).error()
    assert isinstance(error, SourceError)
    assert (error.code, error.exit_status) == ("github-refused", 3)


@pytest.mark.parametrize("extra", ["\nX-Injected: 1", "\r\n\r\nGET /", "\u2028", "\udcff"])
def test_a_bearer_token_that_no_header_can_carry_is_refused_unseen(service: Server, extra: str) -> None:
    assert _Job(service, {REQUEST_TOKEN: BEARER + extra}).error().code == "network-garbage"
    assert service.requests == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
def test_a_refusal_is_final(status: int) -> None:
    with http_server(lambda _: Reply(status, b"no", {"Location": "/"})) as server:
        error = _Job(server).error()
    assert (error.code, error.exit_status, error.found) == ("github-refused", 3, f"HTTP status {status}")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_service_that_is_busy_is_asked_again(status: int) -> None:
    with http_server(_answering(Reply(status), Reply(status))) as server:
        job = _Job(server)
        assert job.fetch() is not None
    assert (len(server.requests), len(job.clock.slept)) == (3, 2)


def test_a_connection_that_breaks_is_made_again() -> None:
    with http_server(_answering(None)) as server:
        assert _Job(server).fetch() is not None


def test_a_service_that_stays_busy_is_given_up() -> None:
    with http_server(lambda _: Reply(503)) as server:
        error = _Job(server).error(attempts=3)
    assert (error.code, error.exit_status, error.attempts, error.retry) == ("github-unavailable", 9, 3, None)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b'"x"',
        b'{"value": null}',
        b'{"value": 5}',
        b'{"value": ["x"]}',
        b"<html></html>",
        b"\xff",
        b"[" * 100_000,
    ],
    ids=lambda body: str(body[:20]),
)
def test_an_answer_without_a_token_in_it_is_garbage(body: bytes) -> None:
    with http_server(lambda _: Reply(body=body)) as server:
        error = _Job(server).error()
    assert isinstance(error, NetworkError)
    assert error.code == "network-garbage"
    assert len(server.requests) == 1


def test_a_value_that_is_no_token_is_a_token_error() -> None:
    with http_server(lambda _: Reply(body=b'{"value": "opaque"}')) as server:
        error = _Job(server).error()
    assert isinstance(error, TokenError)
    assert error.code == "token-malformed"
