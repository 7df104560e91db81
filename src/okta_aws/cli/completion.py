# SPDX-License-Identifier: Apache-2.0
"""``okta-aws completion``: the script that makes a shell complete commands and flags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from okta_aws.cli.manual import Manual
from okta_aws.cli.terminal import Terminal, result

_PROGRAM = "okta-aws"
_VARIABLE = "_OKTA_AWS_COMPLETE"


@click.command(
    cls=Manual,
    examples=(
        ("bash, in ~/.bashrc", "source <(okta-aws completion bash)"),
        ("zsh, in ~/.zshrc", "source <(okta-aws completion zsh)"),
        ("fish, once", "okta-aws completion fish > ~/.config/fish/completions/okta-aws.fish"),
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes SHELL complete the commands and flags of this program."""

    def command() -> int:
        kind = get_completion_class(shell)
        if kind is not None:
            result(kind(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
        return 0

    context.exit(Terminal(debug=False).run(command))
