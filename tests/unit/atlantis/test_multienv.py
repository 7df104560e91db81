# SPDX-License-Identifier: Apache-2.0
"""The line for Atlantis's ``multienv``: what is written is what Atlantis reads, or nothing is written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fakes.multienv import Reader
from okta_aws.atlantis.multienv import line_of
from okta_aws.errors import AtlantisError

NAMES = st.from_regex(r"\A[A-Z_][A-Z0-9_]{0,12}\Z")
NASTY = st.text(st.sampled_from("'\"\\,= \tab$`{}[]äß\u2028"), max_size=24)
VALUES = st.one_of(NASTY, st.text(max_size=40))


@given(st.dictionaries(NAMES, VALUES, max_size=6))
@example({"A": "it's", "B": "a'\"\\b", "C": "\\\\'x", "D": ""})
@example({"A": "'\"", "B": "'\\\\y"})
def test_atlantis_reads_exactly_what_was_meant_or_nothing_is_written(variables: dict[str, str]) -> None:
    if any(not value.isprintable() or value.endswith("\\") for value in variables.values()):
        try:
            line = line_of(variables)
        except AtlantisError:
            return
    else:
        line = line_of(variables)
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    if variables:
        assert Reader(line + "\n").pairs() == variables


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "\x1b[31mred", "\x9b31m", "nul\0", "tail\\", "half\ud800", "tab\t"])
def test_what_atlantis_could_read_in_another_way_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(AtlantisError) as refused:
        line_of({"TF_VAR_secret": f"hidden{value}"})
    said = "\n".join(refused.value.lines())
    assert "TF_VAR_secret" in said
    assert "hidden" not in said


@pytest.mark.parametrize("name", ["", "A B", "A=B", "A,B", "a-b", "Ä", "1A", "A\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(AtlantisError):
        line_of({name: "x"})


def test_more_than_an_environment_holds_is_refused() -> None:
    with pytest.raises(AtlantisError, match="more than"):
        line_of({f"V{index}": "x" * 30_000 for index in range(40)})
    with pytest.raises(AtlantisError, match="more than"):
        line_of({"V": "x" * 40_000})
