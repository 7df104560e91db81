# SPDX-License-Identifier: Apache-2.0
"""What is printed is what was meant, whatever foreign text says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.runner.commands import Commands, plain, visible
from okta_aws.secret import Secret
from unit.runner.protocol import Command, command_of, lines_of

ATTACKS = [
    "::set-env name=PATH::/tmp/evil",
    "  \t::add-mask::a",
    "   ::add-mask::a",
    "harmless\n::stop-commands::x",
    "harmless\r::warning::x",
    "harmless\u2028::warning::x",
    "\u00a0::warning::x",
    "\x85::warning::x",
    "\x0b\x0c::warning::x",
    "in the middle ##[add-path]/tmp/evil",
    "###[warning]x",
    "##\x00[warning]x",
    "%0A::warning::x",
]
PIECES = ["::", "##[", "]", "warning", " ", "\n", "\r", "%", "%0A", "%25", "x", ",", "=", "\u2028", "\x1b", "\ud800"]
hostile = st.one_of(st.text(st.characters(codec=None)), st.lists(st.sampled_from(PIECES)).map("".join))


class Log:
    """What was written, and commands that write to it."""

    def __init__(self, *, debug: bool = False) -> None:
        self.output = ""
        self.commands = Commands(self._write, debug=debug)

    def _write(self, text: str) -> None:
        self.output += text

    def found(self) -> list[Command | None]:
        return [command_of(line) for line in lines_of(self.output)]


def test_the_parser_of_these_tests_sees_an_attack() -> None:
    assert [attack for attack in ATTACKS if any(command_of(line) for line in lines_of(attack))]
    assert command_of("x ##[warning]y") == Command("warning", {}, "y")


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_log_line_never_becomes_a_command(attack: str) -> None:
    log = Log()
    log.commands.info(attack)
    assert log.found() == [None]


@given(hostile)
@example("::::debug::x")
def test_any_text_stays_one_log_line_without_a_command(text: str) -> None:
    log = Log()
    log.commands.info(text)
    assert len(log.output.splitlines()) == 1
    assert log.output.removesuffix("\n").isprintable()
    assert log.found() == [None]


@given(hostile)
def test_making_text_plain_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_control_and_bidirectional_characters_can_be_seen() -> None:
    assert visible("a\x1b[31mb\u202ec\u200bd\ud800\ufeff\t") == "a\\x1b[31mb\\u202ec\\u200bd\\ud800\\ufeff\\t"


def test_text_of_any_language_stays_as_it_is() -> None:
    assert plain("Zürich, 東京 :: ok [1]") == "Zürich, 東京 :: ok [1]"


@pytest.mark.parametrize("kind", ["error", "warning"])
@given(title=hostile, first=hostile, second=hostile)
@example(title="50%2C5%25", first="%0A::warning::x", second="%25")
def test_an_annotation_says_what_was_said_and_nothing_else(kind: str, title: str, first: str, second: str) -> None:
    log = Log()
    getattr(log.commands, kind)(f"t{title}", first, second)
    [command] = log.found()
    # The runner trims what stands between the command's name and its data.
    assert command == Command(kind, {"title": f"t{visible(title)}".rstrip()}, f"{visible(first)}\n{visible(second)}")


@given(hostile)
def test_debug_text_stays_one_command(text: str) -> None:
    log = Log(debug=True)
    log.commands.debug(text)
    assert log.found() == [Command("debug", {}, visible(text))]


def test_debug_text_is_silent_in_a_job_without_debug_logging() -> None:
    log = Log()
    log.commands.debug("detail")
    assert log.output == ""


def test_a_secret_is_masked_whole_and_line_by_line() -> None:
    log = Log()
    log.commands.mask(Secret("first%\r\n\n  second  \n"))
    assert [command.data for command in log.found() if command] == ["first%\r\n\n  second  \n", "first%", "second"]
    assert {command.name for command in log.found() if command} == {"add-mask"}


@pytest.mark.parametrize("nothing", ["", " ", "\n\n"])
def test_nothing_is_not_masked(nothing: str) -> None:
    log = Log()
    log.commands.mask(nothing)
    assert log.output == ""


@given(hostile)
@example("%0A%25")
def test_the_mask_is_the_secret_character_by_character(secret: str) -> None:
    log = Log()
    log.commands.mask(secret)
    if secret.strip():
        [first, *others] = log.found()
        assert first == Command("add-mask", {}, secret)
        assert all(command and command.name == "add-mask" for command in others)


def test_the_short_lines_of_a_secret_are_not_masked_by_themselves() -> None:
    log = Log()
    log.commands.mask('{\n  "d": "a-long-part"\n}')
    assert [found.data for found in log.found() if found] == ['{\n  "d": "a-long-part"\n}', '"d": "a-long-part"']
