# SPDX-License-Identifier: Apache-2.0
"""``okta-aws lint``: trust policies that let in whom nobody meant, or nobody at all."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli.findings import FINDINGS, read_baseline, report_flags, show, write_baseline
from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, stop_if_inside_itself, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.settings.options import NETWORK

if TYPE_CHECKING:
    from okta_aws.flows.policy_files.contents import Contents


@click.command(
    cls=Manual,
    examples=(
        ("All of a repository, as annotations of the pull request", "okta-aws lint . --format github"),
        ("What Terraform is about to make", "okta-aws lint plan.json"),
        ("Every role of an account", "okta-aws lint --live"),
        ("New findings only", "okta-aws lint . --baseline trust-baseline.json"),
    ),
    environment={
        "AWS_ENDPOINT_URL_IAM": "Another IAM endpoint for --live; else AWS_ENDPOINT_URL.",
        "AWS_ACCESS_KEY_ID, …": "AWS credentials for --live, as AWS's own tools find them.",
        "AWS_REGION": "For --live: any region of the account's partition; unset, that of the commercial regions.",
    },
    files=SETTINGS_FILE,
    exit_status={"0": "no findings that count", "10": "findings"},
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--live", is_flag=True, help="Read all roles of the account whose AWS credentials are at hand.")
@click.option("--known-provider", multiple=True, metavar="HOST/PATH", help="A provider of the account; no other is.")
@report_flags
@table_flags({NETWORK})
@click.option("--debug", is_flag=True, help="Say on standard error what is read, and asked of whom.")
@click.pass_context
def lint(context: click.Context, /, debug: bool, **flags: Any) -> None:  # noqa: ANN401
    """Check trust policies of roles that tokens open.

    PATH is a file or a folder: trust policies as JSON, roles as the AWS CLI prints them, Terraform plans and states as
    JSON, Terraform's own language where it is literal, CloudFormation. What is not literal is told, not guessed.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        from okta_aws.flows import lint as flow
        from okta_aws.flows.policy_files.contents import Contents

        # Nothing of what is read goes before the end; looking for cycles in it takes a sixth of the time.
        gc.disable()
        chosen = flow.choice(flags["only"], flags["without"], flags["fail_on"])
        if not flags["paths"] and not flags["live"]:
            raise SettingsError([Problem("PATH", "argument", "a file, a folder, or --live", "none")])
        baseline = read_baseline(flags["baseline"])
        known = flags["known_provider"]
        names = frozenset(name.removeprefix("https://") for name in known)
        contents = Contents(known_providers=names or None)
        _read(flags, contents, terminal)
        if flags["write_baseline"]:
            return write_baseline(flags, flow.report(contents, chosen, None).findings, baseline, terminal)
        report = flow.report(contents, chosen, baseline)
        show(report, flags["output_format"], terminal)
        return FINDINGS if report.fails else 0

    context.exit(terminal.run(command))


def _read(flags: Mapping[str, Any], contents: Contents, terminal: Terminal) -> None:
    if flags["paths"]:
        from okta_aws.flows.policy_files.walk import read_paths

        read_paths(flags["paths"], os.getcwd(), contents, terminal.debug, time.process_time)
    if not flags["live"]:
        return
    from okta_aws.flows.client import Client
    from okta_aws.flows.live_roles import add_live
    from okta_aws.settings.settings import read_for_network

    environment = environ()
    stop_if_inside_itself(environment)
    ours = {name: value for name, value in flags.items() if isinstance(value, str) and name not in _OURS}
    patience, network = read_for_network(raw_settings(ours, environment))
    client = Client(patience, network, working_context(environment), real_time(), terminal.debug)
    try:
        add_live(contents, environment, client, terminal)
    finally:
        client.close()


_OURS = ("output_format", "fail_on", "baseline", "write_baseline", "reason")
