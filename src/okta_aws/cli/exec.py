# SPDX-License-Identifier: Apache-2.0
"""``okta-aws exec``: a command with the credentials in its environment, and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.session import GROUPS, exchange
from okta_aws.cli.terminal import Terminal, environ, stop_if_inside_itself
from okta_aws.errors import Problem, SettingsError
from okta_aws.exporters.shell import child_environment

# What shells and env(1) end with.
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


@click.command(
    "exec",
    cls=Manual,
    examples=(
        ("One command", "okta-aws exec --profile deploy -- terraform apply"),
        ("A shell that has the role", "okta-aws exec --profile deploy -- bash"),
    ),
    files=SETTINGS_FILE,
    exit_status={
        "other": "that of COMMAND, which takes this program's place",
        "126": "COMMAND cannot be run",
        "127": "COMMAND was not found",
    },
)
@table_flags(GROUPS)
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.argument("words", metavar="-- COMMAND [ARGUMENT]...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def execute(context: click.Context, /, words: Sequence[str], debug: bool, **flags: str | None) -> None:
    """Run COMMAND with the credentials of a role in its environment.

    COMMAND takes the place of this process, so that signals and its exit status are its own. It gets
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_DEFAULT_REGION. Variables that lead
    to other credentials (AWS_PROFILE, AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, ...) and secrets of ours
    (OKTA_AWS_OKTA_PRIVATE_KEY, ...) are not handed on. The credentials are not renewed while it runs; those of a
    profile made by `okta-aws configure` are.
    """
    terminal = Terminal(debug=debug)
    status = [0]

    def command() -> int:
        environment = dict(environ())
        program = _program(words[0], environment, status)
        stop_if_inside_itself(environment)
        settings, exchanged = exchange(raw_settings(flags, environment), environment, terminal)
        child = child_environment(environment, exchanged.credentials, settings.endpoint.region)
        return _become(program, words, child, status)

    failed = terminal.run(command)
    context.exit(status[0] or failed)


def _program(word: str, environment: Mapping[str, str], status: list[int]) -> str:
    """The file to run, looked for before anybody is asked for anything."""
    program = shutil.which(word, path=environment.get("PATH", os.defpath))
    if program is None:
        status[0] = _NOT_EXECUTABLE if os.path.exists(word) and os.sep in word else _NOT_FOUND
        raise _no_program(word, "none")
    return program


def _become(program: str, words: Sequence[str], environment: Mapping[str, str], status: list[int]) -> int:
    if os.name != "posix":
        return subprocess.run([program, *words[1:]], env=environment, check=False).returncode  # noqa: S603 - asked for
    for one in (sys.stdout, sys.stderr):
        if one:
            one.flush()
    # Python ignores these at its start, and who is ignored stays so in the next program.
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execve(program, list(words), environment)  # noqa: S606 - this is what was asked for
    except OSError as cause:
        status[0] = _NOT_EXECUTABLE
        raise _no_program(words[0], (cause.strerror or "an error").lower()) from None


def _no_program(word: str, found: str) -> SettingsError:
    return SettingsError([Problem("COMMAND", "argument", f"a program that can be run, for {word!a}", found)])
