# SPDX-License-Identifier: Apache-2.0
"""What the demo's job makes of the action's files and log, and what it gives to it."""

from __future__ import annotations

import secrets

from okta_aws.demo.job import Job, _as_shown, _entries


def test_variables_are_read_in_both_forms() -> None:
    text = "A=1\nB<<END\nfirst\nsecond=2\nEND\nC=\nD=x=y\n"
    assert _entries(text) == {"A": "1", "B": "first\nsecond=2", "C": "", "D": "x=y"}


def test_a_log_is_shown_without_commands_and_secrets() -> None:
    secret = secrets.token_hex(8)
    output = f"::add-mask::{secret}\nassumed with {secret}\n::error title=x::said\n::debug::hidden\nend\n"
    assert _as_shown(output) == ["assumed with ***", "end"]


def test_a_mask_of_nothing_hides_nothing() -> None:
    assert _as_shown("::add-mask::\nall\n") == ["all"]


def test_an_escaped_mask_hides_what_it_stands_for() -> None:
    assert _as_shown("::add-mask::50%25\nit is 50%\n") == ["it is ***"]


def test_no_value_of_an_input_stands_on_the_command_line_of_the_engine() -> None:
    secret = secrets.token_hex(8)
    with Job("image") as job:
        command, environment = job._in_container("main", {"HOME": "/github/home", "INPUT_OKTA-CLIENT-SECRET": secret})
    assert not [part for part in command if secret in part]
    assert environment["INPUT_OKTA-CLIENT-SECRET"] == secret
    assert command[command.index("INPUT_OKTA-CLIENT-SECRET") - 1] == "--env"
