# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from pathlib import Path

import pytest

from fakes.clock import Clock
from fakes.tokens import unsigned_jwt, unsigned_token
from okta_aws.errors import SourceError
from okta_aws.http import Http
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient, Source, SourceName
from okta_aws.sources.base import TokenSource
from okta_aws.sources.select import choose, fetch, select
from okta_aws.tokens.token import Token

OKTA = OktaClient("https://a.invalid/oauth2/b", "0oa1", None, "", Secret("s"), ())


def _select(source: Source, environ: dict[str, str]) -> TokenSource:
    clock = Clock()
    http = Http(monotonic=time.monotonic, debug=clock.said.append)
    return select(source, environ, Context.from_environ(environ), http, clock.persistence(), clock.time())


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source("okta", "", okta=OKTA), "okta"),
        (Source("file", "", token_file="t"), "file"),
        (Source("value", "", token=Secret("t")), "value"),
        (Source("github", "a"), "github"),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": "true"}], ids=["anywhere", "on GitHub"])
def test_the_source_is_the_one_that_the_settings_name(source: Source, name: str, environ: dict[str, str]) -> None:
    assert _select(source, environ).name == name


MAY_ASK = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
KEYS = {"AWS_ACCESS_KEY_ID": "k"}
DOCKER = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/github/workspace"}


@pytest.mark.parametrize(
    ("environ", "has_role", "name"),
    [
        ({}, True, "ambient"),
        (MAY_ASK, True, "github"),
        (MAY_ASK | KEYS, True, "github"),
        (MAY_ASK, False, "ambient"),
        ({"GITHUB_ACTIONS": "true"}, True, "ambient"),
        (DOCKER, True, "github"),
        (DOCKER | KEYS, True, "ambient"),
        (DOCKER, False, "ambient"),
    ],
)
def test_what_is_left_open_the_environment_decides(environ: dict[str, str], name: str, *, has_role: bool) -> None:
    assert choose(Source(None, "a"), has_role, environ, Context.from_environ(environ)).name == name


@pytest.mark.parametrize("name", ["github", "okta", "file", "value", "keys", "ambient"])
def test_what_was_chosen_stays_chosen(name: SourceName) -> None:
    assert choose(Source(name), has_role=True, environ=MAY_ASK, context=Context.from_environ(MAY_ASK)).name == name


def test_a_relative_token_file_starts_at_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, elsewhere = tmp_path / "workspace", tmp_path / "elsewhere"
    for folder in (workspace, elsewhere):
        folder.mkdir()
        (folder / "token").write_text(unsigned_jwt(sub=folder.name))
    monkeypatch.chdir(elsewhere)
    environ = {"GITHUB_WORKSPACE": str(workspace)}
    assert fetch(_select(Source("file", "", token_file="token"), environ)).subject == "workspace"
    assert fetch(_select(Source("file", "", token_file=str(elsewhere / "token")), environ)).subject == "elsewhere"
    assert fetch(_select(Source("file", "", token_file="token"), {})).subject == "elsewhere"


def test_no_token_is_an_error_with_the_sources_own_reason() -> None:
    with pytest.raises(SourceError) as refused:
        fetch(_select(Source("github", "a"), {}))
    assert (refused.value.code, refused.value.exit_status) == ("no-source", 3)
    assert refused.value.found == "github: not in a GitHub Actions job (GITHUB_ACTIONS is not true)"


def test_the_token_of_a_source_is_handed_on() -> None:
    given = unsigned_token(sub="s")

    class Ready:
        name = "ready"

        def fetch(self) -> Token | None:
            return given

        def why_not(self) -> str:
            return ""

    assert fetch(Ready()) is given
