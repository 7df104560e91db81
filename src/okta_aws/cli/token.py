# SPDX-License-Identifier: Apache-2.0
"""``okta-aws token``: fetch a token, or look into one."""

from __future__ import annotations

import json
import os
import sys
import time

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, result, standard_input, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.files import Rules, rewrite
from okta_aws.flows.fetch import fetch_token
from okta_aws.settings.options import NETWORK, OKTA, SOURCE
from okta_aws.settings.settings import read_for_token
from okta_aws.tokens.token import MAX_CHARACTERS, parse

# Long enough for another writer of the same file.
_LOCK_WAIT_S = 5.0
_DEBUG = click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")


@click.group()
def token() -> None:
    """Fetch a token, or look into one."""


@token.command(
    cls=Manual,
    examples=(
        (
            "The token for an AWS command that takes one",
            (
                "aws sts assume-role-with-web-identity --role-session-name me --role-arn \\\n"
                '  arn:aws:iam::123456789012:role/deploy --web-identity-token "$(okta-aws token fetch)"'
            ),
        ),
        ("Into a file that only you can read", "okta-aws token fetch --output token.jwt"),
    ),
    files=SETTINGS_FILE,
)
@table_flags({SOURCE, OKTA, NETWORK})
@click.option(
    "--output", metavar="FILE", help="Write it to this file, which only you can read, instead of printing it."
)
@click.option("--force", is_flag=True, help="Print the token even on a terminal, where it stays visible.")
@_DEBUG
@click.pass_context
def fetch(context: click.Context, /, output: str | None, force: bool, debug: bool, **flags: str | None) -> None:
    """Print a token of the source, for a pipe or a file.

    On a terminal it is not shown, unless told with --force.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        if sys.stdout and sys.stdout.isatty() and not force and not output:
            raise SettingsError(
                [
                    Problem(
                        "--force",
                        "flag",
                        "standard output in a pipe or a file",
                        "a terminal",
                        "a token on the screen is there for all to see; --output writes a file, --force prints it",
                    )
                ]
            )
        environment = environ()
        source, patience, network = read_for_token(raw_settings(flags, environment))
        fetched = fetch_token(
            source, patience, network, environment, working_context(environment), real_time(), terminal
        )
        if output:
            _write(os.path.abspath(output), fetched.text.reveal())
        else:
            result(fetched.text.reveal())
        return 0

    context.exit(terminal.run(command))


def _write(path: str, text: str) -> None:
    rules = Rules(root=os.path.dirname(path), owner=None, wait_s=_LOCK_WAIT_S, sleep=time.sleep)
    rewrite(path, lambda _: text.encode(), rules)


@token.command()
@click.argument("path", default="-", metavar="[FILE]")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_DEBUG
@click.pass_context
def inspect(context: click.Context, path: str, output_format: str, debug: bool) -> None:
    """Show header and claims of the token in FILE, or on standard input.

    Nothing is verified: these are the token's own words. The signature is not shown.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        looked_at = parse(_text(path).strip())
        document = {"header": looked_at.header, "claims": looked_at.claims}
        if output_format == "json":
            result(json.dumps(document, indent=2))
        else:
            for part, values in document.items():
                result(part)
                for name, value in values.items():
                    result(f"  {json.dumps(name)[1:-1]}: {json.dumps(value)}")
        return 0

    context.exit(terminal.run(command))


def _text(path: str) -> str:
    try:
        if path == "-":
            data = standard_input(4 * MAX_CHARACTERS)
        else:
            with open(path, "rb") as file:
                data = file.read(4 * MAX_CHARACTERS)
    except OSError as cause:
        raise SettingsError([Problem("FILE", "argument", "a readable file", cause.strerror or str(cause))]) from None
    return data.decode("utf-8", "replace")
