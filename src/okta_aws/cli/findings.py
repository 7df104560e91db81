# SPDX-License-Identifier: Apache-2.0
"""What the commands that print findings have in common: flags, the baseline, the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli.manual import flags
from okta_aws.cli.terminal import Terminal
from okta_aws.errors import Problem, SettingsError

if TYPE_CHECKING:
    from okta_aws.flows.lint import Report
    from okta_aws.trust.baseline import Baseline
    from okta_aws.trust.finding import Finding

FINDINGS = 10
_KNOWN = "was there when the baseline was written"
_BLOCK = 1000

report_flags = flags(
    click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json", "sarif", "github"]),
        default="text",
        show_default=True,
        help="sarif is what code scanning reads, github annotates a pull request.",
    ),
    click.option("--rule", "only", multiple=True, metavar="NAME", help="Apply this rule; several times: these alone."),
    click.option("--disable", "without", multiple=True, metavar="NAME", help="Leave this rule out."),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note", "never"]),
        default="note",
        show_default=True,
        help="The mildest finding for which the exit status is 10.",
    ),
    click.option("--baseline", metavar="FILE", help="Findings that are accepted, each with its reason."),
    click.option("--write-baseline", metavar="FILE", help="Accept all that is found now, into this file."),
    click.option("--reason", default=_KNOWN, metavar="TEXT", help="The reason that new entries of the baseline get."),
)
"""Gives a command the flags that choose rules, form of the report and baseline."""


def read_baseline(path: str | None) -> Baseline | None:
    """The baseline in a file, ``None`` without one. Raises ``SettingsError``."""
    if path is None:
        return None
    from okta_aws.policies.json_text import PolicyError
    from okta_aws.trust.baseline import read

    try:
        with open(path, "rb") as file:
            return read(file.read(1 << 26), path)
    except OSError as cause:
        found = cause.strerror or type(cause).__name__
        raise SettingsError([Problem("--baseline", "flag", "a readable file", found)]) from None
    except PolicyError as error:
        raise SettingsError([Problem("--baseline", "flag", error.wanted, f"{error.place}: {error.found}")]) from None


def write_baseline(
    flags: Mapping[str, Any], found: Sequence[Finding], before: Baseline | None, terminal: Terminal
) -> int:
    """Accepts what was ``found``: into the file and for the reason that ``flags`` give. Raises ``SettingsError``."""
    from okta_aws.trust.baseline import write

    if not flags["reason"].strip():
        raise SettingsError([Problem("--reason", "flag", "why the findings are accepted", "nothing")])
    try:
        with open(flags["write_baseline"], "w", encoding="utf-8") as file:
            file.write(write(found, flags["reason"], before))
    except OSError as cause:
        why = cause.strerror or type(cause).__name__
        raise SettingsError([Problem("--write-baseline", "flag", "a file that can be written", why)]) from None
    terminal.say(f"{len(found)} finding{'s' if len(found) != 1 else ''} accepted: replace the reasons by better ones")
    return 0


def show(report: Report, output_format: str, terminal: Terminal) -> None:
    """Prints a report: findings on standard output, what was looked at on standard error."""
    from okta_aws.cli.lint_output import FORMATS, summary

    waiting: list[str] = []
    for line in FORMATS[output_format](report):
        waiting.append(line)
        if len(waiting) >= _BLOCK:
            click.echo("\n".join(waiting))
            waiting.clear()
    if waiting:
        click.echo("\n".join(waiting))
    for line in summary(report):
        terminal.say(line)
