# SPDX-License-Identifier: Apache-2.0
"""``okta-aws logout``: forgets everything that was kept."""

from __future__ import annotations

import sys

import click

from okta_aws.cli.terminal import Terminal, environ, real_time
from okta_aws.flows.login import sign_out
from okta_aws.store.keyring import Keyring
from okta_aws.store.tokens import LoginTokens, login_folder


@click.command()
@click.option("--debug", is_flag=True, help="Show where a defect is.")
@click.pass_context
def logout(context: click.Context, debug: bool) -> None:
    """Remove every token and every role session that is kept on this machine.

    What was given out already stays good until it ends: AWS and Okta take no ID token and no role session back.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        environment = environ()
        tokens = LoginTokens(login_folder(environment, sys.platform), Keyring(), real_time().sleep)
        removed, forgotten = sign_out(tokens, environment)
        terminal.say(f"Removed: tokens {removed}, role sessions {forgotten}.")
        return 0

    context.exit(terminal.run(command))
