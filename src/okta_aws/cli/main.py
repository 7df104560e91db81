# SPDX-License-Identifier: Apache-2.0
"""``okta-aws``: the commands put together."""

from __future__ import annotations

import sys

import click

from okta_aws import __version__
from okta_aws.cli.completion import completion
from okta_aws.cli.configure import configure
from okta_aws.cli.credential_process import credential_process
from okta_aws.cli.credentials import credentials
from okta_aws.cli.demo import demo
from okta_aws.cli.exec import execute
from okta_aws.cli.explain import explain
from okta_aws.cli.jwk import jwk
from okta_aws.cli.lint import lint
from okta_aws.cli.login import login
from okta_aws.cli.logout import logout
from okta_aws.cli.profiles import profiles
from okta_aws.cli.token import token


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="okta-aws")
def cli() -> None:
    """Exchange an Okta or GitHub OIDC token for AWS role credentials.

    Settings come from flags, else from OKTA_AWS_* variables, else from a profile of okta-aws.toml in your config
    folder. Secrets have no value flag, since every process of the machine can read arguments: give a file (- for
    standard input) or the variable. Nothing is read from the working directory.
    """


cli.add_command(credentials)
cli.add_command(credential_process)
cli.add_command(execute)
cli.add_command(configure)
cli.add_command(profiles)
cli.add_command(completion)
cli.add_command(login)
cli.add_command(logout)
cli.add_command(token)
cli.add_command(jwk)
cli.add_command(lint)
cli.add_command(explain)
cli.add_command(demo)


def main() -> None:
    """The entry point of the console script."""
    sys.exit(cli(prog_name="okta-aws"))
