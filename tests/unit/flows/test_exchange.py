# SPDX-License-Identifier: Apache-2.0
"""The exchange with small servers in the places of STS and of the runner's token service."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fakes.clock import Clock
from fakes.loopback import Reply, Request, http_server
from fakes.sts_answers import ACCOUNT, KEY_ID, granted, refused, session_arn
from fakes.tokens import unsigned_jwt
from okta_aws.errors import AssumeRoleError, Error, SettingsError, TokenError, WrongAccount
from okta_aws.flows.exchange import Exchanged, check_account, run
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.raw import from_inputs
from okta_aws.settings.settings import Settings, read

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
OTHER = "210987654321"
KEY, SESSION_TOKEN = (f"{word}-{secrets.token_hex(12)}" for word in ("key", "session"))
UNREACHABLE = refused(400, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
EXPIRED = refused(400, "ExpiredTokenException", "Token expired")
DENIED = refused(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
THROTTLED = refused(400, "Throttling", "Rate exceeded")


@dataclass
class _World:
    """One run: its clock, what happened in which order, and the tokens that the runner's token service issues."""

    clock: Clock = field(default_factory=Clock)
    log: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    make: Callable[[], str] = unsigned_jwt

    def mask(self, value: Secret | str) -> None:
        text = value.reveal() if isinstance(value, Secret) else value
        self.masked.append(text)
        self.log.append(f"mask {NAMES.get(text, 'token')}")

    def debug(self, text: str) -> None:
        self.clock.said.append(text)

    def info(self, text: str) -> None:
        self.clock.said.append(text)

    def warning(self, title: str, *lines: str) -> None:
        self.warned.append(" | ".join([title, *lines]))

    def issue(self, _: Request) -> Reply:
        """What the runner's token service answers."""
        self.log.append("fetch")
        self.tokens.append(self.make())
        return Reply(body=json.dumps({"value": self.tokens[-1]}).encode())

    def good(self, **claims: object) -> str:
        """A token that lasts an hour from now."""
        return unsigned_jwt(
            **{"iss": "https://i.invalid", "sub": "me", "aud": AUDIENCE, "exp": self.clock.now + 3600} | claims
        )


AUDIENCE = "sts.amazonaws.com"
NAMES = {KEY: "key", SESSION_TOKEN: "session", KEY_ID: "id"}


@pytest.fixture
def world() -> _World:
    world = _World()
    world.make = world.good
    return world


class _Sts:
    """Answers in turn with what the test gives, in the end with credentials."""

    def __init__(self, world: _World, *replies: Reply | None) -> None:
        self._world = world
        self._replies = list(replies)

    def __call__(self, _: Request) -> Reply | None:
        self._world.log.append("ask")
        return self._replies.pop(0) if self._replies else granted(KEY, SESSION_TOKEN)


def _settings(url: str, **inputs: str) -> Settings:
    given = {"role-to-assume": ROLE, "aws-region": "eu-central-1", "sts-endpoint": url} | {
        name.replace("_", "-"): text for name, text in inputs.items()
    }
    return read(from_inputs({f"INPUT_{name.upper()}": text for name, text in given.items()}))


def _run(
    world: _World,
    replies: Sequence[Reply | None] = (),
    service: Callable[[Request], Reply] | None = None,
    **inputs: str,
) -> tuple[Exchanged, list[Request]]:
    with http_server(_Sts(world, *replies)) as sts, http_server(service or world.issue) as github:
        variables = {"ACTIONS_ID_TOKEN_REQUEST_URL": github.url(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer"}
        environ = {"GITHUB_ACTIONS": "true", **variables}
        exchanged = run(
            _settings(sts.url(), **inputs), environ, Context.from_environ(environ), world.clock.time(), world
        )
        return exchanged, sts.requests


def _fail(
    world: _World,
    replies: Sequence[Reply | None] = (),
    service: Callable[[Request], Reply] | None = None,
    **inputs: str,
) -> Error:
    with pytest.raises(Error) as failed:
        _run(world, replies, service, **inputs)
    shown = "\n".join([*failed.value.lines(), repr(failed.value), *world.clock.said])
    assert not [secret for secret in (KEY, SESSION_TOKEN, *world.tokens) if secret in shown]
    return failed.value


def _only(folder: Path, token: str) -> str:
    """A token file that nobody renews."""
    (folder / "token").write_text(token)
    return str(folder / "token")


def _tokens_sent(requests: list[Request]) -> list[str]:
    return [request.form["WebIdentityToken"] for request in requests]


def test_a_token_is_fetched_once_exchanged_once_and_all_is_masked_before_it_is_handed_on(world: _World) -> None:
    exchanged, requests = _run(world)
    assert world.log == ["fetch", "mask token", "ask", "mask key", "mask session", "mask id"]
    assert exchanged.token is not None
    assert _tokens_sent(requests) == [exchanged.token.text.reveal()] == world.tokens == world.masked[:1]
    assert (exchanged.credentials.secret_access_key.reveal(), exchanged.kept) == (KEY, False)


def test_the_session_is_named_after_the_subject_unless_the_user_names_it(world: _World) -> None:
    world.make = lambda: world.good(sub="repo:acme/app:ref:refs/heads/main")
    exchanged, requests = _run(world)
    assert (
        requests[0].form["RoleSessionName"] == exchanged.credentials.session_name == "repo-acme-app-ref-refs-heads-main"
    )
    _, requests = _run(world, role_session_name="mine")
    assert requests[0].form["RoleSessionName"] == "mine"


def test_tags_that_a_token_cannot_take_are_warned_about_and_not_sent(world: _World) -> None:
    _, requests = _run(world, custom_tags='{"Team": "a"}', role_external_id="an-id")
    assert [warning.partition(" | ")[0] for warning in world.warned] == ["custom-tags has no effect"]
    assert not [name for name in requests[0].form if "Tag" in name or "External" in name]


def test_a_refused_account_is_seen_before_anything_is_fetched_or_asked(world: _World) -> None:
    error = _fail(world, allowed_account_ids=OTHER)
    assert isinstance(error, WrongAccount)
    assert (error.exit_status, error.found) == (6, ACCOUNT)
    assert world.log == []


def test_a_refused_account_in_the_answer_gives_nothing_away(world: _World) -> None:
    error = _fail(world, [granted(KEY, SESSION_TOKEN, session_arn(OTHER))], allowed_account_ids=ACCOUNT)
    assert isinstance(error, WrongAccount)
    assert error.found == OTHER
    assert world.log[-3:] == ["mask key", "mask session", "mask id"]


def test_a_service_without_accounts_passes_no_guard(world: _World) -> None:
    role = "arn:minio:iam:::role/idmp"
    error = _fail(world, [granted(KEY, SESSION_TOKEN, "")], allowed_account_ids=ACCOUNT, role_to_assume=role)
    assert error.code == "wrong-account"
    exchanged, _ = _run(world, [granted(KEY, SESSION_TOKEN, "")], role_to_assume=role)
    assert exchanged.credentials.account == ""


@pytest.mark.parametrize("allowed", [frozenset[str](), frozenset({ACCOUNT}), frozenset({ACCOUNT, OTHER})])
def test_an_account_passes_where_it_is_allowed_or_nothing_is_said(allowed: frozenset[str]) -> None:
    check_account(ACCOUNT, allowed, "choosing")


def test_a_refusal_is_asked_for_once_and_says_what_the_token_says(world: _World) -> None:
    error = _fail(world, [DENIED] * 20)
    assert isinstance(error, AssumeRoleError)
    assert (error.code, error.attempts) == ("role-refused", 1)
    assert error.found.endswith(f'; the token has iss "https://i.invalid", aud "{AUDIENCE}", sub "me"')
    assert world.log == ["fetch", "mask token", "ask"]
    assert world.clock.slept == []


def test_a_passing_failure_is_tried_again_with_the_same_token(world: _World) -> None:
    _, requests = _run(world, [THROTTLED, Reply(503), None])
    assert len(requests) == 4
    assert len(set(_tokens_sent(requests))) == len(world.tokens) == 1


def test_a_failure_about_the_token_is_tried_again_with_another_one(world: _World) -> None:
    _, requests = _run(world, [UNREACHABLE, refused(400, "IDPCommunicationError")])
    assert len(set(_tokens_sent(requests))) == len(world.tokens) == 3


def test_an_expired_token_is_renewed_once(world: _World) -> None:
    exchanged, requests = _run(world, [EXPIRED])
    assert len(requests) == len(world.tokens) == 2
    assert exchanged.token is not None
    assert exchanged.token.text.reveal() == world.tokens[1]


def test_a_second_expired_token_is_final(world: _World) -> None:
    error = _fail(world, [EXPIRED] * 20)
    assert (error.code, error.exit_status, len(world.tokens)) == ("token-expired", 5, 2)
    assert world.log.count("ask") == 2


def test_a_source_that_has_only_the_expired_token_is_not_asked_for_more(world: _World, tmp_path: Path) -> None:
    error = _fail(world, [EXPIRED] * 20, web_identity_token_file=_only(tmp_path, world.good()))
    assert error.code == "token-expired"
    assert world.log.count("ask") == 1


def test_the_only_token_is_used_again_where_aws_could_not_check_it(world: _World, tmp_path: Path) -> None:
    _, requests = _run(world, [UNREACHABLE, UNREACHABLE], web_identity_token_file=_only(tmp_path, world.good()))
    assert len(requests) == 3


def test_a_token_that_fades_while_waiting_is_renewed(world: _World) -> None:
    world.make = lambda: world.good(exp=world.clock.now + 62)
    _, requests = _run(world, [refused(400, "Throttling", headers={"Retry-After": "3"})])
    assert len(set(_tokens_sent(requests))) == 2


def test_a_token_that_fades_at_once_is_used_all_the_same(world: _World) -> None:
    world.make = lambda: world.good(exp=world.clock.now + 5)
    _run(world)
    assert world.log.count("fetch") == 1


def test_a_token_without_an_end_is_kept(world: _World) -> None:
    world.make = lambda: unsigned_jwt(sub="me", aud=AUDIENCE)
    _run(world, [THROTTLED, THROTTLED])
    assert world.log.count("fetch") == 1


@pytest.mark.parametrize(("ended_s", "asked"), [(61, False), (3600, False), (59, True), (0, True), (-1, True)])
def test_a_token_long_expired_is_not_sent_and_one_just_expired_is_awss_to_judge(
    world: _World, ended_s: int, *, asked: bool
) -> None:
    world.make = lambda: world.good(exp=world.clock.now - ended_s)
    if asked:
        _run(world)
        return
    error = _fail(world)
    assert isinstance(error, TokenError)
    assert (error.code, error.exit_status) == ("token-expired", 4)
    assert f"ended {ended_s} s ago" in error.found
    assert "ask" not in world.log


@pytest.mark.parametrize("end", [float("inf"), float("nan"), 1e308, 10**400, "x", None])
def test_no_end_of_a_token_is_a_defect(world: _World, end: object) -> None:
    world.make = lambda: world.good(exp=end)
    _run(world)


def test_a_token_that_ended_before_all_time_is_expired(world: _World) -> None:
    world.make = lambda: world.good(exp=float("-inf"))
    assert _fail(world).code == "token-expired"


@pytest.mark.parametrize(
    ("claims", "found"),
    [({"aud": "b"}, "b"), ({"aud": ["b", "c"]}, "b, c"), ({"aud": None}, "none"), ({"aud": "a", "azp": "z"}, "z")],
)
def test_a_token_for_another_audience_is_not_sent(world: _World, claims: dict[str, object], found: str) -> None:
    world.make = lambda: world.good(**claims)
    error = _fail(world, audience="a")
    assert isinstance(error, TokenError)
    assert (error.code, error.wanted, error.found) == ("token-audience", "audience a", found)
    assert "ask" not in world.log


@pytest.mark.parametrize("claims", [{"aud": "a"}, {"aud": ["b", "a"]}, {"aud": "b", "azp": "a"}])
def test_a_token_for_the_audience_is_sent(world: _World, claims: dict[str, object]) -> None:
    world.make = lambda: world.good(**claims)
    _run(world, audience="a")


def test_a_token_at_hand_may_be_for_anybody_unless_the_user_says_for_whom(world: _World, tmp_path: Path) -> None:
    path = _only(tmp_path, world.good(aud="somebody"))
    _run(world, web_identity_token_file=path)
    assert _fail(world, web_identity_token_file=path, audience="another").code == "token-audience"


def test_a_source_that_gave_up_is_not_begun_again(world: _World) -> None:
    def busy(_: Request) -> Reply:
        world.log.append("fetch")
        return Reply(503)

    error = _fail(world, service=busy, retry_max_attempts="3")
    assert (error.code, error.attempts) == ("github-unavailable", 3)
    assert world.log == ["fetch"] * 3


@pytest.mark.parametrize(
    "inputs", [{"retry_max_attempts": "3"}, {"retry_max_attempts": "1"}, {"disable_retry": "true"}]
)
def test_there_are_as_many_requests_as_the_settings_allow(world: _World, inputs: dict[str, str]) -> None:
    allowed = int(inputs.get("retry_max_attempts", "1"))
    error = _fail(world, [THROTTLED] * 20, None, **inputs)
    assert (error.code, error.exit_status, error.attempts) == ("throttled", 9, allowed)
    assert world.log.count("ask") == allowed


def test_the_whole_run_ends_in_its_time(world: _World) -> None:
    began = world.clock.now
    error = _fail(world, [Reply(503)] * 200, action_timeout_s="7", retry_max_attempts="100")
    assert error.exit_status == 9
    assert world.clock.now - began <= 7


def test_a_new_role_is_waited_for_where_the_user_says_so(world: _World) -> None:
    _run(world, [DENIED] * 3, retry_access_denied_s="60")
    assert world.log.count("ask") == 4
    assert _fail(world, [DENIED] * 200, retry_access_denied_s="2", retry_max_attempts="100").code == "role-refused"


def test_a_name_in_place_of_an_arn_is_no_role_for_a_token(world: _World) -> None:
    error = _fail(world, role_to_assume="deploy")
    assert isinstance(error, SettingsError)
    assert 'found "deploy"' in str(error)
    assert world.log == []


def test_a_secret_in_place_of_an_arn_is_not_shown(world: _World) -> None:
    secret = base64.b64encode(secrets.token_bytes(30)).decode().replace("+", "x")
    error = _fail(world, role_to_assume=secret)
    assert secret not in "".join([*error.lines(), *world.clock.said])


def test_the_debug_log_tells_of_issuer_subject_and_audience_but_not_of_the_token(world: _World) -> None:
    _run(world, [THROTTLED])
    said = "\n".join(world.clock.said)
    assert f'iss "https://i.invalid", aud "{AUDIENCE}", sub "me"' in said
    (token,) = world.tokens
    hidden = [token, *token.split("."), KEY, SESSION_TOKEN, base64.b64encode(token.encode()).decode(), "bearer"]
    assert not [secret for secret in hidden if secret in said]
