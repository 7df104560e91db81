# SPDX-License-Identifier: Apache-2.0
"""``okta-aws credentials``: the exchange, its result on standard output."""

from __future__ import annotations

import click

from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, stop_if_inside_itself, working_context
from okta_aws.exporters.process import credential_process_json
from okta_aws.flows.exchange import run
from okta_aws.settings.options import ENDPOINT, GUARD, NETWORK, OKTA, ROLE, SOURCE
from okta_aws.settings.settings import read


@click.command()
@table_flags({ROLE, SOURCE, OKTA, GUARD, ENDPOINT, NETWORK})
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json"]),
    default="json",
    show_default=True,
    help="json: what credential_process prints.",
)
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def credentials(context: click.Context, /, output_format: str, debug: bool, **flags: str | None) -> None:  # noqa: ARG001
    """Print the credentials of a role.

    \b
    Example, in ~/.aws/config:
      [profile deploy]
      credential_process = okta-aws credentials --role-to-assume arn:aws:iam::123456789012:role/deploy
                           --aws-region eu-central-1 --okta-issuer https://acme.okta.com/oauth2/aus123
                           --okta-client-id 0oa123 --okta-private-key-file /home/me/.okta/deploy.pem
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        environment = environ()
        stop_if_inside_itself(environment)
        settings = read(raw_settings(flags, environment))
        exchanged = run(settings, environment, working_context(environment), real_time(), terminal)
        click.echo(credential_process_json(exchanged.credentials))
        return 0

    context.exit(terminal.run(command))
