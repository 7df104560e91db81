# SPDX-License-Identifier: Apache-2.0
"""Knowing our own profiles in AWS's config file, and bringing one up to date without touching the rest."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.errors import ExportError
from okta_aws.exporters import ini
from okta_aws.exporters.configured import command_line, profiles_in

NAME = re.compile(r"profile deploy")


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("okta-aws credential-process --profile deploy", True),
        ("/opt/a/bin/okta-aws credentials --role-to-assume x", True),
        ("'/a b/okta-aws' credential-process", True),
        ("okta-aws.exe credential-process", True),
        ("/usr/bin/python3 -I -m okta_aws.cli credential-process --profile deploy", True),
        ("okta-aws-cli m2m --format process-credentials", False),
        ("okta-aws", False),
        ("okta-aws login", False),
        ("python3 -m okta_aws.cli credential-process", False),
        ("sh -c 'okta-aws credential-process'", False),
        ("okta-aws credential-process 'unclosed", False),
    ],
)
def test_a_profile_is_ours_by_the_program_that_it_calls(line: str, is_ours: bool) -> None:
    found = profiles_in(f"[profile deploy]\ncredential_process = {line}\nregion = eu-west-1\n")
    assert [one.name for one in found] == (["deploy"] if is_ours else [])


def test_a_flags_value_is_found_in_both_spellings() -> None:
    (one,) = profiles_in("[default]\ncredential_process = okta-aws credentials --a=1 --b 2 --c\n")
    assert [one.option(flag) for flag in ("--a", "--b", "--c", "--d")] == ["1", "2", "", ""]


def test_only_what_is_set_anew_changes() -> None:
    before = "# a\n[profile deploy] # b\nregion=x\n  more\noutput = json\n# c\ns3 =\n  k = v\n\n[profile z]\nregion = y"
    after = ini.update(before, NAME, {"region": "new", "credential_process": "okta-aws"})
    assert after == (
        "# a\n[profile deploy] # b\nregion = new\ncredential_process = okta-aws\n"
        "output = json\n# c\ns3 =\n  k = v\n\n[profile z]\nregion = y"
    )


def test_line_ends_of_windows_stay() -> None:
    assert ini.update("[profile deploy]\r\na = 1\r\n", NAME, {"region": "x"}) == (
        "[profile deploy]\r\nregion = x\r\na = 1\r\n"
    )


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1), min_size=1))
def test_a_line_is_read_back_as_the_same_words_or_refused(words: list[str]) -> None:
    try:
        line = command_line(words, "writing")
    except ExportError:
        assert re.search(r"\s[#;]", shlex.join(words))
        return
    assert shlex.split(line) == words


@pytest.mark.parametrize("word", ["a #b", "a ;b", "a\nb", "a\x1b"])
def test_what_the_file_cannot_hold_is_refused(word: str) -> None:
    with pytest.raises(ExportError):
        command_line(["okta-aws", word], "writing")
