# SPDX-License-Identifier: Apache-2.0
"""``okta-aws doctor``: the chain from here to a role, link by link."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, environ, real_time, standard_input, stop_if_inside_itself, working_context
from okta_aws.errors import Problem, SettingsError
from okta_aws.runner.commands import plain
from okta_aws.settings.options import BY_NAME, ENDPOINT, NETWORK, OKTA, ROLE, SOURCE
from okta_aws.settings.raw import from_flags

if TYPE_CHECKING:
    from okta_aws.flows.doctor.link import Link
    from okta_aws.settings.settings import Parts

_FINDINGS = 10
_LARGEST_POLICY = 1 << 20
_NOT_ASKED = {name for name, option in BY_NAME.items() if option.group == ROLE} - {"role-to-assume", "aws-region"}


@click.command(
    cls=Manual,
    examples=(
        ("In a job or on a machine, with the settings that it has", "okta-aws doctor"),
        (
            "The whole chain, with AWS credentials that may read IAM",
            "okta-aws doctor --role-to-assume arn:aws:iam::123456789012:role/deploy --aws-region eu-central-1",
        ),
        ("A token at hand against a policy in a file", "okta-aws doctor --web-identity-token-file t --trust-policy p"),
    ),
    environment={
        "AWS_ENDPOINT_URL_IAM": "Another IAM endpoint; else AWS_ENDPOINT_URL.",
        "AWS_ACCESS_KEY_ID, …": "AWS credentials to read IAM with, as AWS's own tools find them. None are needed.",
    },
    files=SETTINGS_FILE,
    exit_status={"0": "no link is broken", "10": "a link is broken"},
)
@click.option("--trust-policy", metavar="FILE", help="The role's trust policy as JSON, - for standard input.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@table_flags({ROLE, SOURCE, OKTA, ENDPOINT, NETWORK}, _NOT_ASKED)
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def doctor(
    context: click.Context, /, trust_policy: str | None, output_format: str, debug: bool, **flags: str | None
) -> None:
    """Look at each link of the chain from a token to a role, and say what to do about those that are broken.

    A link is ok, a warning, broken, or not checkable from here; then it says what is missing. Works with no AWS
    credentials and with no token. A token of the source is fetched, and never printed; no role is assumed.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        links = _links(trust_policy, flags, terminal)
        seen = []
        for link in links:
            seen.append(link)
            if output_format == "text":
                for line in _lines(link):
                    click.echo(plain(line))
        counts = Counter(link.status.value for link in seen)
        if output_format == "json":
            click.echo(json.dumps({"links": [_data(link) for link in seen]}, indent=2))
        else:
            click.echo(f"\n{', '.join(f'{count} {status}' for status, count in sorted(counts.items()))}")
        return _FINDINGS if counts["broken"] else 0

    context.exit(terminal.run(command))


def _links(trust_policy: str | None, flags: Mapping[str, str | None], terminal: Terminal) -> Iterator[Link]:
    from okta_aws.flows.doctor.chain import Chain, Given
    from okta_aws.flows.doctor.examination import examine

    environment = environ()
    stop_if_inside_itself(environment)
    policy = _read(trust_policy) if trust_policy else b""
    given = Given(_parts(flags, environment), environment, working_context(environment), policy)
    return examine(Chain(given, real_time(), terminal.mask, terminal.debug))


def _parts(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> Parts:
    """The settings; those of the environment alone where a file cannot be read, which then is the first link's."""
    from dataclasses import replace

    from okta_aws.settings.settings import read_parts

    try:
        return read_parts(raw_settings(flags, environment))
    except SettingsError as error:
        parts = read_parts(from_flags({}, environment))
        return replace(parts, problems=(*error.problems, *parts.problems))


def _read(path: str) -> bytes:
    try:
        if path == "-":
            data = standard_input(_LARGEST_POLICY + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(_LARGEST_POLICY + 1)
    except OSError as cause:
        raise SettingsError([Problem("--trust-policy", "flag", "a readable file", cause.strerror or "none")]) from None
    if len(data) > _LARGEST_POLICY:
        raise SettingsError([Problem("--trust-policy", "flag", f"at most {_LARGEST_POLICY} bytes", "more")])
    return data or b" "


def _lines(link: Link) -> Iterator[str]:
    yield f"{link.status.value:13}  {link.name:12}  {link.found}"
    blank = " " * 29
    yield from (f"{blank}{line}".rstrip() for line in link.details)
    yield from (f"{blank}fix: {step}" for step in link.fix)
    if link.docs:
        yield f"{blank}docs: {link.docs}"


def _data(link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "status": link.status.value,
        "found": link.found,
        "fix": list(link.fix),
        "details": list(link.details),
        "docs": link.docs,
    }
