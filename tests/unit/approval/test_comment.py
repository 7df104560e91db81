# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okta_aws.approval.comment import (
    clean,
    has_marker,
    listed,
    outcome_comment,
    outcome_marker,
    place_of,
    plan_comment,
    plan_marker,
    same_text,
)
from unit.approval.test_seal import STATEMENT

GITHUB_TAKES = 65536
KEY = "sealed/4711/7/0123456789abcdef/text-x.txt"
# What makes fences, mentions, HTML and terminals do something, and every letter that is not printable.
HOSTILE = st.text(
    st.sampled_from("`~@<>#|\\&;:!-*_[]()ab \n\r\t\x1b\x00\u202e\u2028\u00e9\U0001f600\ud800"), max_size=400
)


def fenced(body: str) -> list[str]:
    """The lines inside the one fence, as CommonMark reads it: from the first fence to one as long."""
    lines = body.split("\n")
    begin = next(index for index, line in enumerate(lines) if re.fullmatch(r"`{3,}text", line))
    fence = lines[begin].removesuffix("text")
    end = next(
        index for index, line in enumerate(lines) if index > begin and re.fullmatch(rf" {{0,3}}{fence}`* *", line)
    )
    assert "`" * 3 not in "\n".join(lines[:begin] + lines[end + 1 :])
    return lines[begin + 1 : end]


@given(HOSTILE)
def test_no_text_ends_its_fence(text: str) -> None:
    shown = clean(f"1 to create\n{text}")
    body = plan_comment(STATEMENT, shown, KEY)
    assert "\n".join(fenced(body)) == shown.rstrip("\n")


@given(HOSTILE)
def test_cleaned_text_is_printable_and_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert once.replace("\n", "").isprintable()
    assert clean(once) == once
    once.encode()


@given(HOSTILE.filter(lambda text: text.strip() != ""))
def test_a_foreign_summary_is_no_markup(summary: str) -> None:
    body = plan_comment(STATEMENT, clean(summary.replace("\n", " ")), KEY)
    (line,) = [line for line in body.split("\n") if line.startswith("**") and "in the environment" in line]
    said = line[2 : line.index("**", 2)]
    assert not re.search(r"[<>@`\[\]*_|\\]", said)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 40_000), st.sampled_from(["`", "a", "\U0001f600", "a\n", "`\n", "\U0001f600\n"]))
def test_a_comment_is_never_longer_than_github_takes(count: int, piece: str) -> None:
    body = plan_comment(STATEMENT, clean(f"1 to create\n{piece * count}"), KEY)
    assert len(body) <= GITHUB_TAKES
    assert len(body.encode("utf-16-le")) // 2 <= GITHUB_TAKES


def test_a_long_plan_is_cut_and_says_where_the_whole_is() -> None:
    text = clean("\n".join(["1 to create", *(f"line {number}" for number in range(9000)), "Plan: the end"]))
    body = plan_comment(STATEMENT, text, KEY)
    assert "Only a part is shown here" in body
    assert "Plan: the end" in body
    shown = fenced(body)
    (left_out,) = [int(found[1]) for line in shown if (found := re.search(r"\[… (\d+) lines are left out", line))]
    assert len(shown) - 3 + left_out == text.count("\n")


@pytest.mark.parametrize("length", [5_000, 30_000])
def test_nothing_of_a_long_line_is_left_out_of_what_is_sealed(length: int) -> None:
    hostile = "a" * length + " and one thing more"
    text = clean(f"1 to create\n{hostile}\nPlan: the end")
    assert hostile in text
    body = plan_comment(STATEMENT, text, KEY)
    assert (hostile in body) != ("Only a part is shown here" in body)
    assert "a" * 4_000 in body
    assert "Plan: the end" in body


def test_a_short_plan_is_shown_whole() -> None:
    assert "Only a part" not in plan_comment(STATEMENT, clean("no changes"), KEY)


@pytest.mark.parametrize("name", [name for name in STATEMENT.__slots__ if name != "changes"])
def test_each_member_of_the_statement_makes_another_comment(name: str) -> None:
    value = getattr(STATEMENT, name)
    other = value + 1 if isinstance(value, int) else f"{value}0"
    changed = replace(STATEMENT, **{name: other})  # type: ignore[arg-type]
    assert plan_comment(changed, "x\n", KEY) != plan_comment(STATEMENT, "x\n", KEY)


def test_places_have_names_of_their_own() -> None:
    places = {
        place_of(*names)
        for names in [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "b", "d"), ("b", "a", "c")]
    }
    assert len(places) == 5


def test_a_comment_is_known_by_its_beginning() -> None:
    place = place_of("stacks/network", "default", "production")
    body = plan_comment(STATEMENT, "x\n", KEY)
    assert has_marker(body, plan_marker(place))
    assert not has_marker(body, outcome_marker(place))
    assert not has_marker(f"> {body}", plan_marker(place))
    assert not has_marker(body, plan_marker(place_of("other", "default", "production")))


def test_line_ends_make_no_difference_and_anything_else_does() -> None:
    body = plan_comment(STATEMENT, "x\n", KEY)
    assert same_text(body.replace("\n", "\r\n") + "\n", body)
    assert not same_text(body.replace("x", "y"), body)
    assert not same_text(f" {body}", body)


@given(HOSTILE)
def test_a_reason_ends_no_fence(reason: str) -> None:
    body = outcome_comment("0" * 16, "a", "b", "Not applied", [reason, "fix it"])
    assert fenced(body)[-1] == "fix it"


def test_a_long_list_is_cut() -> None:
    assert listed(map(str, range(300)), most=2) == ["  0", "  1", "  … and 298 more"]
