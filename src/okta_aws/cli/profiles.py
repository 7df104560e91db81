# SPDX-License-Identifier: Apache-2.0
"""``okta-aws profiles``: the profiles of ``okta-aws.toml``, and ours in AWS's config file."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import Gathered, settings_file
from okta_aws.cli.terminal import Terminal, environ, result, working_context
from okta_aws.errors import SettingsError
from okta_aws.exporters.configured import profiles_in
from okta_aws.exporters.profile import locate, text_of
from okta_aws.files import MAX_BYTES, read_small
from okta_aws.settings.okta_toml import FILE_NAME

_COLUMNS = ("profile", "role", "region", "from")


@click.command(
    cls=Manual,
    examples=(("For a script", "okta-aws profiles --format json"),),
    environment={"AWS_CONFIG_FILE": "AWS's config file, where it is not ~/.aws/config."},
    files={**SETTINGS_FILE, "~/.aws/config": "AWS's profiles; those that call this program are listed."},
)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--config", metavar="PATH", help="Another okta-aws.toml. [env: OKTA_AWS_CONFIG]")
@click.pass_context
def profiles(context: click.Context, output_format: str, config: str | None) -> None:
    """List the profiles of okta-aws.toml, and those of AWS's config file that call this program."""
    terminal = Terminal(debug=False)

    def command() -> int:
        environment = environ()
        roles = _of_okta_toml(config, environment)
        rows = [*roles.values(), *_of_aws(roles, environment)]
        if output_format == "json":
            result(json.dumps({"profiles": rows}, indent=2))
            return 0
        table = [
            tuple(name.upper() for name in _COLUMNS),
            *(tuple(row[name] or "-" for name in _COLUMNS) for row in rows),
        ]
        widths = [max(len(line[column]) for line in table) for column in range(len(_COLUMNS))]
        for line in table if rows else []:
            result("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
        return 0

    context.exit(terminal.run(command))


def _of_okta_toml(config: str | None, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    toml = settings_file(config, environment, Gathered())
    rows: dict[str, dict[str, str]] = {}
    if toml is None:
        return rows
    for name in toml.profiles:
        settings = toml.settings_of(name)
        role, region = (settings[key].text if key in settings else "" for key in ("role-to-assume", "aws-region"))
        rows[name] = dict(zip(_COLUMNS, (name, role, region, FILE_NAME), strict=True))
    if toml.problems:
        raise SettingsError(toml.problems)
    return rows


def _of_aws(roles: Mapping[str, Mapping[str, str]], environment: Mapping[str, str]) -> list[dict[str, str]]:
    path = locate(environment, working_context(environment), "").config
    try:
        text = text_of(read_small(path, MAX_BYTES))
    except FileNotFoundError:
        return []
    rows = []
    for one in profiles_in(text):
        role = one.option("--role-to-assume") or roles.get(one.option("--profile"), {}).get("role", "")
        rows.append(dict(zip(_COLUMNS, (one.name, role, one.region, path), strict=True)))
    return rows
