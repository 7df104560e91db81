# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis check``: what an existing Atlantis lets in."""

from __future__ import annotations

import os
import time
from typing import Any

import click

from okta_aws.cli.findings import FINDINGS, read_baseline, report_flags, show, write_baseline
from okta_aws.cli.manual import Manual
from okta_aws.cli.terminal import Terminal
from okta_aws.errors import Problem, SettingsError


@click.command(
    cls=Manual,
    examples=(
        ("A server's files and the map", "okta-aws atlantis check /etc/atlantis --map /etc/okta-aws/atlantis-map.yaml"),
        ("What runs at ECS", "aws ecs describe-task-definition --task-definition atlantis > task.json"),
        ("Then", "okta-aws atlantis check task.json repos.yaml"),
        ("Roles that pull requests choose", "okta-aws atlantis check . --rule pull-request-role"),
    ),
    exit_status={"0": "no findings that count", "10": "findings"},
)
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--map", "map_path", metavar="FILE", default="", help="The map of projects, if it is not in a PATH.")
@report_flags
@click.option("--debug", is_flag=True, help="Say on standard error which files are read.")
@click.pass_context
def check(context: click.Context, /, debug: bool, **flags: Any) -> None:  # noqa: ANN401
    """Check the set-up of an Atlantis server.

    PATH is a file or a folder: repos.yaml and atlantis.yaml, compose files with what lies beside them, files of flags
    or variables, ECS task definitions as AWS or Terraform print them, values of the Helm chart, the map, Terraform's
    own language. Values of secrets are never shown. A comment `# okta-aws-atlantis: ignore[rule] reason` accepts a
    finding. docs/reference/atlantis-checks.md has the rules.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        from okta_aws.atlantis.checks import CHECKS
        from okta_aws.flows.atlantis.check import Question, checked
        from okta_aws.flows.lint import choice

        chosen = choice(flags["only"], flags["without"], flags["fail_on"], CHECKS)
        if not flags["paths"] and not flags["map_path"]:
            raise SettingsError([Problem("PATH", "argument", "a file or folder", "none")])
        before = read_baseline(flags["baseline"])
        accepted = None if flags["write_baseline"] else before
        question = Question(flags["paths"], os.getcwd(), flags["map_path"], chosen, accepted)
        report = checked(question, terminal.debug, time.process_time)
        if flags["write_baseline"]:
            return write_baseline(flags, report.findings, before, terminal)
        show(report, flags["output_format"], terminal)
        return FINDINGS if report.fails else 0

    context.exit(terminal.run(command))
