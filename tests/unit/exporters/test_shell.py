# SPDX-License-Identifier: Apache-2.0
"""Lines for shells: what a real shell reads from them is what was meant, whatever it is.

No PowerShell can be had here. Its lines are read by the small parser below, written from "about_Quoting_Rules": between
single quotes nothing is special but a doubled quote, and its tokenizer takes four characters for one.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okta_aws.exporters.shell import SHELLS, fish_line, powershell_line, profile_lines, sh_line, shell_lines
from unit.exporters.values import REGION, credentials

# Anything but NUL, which no variable can hold, and lone surrogates, which no stream can.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
NASTY = [
    "'",
    "''",
    "\\",
    "\\'",
    "$(id)`id`",
    "a\nb",
    '"',
    "!!",
    "~",
    "%PATH%",
    "\u2019",
    "\u201b\u2018",
    " ",
    "#;&|",
    "\r",
]
_QUOTES = "'\u2018\u2019\u201a\u201b"


def shell_reads(shell: str, line: str) -> str:
    """What the shell then has in the variable X."""
    program = shutil.which(shell)
    assert program is not None, f"{shell} is not installed"
    options = ["--no-config"] if shell == "fish" else []
    done = subprocess.run(
        [program, *options],
        input=f'{line}\nprintf %s "$X"\n'.encode(),
        capture_output=True,
        check=True,
        env={"LANG": "C.UTF-8"},
    )
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize("shell", ["sh", "bash"])
@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_a_posix_shell_reads_what_was_meant(shell: str, text: str) -> None:
    assert shell_reads(shell, sh_line("X", text)) == text


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("text", NASTY)
def test_a_posix_shell_reads_each_nasty_text(shell: str, text: str) -> None:
    assert shell_reads(shell, sh_line("X", text)) == text


@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_fish_reads_what_was_meant(text: str) -> None:
    assert shell_reads("fish", fish_line("X", text)) == text


@pytest.mark.parametrize("text", NASTY)
def test_fish_reads_each_nasty_text(text: str) -> None:
    assert shell_reads("fish", fish_line("X", text)) == text


def powershell_reads(line: str) -> str:
    """The value of a single-quoted string of PowerShell that ends the line; no more may follow it."""
    name, _, rest = line.partition(" = ")
    assert name == "$Env:X"
    assert rest[0] in _QUOTES
    found, at = "", 1
    while not (rest[at] in _QUOTES and rest[at + 1 : at + 2] not in [*_QUOTES]):
        at += rest[at] in _QUOTES
        found += rest[at]
        at += 1
    assert at == len(rest) - 1, "the string ends early"
    return found


@given(TEXTS)
def test_powershells_rules_read_what_was_meant(text: str) -> None:
    assert powershell_reads(powershell_line("X", text)) == text


@pytest.mark.parametrize("text", NASTY)
def test_powershells_rules_read_each_nasty_text(text: str) -> None:
    assert powershell_reads(powershell_line("X", text)) == text


@pytest.mark.parametrize("shell", SHELLS)
def test_every_variable_is_in_the_lines(shell: str) -> None:
    lines = shell_lines(credentials(), REGION, shell)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        assert lines.count(name) == 1
    assert lines.endswith("'\n")


@pytest.mark.parametrize(("shell", "line"), [("sh", "unset X"), ("fish", "set -e X"), ("powershell", "$Env:X = ''")])
def test_what_is_empty_is_unset(shell: str, line: str) -> None:
    writers = {"sh": sh_line, "fish": fish_line, "powershell": powershell_line}
    assert writers[shell]("X", "") == line


def test_a_profile_is_a_section_that_aws_reads() -> None:
    import configparser

    parser, session = configparser.RawConfigParser(), credentials()
    parser.read_string(profile_lines(session, "deploy"))
    assert parser["deploy"]["aws_session_token"] == session.session_token.reveal()
