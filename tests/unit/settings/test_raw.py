# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from okta_aws.settings.options import OPTIONS, Option
from okta_aws.settings.raw import RawValue, from_flags, from_inputs

IN_THE_COMMAND_LINE = [option for option in OPTIONS if not option.action_only]


def _ids(option: Option) -> str:
    return option.name


@pytest.mark.parametrize("option", OPTIONS, ids=_ids)
def test_each_option_is_read_from_its_input(option: Option) -> None:
    assert from_inputs({option.input_variable: " value\n"})[option.name] == RawValue("value", "input")


@pytest.mark.parametrize("option", IN_THE_COMMAND_LINE, ids=_ids)
def test_each_option_is_read_from_its_flag_before_its_variable(option: Option) -> None:
    environ = {option.cli_variable: "variable"}
    assert from_flags({option.name: "flag"}, environ)[option.name] == RawValue("flag", "flag")
    assert from_flags({}, environ)[option.name] == RawValue("variable", f"environment {option.cli_variable}")


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.action_only], ids=_ids)
def test_what_only_the_action_knows_is_not_in_the_command_line(option: Option) -> None:
    assert option.name not in from_flags({option.name: "flag"}, {option.cli_variable: "variable"})


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.environment], ids=_ids)
def test_variables_that_stand_in_come_in_their_order_and_after_the_users_own(option: Option) -> None:
    environ = {name: name.lower() for name in option.environment}
    first = option.environment[0]
    stand_in = RawValue(first.lower(), f"environment {first}")
    assert from_inputs(environ)[option.name] == stand_in
    assert from_inputs(environ | {option.input_variable: "mine"})[option.name] == RawValue("mine", "input")
    if not option.action_only:
        assert from_flags({}, environ)[option.name] == stand_in
        assert from_flags({}, environ | {option.cli_variable: "mine"})[option.name].text == "mine"


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n "])
@pytest.mark.parametrize("option", OPTIONS, ids=_ids)
def test_blank_text_is_unset_and_leaves_the_default(option: Option, blank: str) -> None:
    default = RawValue(option.default, "default") if option.default else None
    environ = dict.fromkeys([option.input_variable, option.cli_variable, *option.environment], blank)
    assert from_inputs(environ).get(option.name) == default
    if not option.action_only:
        assert from_flags({option.name: blank}, environ).get(option.name) == default


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.peer_environment], ids=_ids)
def test_the_variables_of_the_peer_stand_in_for_inputs_but_not_for_flags(option: Option) -> None:
    for name in option.peer_environment:
        assert from_inputs({name: "x"})[option.name] == RawValue("x", f"environment {name}")
        assert from_flags({}, {name: "x"}).get(option.name) == from_flags({}, {}).get(option.name)


def test_inputs_do_not_reach_the_command_line_nor_its_variables_the_action() -> None:
    assert "okta-client-id" not in from_flags({}, {"INPUT_OKTA-CLIENT-ID": "x"})
    assert "okta-client-id" not in from_inputs({"OKTA_AWS_OKTA_CLIENT_ID": "x"})


def test_a_raw_value_shows_where_it_is_from_and_not_what_it_is() -> None:
    assert repr(RawValue("marked-value", "input")) == "RawValue(origin='input')"
