# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.loopback import http_server
from fakes.sts_answers import refused
from fakes.tokens import unsigned_jwt
from okta_aws.errors import NeedsHost, SourceError
from okta_aws.runner.context import Context
from okta_aws.sources.ambient import find, from_variables

VARIABLES = {"AWS_ACCESS_KEY_ID": "TESTKEY", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
HERE = Context.from_environ({})
DOCKER = Context.from_environ({"GITHUB_WORKSPACE": "/github/workspace"})


@pytest.fixture(autouse=True)
def _nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS settings of whoever runs this; no instance is asked."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", *VARIABLES, "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("missing", VARIABLES)
@pytest.mark.parametrize("empty", [True, False])
def test_half_of_the_variables_is_none_of_them(missing: str, *, empty: bool) -> None:
    environ = {**VARIABLES, missing: ""} if empty else {k: v for k, v in VARIABLES.items() if k != missing}
    assert from_variables(environ) is None


def test_variables_are_the_credentials() -> None:
    keys = from_variables(VARIABLES | {"AWS_SESSION_TOKEN": "a-token"})
    assert keys is not None
    assert (keys.access_key_id, keys.secret_access_key.reveal(), keys.session_token.reveal(), keys.expiration) == (
        "TESTKEY",
        "not-a-secret",
        "a-token",
        None,
    )
    assert "not-a-secret" not in repr(keys)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-02T03:04:05Z", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2030-01-02T03:04:05", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_our_own_expiry_is_read(text: str, expected: datetime | None) -> None:
    keys = from_variables(VARIABLES | {"OKTA_AWS_EXPIRATION": text})
    assert keys is not None
    assert keys.expiration == expected


@pytest.mark.parametrize("context", [HERE, DOCKER], ids=["host", "container"])
def test_variables_count_first(context: Context) -> None:
    assert find(VARIABLES, context, 20.0).access_key_id == "TESTKEY"


def test_a_container_has_variables_alone(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    with pytest.raises(NeedsHost):
        find({}, DOCKER, 20.0)


def test_a_profile_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\naws_session_token = c\n"
    )
    keys = find({}, HERE, 20.0)
    assert (keys.access_key_id, keys.secret_access_key.reveal(), keys.session_token.reveal()) == ("a", "b", "c")
    assert "shared-credentials-file" in keys.origin


def test_variables_that_were_taken_away_do_not_come_back_from_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SourceError) as failed:
        find({}, HERE, 20.0)
    assert failed.value.code == "aws-credentials-missing"


def test_nothing_anywhere_is_told_with_what_there_could_be() -> None:
    with pytest.raises(SourceError) as failed:
        find({}, HERE, 20.0)
    assert (failed.value.code, failed.value.exit_status) == ("aws-credentials-missing", 3)
    assert "id-token: write" in " ".join(failed.value.fix)


def test_a_profile_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(SourceError) as failed:
        find({}, HERE, 20.0)
    assert failed.value.found == "ProfileNotFound"


def test_a_role_that_refuses_the_machines_own_token_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(unsigned_jwt())
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/node")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with http_server(lambda _: refused(403, "AccessDenied", "no")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url())
        with pytest.raises(SourceError) as failed:
            find({}, HERE, 20.0)
    assert (failed.value.code, failed.value.found) == ("aws-credentials-missing", "ClientError")
    assert len(server.requests) == 1
