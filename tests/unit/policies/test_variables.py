# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.policies.variables import resolve
from okta_aws.policies.wildcards import MANY, ONE, matches, pieces

HELD: Mapping[str, tuple[str, ...] | None] = {"a:b": ("v",), "a:star": ("v*",), "a:two": ("v", "w"), "a:none": ()}


@pytest.mark.parametrize(
    ("text", "pattern", "state"),
    [
        ("x", ("x",), ""),
        ("", ("",), ""),
        ("${a:b}", ("v",), ""),
        ("x${a:b}y*", ("x", "v", "y", MANY), ""),
        ("${*}?${?}${$}", ("*", ONE, "?", "$"), ""),
        ("${a:none}", ("",), "no-such-value"),
        ("${a:none, 'd*'}", (MANY,), "variable-unknown"),
        ("${a:none,'d'}", ("d",), ""),
        ("${a:none, ''}", ("",), ""),
        ("${a:b, 'd'}", ("v",), ""),
        ("${a:unknown}", (MANY,), "variable-unknown"),
        ("${a:unknown, 'd'}", (MANY,), "variable-unknown"),
        ("${a:two}", (MANY,), "variable-unknown"),
        ("${a:star}", (MANY,), "variable-unknown"),
        ("${}", (MANY,), "variable-unknown"),
        ("${a b}", (MANY,), "variable-unknown"),
        ("${a:b 'd'}", (MANY,), "variable-unknown"),
        ("${a:unknown}${a:none}", (MANY, ""), "no-such-value"),
        ("${a:b", ("${a:b",), ""),
        ("$a:b}", ("$a:b}",), ""),
    ],
)
def test_variables_are_filled_in(text: str, pattern: tuple[object, ...], state: str) -> None:
    resolved = resolve(text, HELD.get, wildcards=True)
    assert (resolved.pattern, resolved.state) == (pattern, state)


def test_without_wildcards_a_star_stands_for_itself() -> None:
    resolved = resolve("*${a:star}?", HELD.get, wildcards=False)
    assert (resolved.pattern, resolved.state) == (("*", "v*", "?"), "")


@given(st.text("ab*?$", max_size=8))
def test_text_with_every_special_character_escaped_stands_for_itself_alone(text: str) -> None:
    escaped = "".join(f"${{{one}}}" if one in "*?$" else one for one in text)
    assert matches(resolve(escaped, HELD.get, wildcards=True).pattern, text)
    assert not matches(resolve(escaped, HELD.get, wildcards=True).pattern, text + "a")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_text_without_variables_is_the_plain_pattern(text: str, found: str) -> None:
    assert matches(resolve(text, HELD.get, wildcards=True).pattern, found) == matches(pieces(text), found)
