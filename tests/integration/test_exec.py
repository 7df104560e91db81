# SPDX-License-Identifier: Apache-2.0
"""``okta-aws exec``: credentials in a command's environment and nowhere else; it is the command from then on."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.command import PROGRAM, environment
from fakes.laptop import Laptop
from fakes.world import may_write

SHOW = [sys.executable, "-I", "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
CONTRADICTING = {
    "AWS_PROFILE": "other",
    "AWS_DEFAULT_PROFILE": "other",
    "AWS_ACCESS_KEY_ID": "other",
    "AWS_SECURITY_TOKEN": "other",
    "AWS_ROLE_ARN": "other",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "other",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "other",
    "AWS_CREDENTIAL_EXPIRATION": "other",
}


def test_the_command_has_the_role_and_its_environment_otherwise(laptop: Laptop) -> None:
    bucket = laptop.account.bucket()
    outcome = laptop.run("exec", *laptop.flags, "--", *SHOW, environ={"KEPT": "yes", "AWS_CA_BUNDLE": "/etc/ssl/x"})
    assert (outcome.status, outcome.err) == (0, "")
    told = json.loads(outcome.out)
    names = {"AccessKeyId": "AWS_ACCESS_KEY_ID", "SecretAccessKey": "AWS_SECRET_ACCESS_KEY"}
    session = {part: told[name] for part, name in {**names, "SessionToken": "AWS_SESSION_TOKEN"}.items()}
    assert may_write(laptop.aws, session, bucket, "allowed/key")
    assert (told["KEPT"], told["AWS_CA_BUNDLE"]) == ("yes", "/etc/ssl/x")
    assert told["AWS_REGION"] == told["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_nothing_that_contradicts_and_none_of_our_secrets_is_handed_on(laptop: Laptop) -> None:
    secrets = {"OKTA_AWS_OKTA_CLIENT_SECRET": laptop.secret}
    flags = [*laptop.flags[:4], *laptop.flags[6:]]
    outcome = laptop.run("exec", *flags, "--", *SHOW, environ=CONTRADICTING | secrets)
    told = json.loads(outcome.out)
    assert not {name for name, value in told.items() if value == "other"}
    assert laptop.secret not in outcome.out
    assert "OKTA_AWS_INSIDE" not in told


def test_nothing_is_printed_and_nothing_is_left_behind(laptop: Laptop) -> None:
    before = sorted(laptop.home.rglob("*"))
    outcome = laptop.run("exec", *laptop.flags, "--", "true")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert sorted(laptop.home.rglob("*")) == before


@pytest.mark.parametrize("status", [0, 1, 2, 5, 42, 126, 127, 255])
def test_the_exit_status_is_the_commands(laptop: Laptop, status: int) -> None:
    assert laptop.run("exec", *laptop.flags, "--", "sh", "-c", f"exit {status}").status == status


def test_arguments_reach_the_command_as_they_are(laptop: Laptop) -> None:
    words = ["--help", "--profile", "a b", "", "'$HOME'", "--", "-x"]
    show = "import sys; print(sys.argv[1:])"
    outcome = laptop.run("exec", *laptop.flags, "--", sys.executable, "-I", "-c", show, *words)
    assert outcome.out == f"{words}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_reaches_the_command(laptop: Laptop, number: signal.Signals) -> None:
    script = f"trap 'echo caught; exit 7' {number.value}; echo ready; while :; do sleep 0.1; done"
    command = [str(PROGRAM), "exec", *laptop.flags, "--", "sh", "-c", script]
    with subprocess.Popen(command, env=environment(laptop.environ), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        assert running.stdout.read() == "caught\n"
    assert running.returncode == 7


def test_a_command_that_dies_of_a_signal_is_seen_to(laptop: Laptop) -> None:
    assert laptop.run("exec", *laptop.flags, "--", "sh", "-c", "kill -TERM $$").status == -signal.SIGTERM


def test_a_pipe_that_closes_ends_the_command_as_it_would_without_us(laptop: Laptop) -> None:
    command = [str(PROGRAM), "exec", *laptop.flags, "--", "sh", "-c", "while :; do echo y; done"]
    with subprocess.Popen(command, env=environment(laptop.environ), stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"y\n"
        running.stdout.close()
        try:
            assert running.wait(timeout=20) == -signal.SIGPIPE
        finally:
            running.kill()


def test_the_command_has_our_terminal(laptop: Laptop) -> None:
    leader, follower = pty.openpty()
    command = [str(PROGRAM), "exec", *laptop.flags, "--", "sh", "-c", "test -t 0 && test -t 1 && echo both"]
    done = subprocess.run(command, env=environment(laptop.environ), stdin=follower, stdout=follower, check=True)
    os.close(follower)
    assert (done.returncode, os.read(leader, 100)) == (0, b"both\r\n")
    os.close(leader)


def test_a_command_that_is_not_there_is_told_before_anybody_is_asked(laptop: Laptop) -> None:
    outcome = laptop.run("exec", *laptop.flags, "--", "no-such-program")
    assert (outcome.status, outcome.out) == (127, "")
    assert "COMMAND (argument): wanted a program that can be run, for 'no-such-program', found none" in outcome.err
    assert (laptop.issuer.requests, laptop.aws.exchanges) == ([], 0)


def test_a_file_that_is_no_program_is_told(laptop: Laptop) -> None:
    file = laptop.home / "text"
    file.write_text("no program")
    assert laptop.run("exec", *laptop.flags, "--", str(file)).status == 126
    file.chmod(0o755)
    file.write_bytes(b"\x7fELFnonsense")
    outcome = laptop.run("exec", *laptop.flags, "--", str(file))
    assert outcome.status == 126
    assert "exec format error" in outcome.err


def test_a_program_of_the_working_directory_needs_its_path(laptop: Laptop) -> None:
    script: Path = laptop.home / "tool"
    script.write_text("#!/bin/sh\necho ran\n")
    script.chmod(0o755)
    assert laptop.run("exec", *laptop.flags, "--", "tool").status == 127
    assert laptop.run("exec", *laptop.flags, "--", "./tool").out == "ran\n"


def test_a_role_that_is_refused_runs_nothing(laptop: Laptop) -> None:
    flags = [*laptop.flags, "--role-to-assume", f"arn:aws:iam::{laptop.account.number}:role/other"]
    outcome = laptop.run("exec", *flags, "--", "touch", "ran")
    assert outcome.status == 5
    assert not (laptop.home / "ran").exists()


def test_without_a_command_it_says_how(laptop: Laptop) -> None:
    outcome = laptop.run("exec", *laptop.flags)
    assert outcome.status == 2
    assert "Missing argument" in outcome.err
