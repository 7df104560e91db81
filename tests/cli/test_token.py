# SPDX-License-Identifier: Apache-2.0
"""``okta-aws token`` as a process."""

from __future__ import annotations

import base64
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from fakes.command import PROGRAM, environment, okta_aws
from fakes.tokens import unsigned_jwt

CLAIMS = {"iss": "https://i.invalid", "sub": "me", "aud": ["a", "b"], "exp": 4102444800, "nested": {"a": None}}
TOKEN = unsigned_jwt(**CLAIMS)
GIVEN = {"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}
SIGNATURE = TOKEN.rpartition(".")[2]


def test_inspect_prints_header_and_claims_as_json() -> None:
    outcome = okta_aws("token", "inspect", "--format", "json", given=TOKEN)
    assert (outcome.status, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {"header": {"alg": "RS256"}, "claims": CLAIMS}


def test_inspect_prints_header_and_claims_as_text() -> None:
    outcome = okta_aws("token", "inspect", given=f"  {TOKEN}\n")
    assert outcome.status == 0
    assert outcome.out.splitlines() == [
        "header",
        '  alg: "RS256"',
        "claims",
        '  iss: "https://i.invalid"',
        '  sub: "me"',
        '  aud: ["a", "b"]',
        "  exp: 4102444800",
        '  nested: {"a": null}',
    ]


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_inspect_reads_a_file_and_does_not_show_the_signature(tmp_path: Path, output_format: str) -> None:
    (tmp_path / "token").write_text(TOKEN)
    outcome = okta_aws("token", "inspect", str(tmp_path / "token"), "--format", output_format)
    assert outcome.status == 0
    assert SIGNATURE not in outcome.out + outcome.err


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_inspect_writes_no_control_character_that_a_claim_holds(output_format: str) -> None:
    evil = "a\n::add-mask::b\x1b[2J\u202e\ud800"
    outcome = okta_aws("token", "inspect", "--format", output_format, given=unsigned_jwt(**{"sub": evil, evil: evil}))
    assert outcome.status == 0
    assert all(line.isprintable() and not line.lstrip().startswith("::") for line in outcome.out.splitlines())
    if output_format == "json":
        assert json.loads(outcome.out)["claims"] == {"sub": evil, evil: evil}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "token-malformed"),
        ("garbage", "token-malformed"),
        ("x" * 200_000, "token-too-long"),
        ("a.b.c.d.e", "token-encrypted"),
    ],
)
def test_inspect_of_what_is_no_token_is_an_error(given: str, code: str) -> None:
    outcome = okta_aws("token", "inspect", given=given)
    assert (outcome.status, outcome.out) == (4, "")
    assert outcome.err.startswith(f"error[{code}]: ")


def test_inspect_of_bytes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(os.urandom(2000))
    assert okta_aws("token", "inspect", str(tmp_path / "bytes")).status == 4


@pytest.mark.parametrize("name", ["missing", "."])
def test_inspect_of_a_file_that_cannot_be_read_is_a_setting(tmp_path: Path, name: str) -> None:
    outcome = okta_aws("token", "inspect", str(tmp_path / name))
    assert outcome.status == 2
    assert "FILE (argument): wanted a readable file" in outcome.err


@pytest.mark.parametrize("depth", [100, 500, 900, 5000])
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_inspect_of_deep_claims_is_no_defect(depth: int, output_format: str) -> None:
    text = "[" * depth + "1" + "]" * depth
    token = unsigned_jwt(deep="X").split(".")
    body = base64.urlsafe_b64encode(f'{{"deep": {text}}}'.encode()).decode().rstrip("=")
    outcome = okta_aws("token", "inspect", "--format", output_format, given=".".join([token[0], body, token[2]]))
    assert outcome.status in {0, 4}
    assert "internal" not in outcome.err


def test_fetch_prints_the_token_to_a_pipe() -> None:
    outcome = okta_aws("token", "fetch", environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN})
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{TOKEN}\n", "")


def _on_a_terminal(*flags: str) -> tuple[int, str, str]:
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [PROGRAM, "token", "fetch", *flags],
            stdout=theirs,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment({"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}),
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux tells the end of a terminal
                break
            if not piece:
                break
            shown += piece
        _, said = process.communicate()
    finally:
        os.close(ours)
    return process.returncode, shown.decode(), said.decode()


def test_fetch_does_not_show_a_token_on_a_terminal() -> None:
    status, shown, said = _on_a_terminal()
    assert (status, shown) == (2, "")
    assert "--force" in said
    assert TOKEN not in said


def test_fetch_shows_a_token_on_a_terminal_to_who_insists() -> None:
    assert _on_a_terminal("--force") == (0, f"{TOKEN}\r\n", "")


def test_fetch_checks_the_audience() -> None:
    environ = {"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}
    assert okta_aws("token", "fetch", "--audience", "b", environ=environ).status == 0
    outcome = okta_aws("token", "fetch", "--audience", "c", environ=environ)
    assert (outcome.status, outcome.out) == (4, "")


def test_fetch_with_debug_does_not_show_the_token() -> None:
    outcome = okta_aws("token", "fetch", "--debug", "--audience", "c", environ={"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN})
    assert SIGNATURE not in outcome.err


@pytest.mark.parametrize("command", [("token", "inspect"), ("token", "fetch")])
def test_closed_streams_are_no_defect(command: tuple[str, ...]) -> None:
    script = f'exec "{PROGRAM}" {" ".join(command)} <&- >&-'
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        stderr=subprocess.PIPE,
        check=False,
        env=environment({"OKTA_AWS_WEB_IDENTITY_TOKEN": TOKEN}),
    )
    assert b"internal" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_fetch_writes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token.jwt"
    path.write_text("an older one")
    path.chmod(0o644)
    outcome = okta_aws("token", "fetch", "--output", "token.jwt", environ=GIVEN, cwd=tmp_path)
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert path.read_text() == TOKEN
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_fetch_writes_through_no_link(tmp_path: Path) -> None:
    path = tmp_path / "token.jwt"
    path.symlink_to(tmp_path / "elsewhere")
    outcome = okta_aws("token", "fetch", "--output", str(path), environ=GIVEN)
    assert outcome.status == 7
    assert "error[unsafe-file]" in outcome.err
    assert not (tmp_path / "elsewhere").exists()


def test_fetch_may_write_a_file_from_a_terminal(tmp_path: Path) -> None:
    status, shown, said = _on_a_terminal("--output", str(tmp_path / "t"))
    assert (status, shown, said) == (0, "", "")
    assert (tmp_path / "t").read_text() == TOKEN


def test_the_articles_own_command_gets_the_token_alone() -> None:
    script = f'printf "<%s>" "$("{PROGRAM}" token fetch)"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env=environment(GIVEN))
    assert (done.stdout.decode(), done.stderr) == (f"<{TOKEN}>", b"")
