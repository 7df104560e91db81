# SPDX-License-Identifier: Apache-2.0
"""``okta-aws credentials`` as a process, against a small server in the place of STS."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.command import PROGRAM, Outcome, environment, okta_aws
from fakes.loopback import Reply, Request, Server, http_server, unused_port
from fakes.sts_answers import ACCOUNT, EXPIRATION, KEY_ID, granted, refused, session_arn
from fakes.tokens import unsigned_jwt

KEY, SESSION_TOKEN = (f"{word}-{secrets.token_hex(12)}" for word in ("key", "session"))
TOKEN = unsigned_jwt(iss="https://i.invalid", sub="repo:acme/app:ref:refs/heads/main", aud="a")
HIDDEN = (KEY, SESSION_TOKEN, TOKEN, TOKEN.rpartition(".")[2], base64.b64encode(TOKEN.encode()).decode())

Answer = Callable[[Request], Reply | None]


def _flags(server: Server, *more: str) -> tuple[str, ...]:
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    return (
        "credentials",
        "--role-to-assume",
        role,
        "--aws-region",
        "eu-central-1",
        "--sts-endpoint",
        server.url(),
        *more,
    )


@pytest.fixture
def sts() -> Iterator[Server]:
    with http_server(lambda _: granted(KEY, SESSION_TOKEN)) as server:
        yield server


def _with(answer: Answer, *more: str) -> Outcome:
    with http_server(answer) as server:
        outcome = okta_aws(*_flags(server, *more), environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN})
    assert not [hidden for hidden in HIDDEN if hidden in outcome.err]
    assert "Traceback" not in outcome.err
    return outcome


def test_the_result_is_what_credential_process_wants(sts: Server) -> None:
    outcome = okta_aws(*_flags(sts, "--format", "json"), environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN})
    assert (outcome.status, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {
        "Version": 1,
        "AccessKeyId": KEY_ID,
        "SecretAccessKey": KEY,
        "SessionToken": SESSION_TOKEN,
        "Expiration": EXPIRATION,
    }
    (request,) = sts.requests
    assert request.form["RoleSessionName"] == "repo-acme-app-ref-refs-heads-main"


@pytest.mark.parametrize("way", ["variable", "file", "variable of the file", "standard input"])
def test_a_token_comes_by_file_variable_or_standard_input(sts: Server, tmp_path: Path, way: str) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    flags: tuple[str, ...] = ()
    environ, given = {}, ""
    if way == "variable":
        environ = {"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}
    elif way == "file":
        flags = ("--web-identity-token-file", str(path))
    elif way == "variable of the file":
        environ = {"OKTA_AWS_WEB_IDENTITY_TOKEN_FILE": str(path)}
    else:
        flags, given = ("--web-identity-token-file", "-"), f"{TOKEN}\n"
    outcome = okta_aws(*_flags(sts, *flags), environ=environ, given=given)
    assert (outcome.status, outcome.err) == (0, "")
    assert sts.requests[0].form["WebIdentityToken"] == TOKEN


@pytest.mark.parametrize(
    "name", ["--web-identity-token", "--okta-client-secret", "--okta-private-key", "--aws-secret-access-key"]
)
@pytest.mark.parametrize("joint", [" ", "="])
def test_no_secret_can_be_given_as_an_argument_and_none_is_repeated(sts: Server, name: str, joint: str) -> None:
    outcome = okta_aws(*_flags(sts, *f"{name}{joint}{KEY}".split()))
    assert outcome.status == 2
    assert KEY not in outcome.out + outcome.err
    assert sts.requests == []


def test_credentials_of_the_environment_are_not_sent(sts: Server) -> None:
    ambient = secrets.token_hex(12)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    outcome = okta_aws(*_flags(sts), environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN, **dict.fromkeys(names, ambient)})
    assert outcome.status == 0
    assert ambient not in f"{sts.requests}"


def test_the_region_may_come_from_awss_own_variable(sts: Server) -> None:
    flags = [one for one in _flags(sts) if one not in {"--aws-region", "eu-central-1"}]
    outcome = okta_aws(*flags, environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN, "AWS_REGION": "eu-west-1"})
    assert outcome.status == 0


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (lambda _: refused(403, "AccessDenied", "Not authorized"), 5, "role-refused"),
        (lambda _: granted(KEY, SESSION_TOKEN, session_arn("210987654321")), 6, "wrong-account"),
        (lambda _: Reply(200, b"<html>log in</html>"), 9, "network-garbage"),
    ],
    ids=["refused", "another account", "a login page"],
)
def test_each_way_to_fail_has_its_exit_status_and_prints_nothing(answer: Answer, status: int, code: str) -> None:
    outcome = _with(answer, "--allowed-account-ids", ACCOUNT)
    assert (outcome.status, outcome.out) == (status, "")
    assert outcome.err.startswith(f"error[{code}]: ")
    assert "\n  fix: " in outcome.err


def test_a_host_that_cannot_be_reached_is_the_networks_failure() -> None:
    flags = ("--sts-endpoint", f"http://127.0.0.1:{unused_port()}", "--disable-retry", "true")
    outcome = _with(lambda _: None, *flags)
    assert outcome.status == 9
    assert outcome.err.startswith("error[network-connect]: ")


@pytest.mark.parametrize(
    ("token", "status"),
    [("opaque", 4), (unsigned_jwt(exp=1), 4), (f"Bearer {TOKEN}", 4)],
    ids=["opaque", "expired", "with a word"],
)
def test_a_token_that_cannot_be_used_is_not_sent(sts: Server, token: str, status: int) -> None:
    outcome = okta_aws(*_flags(sts), environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": token})
    assert (outcome.status, outcome.out, sts.requests) == (status, "", [])
    assert token not in outcome.err


def test_what_aws_says_cannot_command_a_terminal_or_a_runner() -> None:
    evil = "\n::set-env name=A::b\n##[set-output]x\n\x9b31m\u202eevil"
    outcome = _with(lambda _: refused(403, "AccessDenied", evil))
    assert outcome.status == 5
    assert not [line for line in outcome.err.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert "\x9b" not in outcome.err
    assert "\u202e" not in outcome.err


def test_debug_tells_what_is_asked_of_whom_and_no_secret() -> None:
    replies = iter([refused(400, "Throttling"), granted(KEY, SESSION_TOKEN)])
    outcome = _with(lambda _: next(replies), "--debug")
    assert outcome.status == 0
    assert "debug: POST http://127.0.0.1:" in outcome.err
    assert "throttled, trying again in " in outcome.err
    assert KEY in outcome.out


def test_a_full_disk_under_standard_output_is_said_and_not_a_defect(sts: Server) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, *_flags(sts)],
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            check=False,
            env=environment({"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}),
        )
    said = done.stderr.decode()
    assert done.returncode == 7
    assert said.startswith("error[export-failed]: writing the result: no space left on device")
    assert "Traceback" not in said
    assert not [hidden for hidden in HIDDEN if hidden in said]


def test_a_reader_that_leaves_is_no_defect(sts: Server) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [PROGRAM, *_flags(sts)],
            stdout=writer,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            check=False,
            env=environment({"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}),
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_nothing_of_the_working_directory_runs_or_is_read(sts: Server, tmp_path: Path) -> None:
    trap = "import pathlib; pathlib.Path(__file__).with_name('sprung').touch()\n"
    for name in ("json.py", "ssl.py", "click.py", "sitecustomize.py", "usercustomize.py", "_virtualenv.py"):
        (tmp_path / name).write_text(trap)
    (tmp_path / "okta_aws").mkdir()
    (tmp_path / "okta_aws" / "__init__.py").write_text(trap.replace("with_name", "parent.with_name"))
    for name in ("okta-aws.toml", "pyproject.toml", "setup.cfg", ".env", ".netrc"):
        (tmp_path / name).write_text("this is [nothing\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    outcome = okta_aws(*_flags(sts), environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}, cwd=tmp_path)
    assert (outcome.status, outcome.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_profile_that_leads_back_to_this_command_ends_at_once(tmp_path: Path) -> None:
    """The profile whose credential_process we are is a place where botocore looks for credentials."""
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    command = f"{PROGRAM} credentials --role-to-assume {role} --aws-region eu-central-1"
    (tmp_path / "config").write_text(f"[profile deploy]\ncredential_process = {command}\nregion = eu-central-1\n")
    outside = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_PROFILE": "deploy",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    outcome = okta_aws(*command.split()[1:], environ=outside)
    assert outcome.status == 3
    assert "error[aws-credentials-missing]" in outcome.err
    inside = okta_aws(*command.split()[1:], environ=outside | {"OKTA_AWS_INSIDE": "1"})
    assert inside.status == 3
    assert "only the AWS profile whose credential_process is this command" in inside.err


def test_a_relative_token_file_starts_at_the_working_directory(sts: Server, tmp_path: Path) -> None:
    (tmp_path / "token.jwt").write_text(TOKEN)
    environ = environment({"GITHUB_WORKSPACE": "/nowhere"})
    command: list[str | Path] = [PROGRAM, *_flags(sts, "--web-identity-token-file", "token.jwt")]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
