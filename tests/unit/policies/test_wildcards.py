# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.policies.wildcards import MANY, ONE, matches, pieces

SMALL = st.text("ab*?", max_size=7)


@given(SMALL, st.text("ab", max_size=9))
@example("*ab*ab", "ababab")
@example("a*a", "a")
@example("*a*a*", "a")
@example("*a?b*", "aaabb")
@example("", "")
def test_it_matches_what_a_regular_expression_matches(pattern: str, text: str) -> None:
    oracle = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    assert matches(pieces(pattern), text) == bool(re.fullmatch(oracle, text, re.DOTALL))


@given(st.text("ab*?\n.[", max_size=9))
def test_text_in_one_piece_stands_for_itself_alone(text: str) -> None:
    assert matches((text,), text)
    assert not matches((text,), text + "a")
    assert matches((text, MANY), text + "a*?")
    assert matches((text, ONE), text + "?")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("",)),
        ("ab", ("ab",)),
        ("a*b?", ("a", MANY, "b", ONE)),
        ("**", (MANY, MANY)),
        ("*", (MANY,)),
        ("\0*", ("\0", MANY)),
    ],
)
def test_a_text_is_cut_at_its_wildcards(text: str, wanted: tuple[object, ...]) -> None:
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("*a" * 2000 + "*b", "a" * 20000, False),
        ("*a" * 2000 + "*b", "a" * 20000 + "b", True),
        ("*?a" * 2000 + "*b", "a" * 20000, False),
        ("?*" * 2000, "a" * 2000, True),
        ("?*" * 2000, "a" * 1999, False),
        ("*" * 20000, "a" * 20000, True),
        ("a?" * 5000, "a" * 10000, True),
    ],
)
def test_patterns_made_to_take_long_are_answered(pattern: str, text: str, wanted: bool) -> None:
    # No clock here: with an exponential matcher this does not end within the tests' own limit.
    assert matches(pieces(pattern), text) is wanted
