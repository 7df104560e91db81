# SPDX-License-Identifier: Apache-2.0
"""The table of options against what a user sees of it, and against configure-aws-credentials.

``tests/data/peer-inputs.json`` holds the names and defaults of that action's inputs, read from its ``action.yml``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from okta_aws.cli.credentials import credentials
from okta_aws.cli.token import fetch
from okta_aws.settings.options import BY_NAME, OPTIONS, OUTPUTS, Kind, Option, Output
from okta_aws.settings.raw import RawValue
from okta_aws.settings.settings import read

PEER: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "peer-inputs.json").read_text())
# Ours depends on the source, which only github has.
OTHER_DEFAULTS = {"audience": ""}


def _ids(option: Option) -> str:
    return option.name


def test_names_are_unique_and_so_are_their_variables() -> None:
    for names in (
        [one.name for one in OPTIONS],
        [one.input_variable for one in OPTIONS],
        [one.cli_variable for one in OPTIONS],
    ):
        assert len(set(names)) == len(names)
    assert list(BY_NAME.values()) == list(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=_ids)
def test_each_option_is_named_and_explained(option: Option) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", option.name)
    assert option.help.endswith(".")
    assert option.help[0].isupper()
    assert "  " not in option.help
    assert option.help.isprintable()


def test_no_two_options_are_explained_alike() -> None:
    assert len({option.help for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=_ids)
def test_each_row_fits_its_kind(option: Option) -> None:
    assert bool(option.choices) is (option.kind is Kind.CHOICE)
    assert bool(option.maximum) is (option.kind is Kind.INTEGER)
    if option.kind is Kind.INTEGER:
        assert option.minimum <= int(option.default) <= option.maximum
    if option.kind is Kind.BOOLEAN:
        assert option.default in {"true", "false", ""}
    if option.choices:
        assert option.default in {"", *option.choices}
    assert not (option.secret and option.default)


def test_the_defaults_are_what_the_table_itself_takes() -> None:
    raw = {option.name: RawValue(option.default, "default") for option in OPTIONS if option.default}
    least = {"role-to-assume": "arn:aws:iam::123456789012:role/r", "aws-region": "eu-central-1"}
    read(raw | {name: RawValue(text, "input") for name, text in least.items()})


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.secret], ids=_ids)
@pytest.mark.parametrize("command", [credentials, fetch], ids=lambda command: command.name)
def test_a_secret_has_no_flag_for_its_value(option: Option, command: click.Command) -> None:
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert f"--{option.name}" not in flags


def test_no_flag_comes_twice() -> None:
    for command in (credentials, fetch):
        flags = [flag for parameter in command.params for flag in parameter.opts]
        assert len(set(flags)) == len(flags)


@pytest.mark.parametrize("option", [option for option in OPTIONS if not option.action_only], ids=_ids)
def test_what_is_not_of_the_action_alone_is_reachable_from_the_command_line(option: Option) -> None:
    flags = {flag for parameter in credentials.params for flag in parameter.opts}
    of_a_profile = {"aws-profile", "overwrite-aws-profile", "special-characters-workaround"}
    expected = f"--{option.name}-file" if option.secret else f"--{option.name}"
    assert (expected in flags) is (option.name not in of_a_profile)


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.peer])
def test_what_we_mark_as_the_peers_exists_there(name: str) -> None:
    assert name in PEER["inputs"]


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if not option.peer])
def test_what_we_do_not_mark_as_the_peers_is_ours_alone(name: str) -> None:
    assert name not in PEER["inputs"]


@pytest.mark.parametrize("name", PEER["inputs"])
def test_every_input_of_the_peer_is_taken(name: str) -> None:
    assert name in BY_NAME


@pytest.mark.parametrize("name", [name for name, peer in PEER["inputs"].items() if peer["default"]])
def test_a_default_that_the_peer_declares_is_ours_or_follows_from_the_source(name: str) -> None:
    assert BY_NAME[name].default == OTHER_DEFAULTS.get(name, PEER["inputs"][name]["default"])


def test_every_output_of_the_peer_is_given_and_marked() -> None:
    assert {output.name for output in OUTPUTS if output.peer} == {*PEER["outputs"], *PEER["outputs_not_declared"]}
    assert len({output.name for output in OUTPUTS}) == len(OUTPUTS)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_each_output_is_explained(output: Output) -> None:
    assert output.help.endswith(".")
