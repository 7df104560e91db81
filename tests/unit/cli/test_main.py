# SPDX-License-Identifier: Apache-2.0
"""The table of commands, and what a call of one of them does not import."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from okta_aws.cli.main import COMMANDS, cli

# What the exchange brings along, and most commands with it.
HEAVY = {"http.client", "ssl", "okta_aws.flows.exchange"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_table_says_and_goes_by_that_name(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, click.Command)
    assert command.name == name


def test_they_are_listed_by_the_alphabet() -> None:
    assert cli.list_commands(click.Context(cli)) == sorted(COMMANDS)
    assert cli.get_command(click.Context(cli), "nonsense") is None


def loaded_by(name: str) -> set[str]:
    code = (
        "import sys; from click.testing import CliRunner; from okta_aws.cli.main import cli; "
        f"CliRunner().invoke(cli, [{name!r}, '--help'], catch_exceptions=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_command_imports_no_other_and_the_exchange_only_where_it_is_made() -> None:
    loaded = {name: loaded_by(name) for name in ("explain", "completion", "credentials")}
    assert not loaded["explain"] & HEAVY
    assert not loaded["completion"] & HEAVY
    assert loaded["credentials"] >= HEAVY
    modules = {place.partition(":")[0] for place in COMMANDS.values()}
    assert {name: found & modules for name, found in loaded.items()} == {
        name: {COMMANDS[name].partition(":")[0]} for name in loaded
    }
