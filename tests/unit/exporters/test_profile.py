# SPDX-License-Identifier: Apache-2.0
"""A profile is written where AWS's tools look, read by botocore, and leaves everything else alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from botocore.configloader import load_config
from botocore.credentials import SharedCredentialProvider

from okta_aws.credentials import Credentials
from okta_aws.errors import ExportError, SettingsError
from okta_aws.exporters.base import Effect, apply_all
from okta_aws.exporters.profile import ProfileExporter, locate
from okta_aws.runner.context import Context
from unit.exporters.values import REGION, context, credentials, job, long_lived, no_waiting, written_under

GIVEN = credentials()
DOCKER = {"GITHUB_WORKSPACE": "/github/workspace", "HOME": "/github/home"}
HOST_TEMP = "host:/home/runner/work/_temp"


def exporter(environ: dict[str, str], name: str = "dev", *, overwrite: bool = False) -> ProfileExporter:
    found = context(environ)
    return ProfileExporter(name, REGION, overwrite, locate(environ, found, ""), found.home, None, no_waiting)


def export(
    environ: dict[str, str], name: str = "dev", *, overwrite: bool = False, given: Credentials = GIVEN
) -> Sequence[Effect]:
    effects = exporter(environ, name, overwrite=overwrite).plan(given)
    apply_all(effects)
    return effects


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return job(tmp_path)


@pytest.fixture
def aws(environ: dict[str, str]) -> Path:
    return Path(environ["HOME"]) / ".aws"


@pytest.mark.parametrize("name", ["dev", "default", "team_a.prod-1@x:y%z+=,"])
def test_botocore_finds_the_credentials_and_the_region(environ: dict[str, str], aws: Path, name: str) -> None:
    export(environ, name)
    found = SharedCredentialProvider(str(aws / "credentials"), name).load()
    assert found is not None
    assert (found.access_key, found.secret_key, found.token) == (
        GIVEN.access_key_id,
        GIVEN.secret_access_key.reveal(),
        GIVEN.session_token.reveal(),
    )
    assert load_config(str(aws / "config"))["profiles"] == {name: {"region": REGION}}


def test_long_lived_keys_are_written_without_a_token(environ: dict[str, str], aws: Path) -> None:
    export(environ, given=long_lived())
    assert "aws_session_token" not in (aws / "credentials").read_text()
    found = SharedCredentialProvider(str(aws / "credentials"), "dev").load()
    assert found is not None
    assert found.token is None


def test_planning_writes_nothing(environ: dict[str, str], aws: Path) -> None:
    assert exporter(environ).plan(GIVEN)
    assert not aws.exists()


def test_files_and_folder_are_for_their_owner_alone(environ: dict[str, str], aws: Path) -> None:
    before = os.umask(0)
    try:
        export(environ)
    finally:
        os.umask(before)
    assert {path.name: path.stat().st_mode & 0o777 for path in [aws, *aws.iterdir()]} == {
        ".aws": 0o700,
        "credentials": 0o600,
        "config": 0o600,
    }


def test_other_profiles_and_comments_stay_byte_for_byte(environ: dict[str, str], aws: Path) -> None:
    aws.mkdir()
    kept = b"# by hand \xff\r\n[other]\r\nregion=x\r\n  ; y\r\n"
    for name in ("credentials", "config"):
        (aws / name).write_bytes(kept)
    export(environ)
    for name in ("credentials", "config"):
        assert (aws / name).read_bytes().startswith(kept)


@pytest.mark.parametrize(
    ("file", "header"), [("credentials", "dev"), ("config", "profile dev"), ("config", 'profile "dev"')]
)
def test_a_profile_that_is_there_stops_the_export_before_anything_is_written(
    environ: dict[str, str], aws: Path, tmp_path: Path, file: str, header: str
) -> None:
    aws.mkdir()
    (aws / file).write_text(f"[{header}]\nregion = x\n")
    before = written_under(tmp_path)
    with pytest.raises(ExportError) as caught:
        exporter(environ).plan(GIVEN)
    assert caught.value.code == "profile-exists"
    assert "overwrite-aws-profile" in caught.value.fix[1]
    assert written_under(tmp_path) == before


def test_a_profile_that_appears_after_planning_is_kept_too(environ: dict[str, str], aws: Path) -> None:
    effects = exporter(environ).plan(GIVEN)
    aws.mkdir()
    (aws / "credentials").write_text("[dev]\nk = theirs\n")
    with pytest.raises(ExportError) as caught:
        apply_all(effects)
    assert caught.value.code == "profile-exists"
    assert written_under(aws) == {"credentials": "[dev]\nk = theirs\n"}


def test_overwriting_leaves_nothing_of_the_old_profile(environ: dict[str, str], aws: Path) -> None:
    aws.mkdir()
    (aws / "credentials").write_text(
        "[a]\nk = v\n[dev]\naws_access_key_id = old\ncredential_process = evil\n[b]\nk = v\n"
    )
    (aws / "config").write_text("[profile dev]\nrole_arn = old\nsource_profile = a\n")
    export(environ, overwrite=True)
    assert (aws / "config").read_text() == f"[profile dev]\nregion = {REGION}\n"
    text = (aws / "credentials").read_text()
    assert "old" not in text
    assert "evil" not in text
    assert text.startswith("[a]\nk = v\n[dev]\n")
    assert text.endswith("[b]\nk = v\n")


def test_undoing_gives_back_the_files_as_they_were(environ: dict[str, str], aws: Path) -> None:
    aws.mkdir()
    (aws / "config").write_text("[profile dev]\nregion = old")
    before = written_under(aws)
    for effect in reversed(export(environ, overwrite=True)):
        effect.undo()
    assert written_under(aws) == before
    assert [path.name for path in aws.iterdir()] == ["config"]


def test_undoing_leaves_no_folder_that_was_not_there(environ: dict[str, str], aws: Path) -> None:
    for effect in reversed(export(environ)):
        effect.undo()
    assert not aws.exists()


def test_undoing_keeps_what_others_wrote_since(environ: dict[str, str], aws: Path) -> None:
    effects = export(environ)
    export(environ, "other")
    for effect in reversed(effects):
        effect.undo()
    text = (aws / "credentials").read_text()
    assert "[dev]" not in text
    assert "[other]" in text


def test_the_files_that_the_environment_names_are_the_ones(environ: dict[str, str], aws: Path, tmp_path: Path) -> None:
    environ |= {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "new" / "deep" / "keys"),
        "AWS_CONFIG_FILE": "relative/config",
    }
    export(environ)
    assert GIVEN.access_key_id in (tmp_path / "new" / "deep" / "keys").read_text()
    assert (tmp_path / "workspace" / "relative" / "config").is_file()
    assert not aws.exists()


def test_a_tilde_is_the_home_folder(environ: dict[str, str]) -> None:
    environ["AWS_CONFIG_FILE"] = "~/conf"
    assert locate(environ, context(environ), "").config == f"{environ['HOME']}/conf"


def test_without_a_home_the_error_says_so() -> None:
    with pytest.raises(ExportError) as caught:
        locate({}, Context.from_environ({}), "")
    assert "HOME" in caught.value.wanted


def test_in_docker_later_steps_are_led_to_the_hosts_paths() -> None:
    where = locate(DOCKER, Context.from_environ(DOCKER), HOST_TEMP)
    assert (where.credentials, where.config) == ("/github/home/.aws/credentials", "/github/home/.aws/config")
    assert where.for_later_steps == {
        "AWS_SHARED_CREDENTIALS_FILE": "/home/runner/work/_temp/_github_home/.aws/credentials",
        "AWS_CONFIG_FILE": "/home/runner/work/_temp/_github_home/.aws/config",
    }
    assert where.config_for_later_steps == "/home/runner/work/_temp/_github_home/.aws/config"


def test_in_docker_a_file_that_the_user_chose_stays_chosen() -> None:
    environ = DOCKER | {"AWS_CONFIG_FILE": "/github/workspace/config", "AWS_SHARED_CREDENTIALS_FILE": "/github/home/x"}
    where = locate(environ, Context.from_environ(environ), HOST_TEMP)
    assert (where.credentials, where.config) == ("/github/home/x", "/github/workspace/config")
    assert (where.for_later_steps, where.config_for_later_steps) == ({}, "")


@pytest.mark.parametrize("path", ["/home/runner/.aws/config", "~/.aws/config", "/github/workspace/../x"])
def test_in_docker_a_file_of_the_host_needs_the_host(path: str) -> None:
    environ = DOCKER | {"AWS_CONFIG_FILE": path}
    with pytest.raises(SettingsError) as caught:
        locate(environ, Context.from_environ(environ), HOST_TEMP)
    assert caught.value.code == "needs-host"
    assert "composite" in caught.value.headline()


def test_on_the_host_itself_no_variable_is_needed(environ: dict[str, str]) -> None:
    assert locate(environ, context(environ), HOST_TEMP).for_later_steps == {}


@pytest.mark.parametrize("at", ["file", "folder"])
def test_a_planted_link_is_not_followed_and_the_other_file_is_taken_back(
    environ: dict[str, str], aws: Path, tmp_path: Path, at: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "target").write_text("kept")
    if at == "file":
        aws.mkdir()
        (aws / "credentials").symlink_to(outside / "target")
    else:
        aws.symlink_to(outside)
    with pytest.raises(ExportError) as caught:
        export(environ)
    assert caught.value.code == "unsafe-file"
    assert written_under(outside) == {"target": "kept"}
    assert not (aws / "config").exists()


def test_no_error_of_an_export_shows_a_secret(environ: dict[str, str], aws: Path) -> None:
    aws.mkdir()
    (aws / "credentials").mkdir()
    with pytest.raises(ExportError) as caught:
        export(environ)
    said = "\n".join(caught.value.lines())
    assert GIVEN.secret_access_key.reveal() not in said
    assert GIVEN.access_key_id not in said
