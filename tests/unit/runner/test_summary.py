# SPDX-License-Identifier: Apache-2.0
"""Foreign text in a summary stays text."""

from __future__ import annotations

import html
import re
import string

from hypothesis import given
from hypothesis import strategies as st

from okta_aws.runner.commands import visible
from okta_aws.runner.summary import Summary, code, text

ATTACK = "</code></pre>| **a** [x](https://evil.invalid) <img src=x> @team `#1\n# heading\n\n- item"


@given(st.text(st.characters(codec=None)))
def test_foreign_text_shows_as_it_is_and_has_no_markup(foreign: str) -> None:
    shown = text(foreign)
    assert html.unescape(shown) == visible(foreign)
    assert not set(re.sub(r"&#\d+;", "", shown)) & (set(string.punctuation) - set(",;?%"))


def test_a_summary_holds_only_the_markup_that_it_made() -> None:
    summary = Summary()
    summary.heading(ATTACK)
    summary.bullets([ATTACK])
    summary.table(["claim", "value"], [[ATTACK, ATTACK]])
    lines = summary.markdown().split("\n")
    assert [line[:2] for line in lines if line][:4] == ["##", "- ", "| ", "| "]
    rows = [line for line in lines if line.startswith("|")]
    assert {row.count("|") for row in rows} == {3}
    assert "evil.invalid" not in summary.markdown()


def test_a_cell_is_shown_in_the_code_typeface() -> None:
    assert html.unescape(code("a|b`c")) == "<code>a|b`c</code>"


def test_a_link_of_our_own_is_a_link() -> None:
    summary = Summary()
    summary.link("this case", "https://docs.invalid/case")
    assert summary.markdown() == "[this case](https://docs.invalid/case)\n\n"


def test_a_summary_never_outgrows_what_the_runner_takes() -> None:
    summary = Summary(max_bytes=2000)
    for _ in range(100):
        summary.bullets(["ä" * 100])
    assert len(summary.markdown().encode()) <= 2000
    assert summary.markdown().endswith("*Cut here: the rest is in the log.*\n")


def test_what_comes_after_the_cut_is_left_out_even_if_it_would_fit() -> None:
    summary = Summary(max_bytes=500)
    summary.bullets(["a" * 1000])
    summary.bullets(["short"])
    assert "short" not in summary.markdown()
