# SPDX-License-Identifier: Apache-2.0
"""``okta-aws``: the commands put together, each imported when it is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from okta_aws import __version__
from okta_aws.cli.commands import Commands

COMMANDS: Mapping[str, str] = {
    "approval": "okta_aws.cli.approval:approval",
    "atlantis": "okta_aws.cli.atlantis:atlantis",
    "completion": "okta_aws.cli.completion:completion",
    "configure": "okta_aws.cli.configure:configure",
    "credential-process": "okta_aws.cli.credential_process:credential_process",
    "credentials": "okta_aws.cli.credentials:credentials",
    "demo": "okta_aws.cli.demo:demo",
    "doctor": "okta_aws.cli.doctor:doctor",
    "exec": "okta_aws.cli.exec:execute",
    "explain": "okta_aws.cli.explain:explain",
    "jwk": "okta_aws.cli.jwk:jwk",
    "lint": "okta_aws.cli.lint:lint",
    "login": "okta_aws.cli.login:login",
    "logout": "okta_aws.cli.logout:logout",
    "profiles": "okta_aws.cli.profiles:profiles",
    "token": "okta_aws.cli.token:token",
}
"""Where each command is: module and attribute. All of them together take longer to import than most take to run."""


@click.group(
    cls=Commands,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="okta-aws")
def cli() -> None:
    """Exchange an Okta or GitHub OIDC token for AWS role credentials.

    Settings come from flags, else from OKTA_AWS_* variables, else from a profile of okta-aws.toml in your config
    folder. Secrets have no value flag, since every process of the machine can read arguments: give a file (- for
    standard input) or the variable. Nothing is read from the working directory.
    """


def main() -> None:
    """The entry point of the console script."""
    sys.exit(cli(prog_name="okta-aws"))
