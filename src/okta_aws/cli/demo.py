# SPDX-License-Identifier: Apache-2.0
"""``okta-aws demo``: the main job on stand-ins for Okta and AWS."""

from __future__ import annotations

import click


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def demo(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Show the main job end to end on this machine, with no account anywhere."""
    from okta_aws.demo.run import main

    context.exit(main(list(arguments)))
