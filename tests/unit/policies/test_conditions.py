# SPDX-License-Identifier: Apache-2.0
"""The three-valued parts; what AWS documents is in the golden cases."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.policies.conditions import LONGEST, all_hold, any_holds, judge, negate
from okta_aws.policies.document import Condition
from okta_aws.policies.operators import NAMES

ANSWERS = (True, False, None)
HELD: Mapping[str, tuple[str, ...] | None] = {"one": ("v",), "two": ("v", "w"), "none": (), "unknown": None}


def reason_of(operator: str, key: str, *values: str) -> str:
    return judge(Condition(operator, key, values, 0), HELD.__getitem__).reason


@pytest.mark.parametrize("answers", list(itertools.product(ANSWERS, repeat=3)))
def test_and_and_or_are_those_of_three_values(answers: tuple[bool | None, ...]) -> None:
    # Each unknown may turn out either way; what is so in every case is certain.
    worlds = [
        [one if one is not None else turned for one, turned in zip(answers, turns, strict=True)]
        for turns in itertools.product((True, False), repeat=3)
    ]
    every, some = {all(world) for world in worlds}, {any(world) for world in worlds}
    assert all_hold(answers) == (every.pop() if len(every) == 1 else None)
    assert any_holds(answers) == (some.pop() if len(some) == 1 else None)
    assert [negate(one) for one in answers] == [None if one is None else not one for one in answers]


@pytest.mark.parametrize(
    ("reason", "operator", "key", "values"),
    [
        ("", "StringEquals", "one", ["v"]),
        ("absent", "StringEquals", "none", ["v"]),
        ("absent", "Null", "none", ["true"]),
        ("key-unknown", "StringEquals", "unknown", ["v"]),
        ("key-unknown", "Null", "unknown", ["true"]),
        ("unknown-operator", "StringMatches", "one", ["v"]),
        ("operator-letter-case", "STRINGEQUALS", "one", ["v"]),
        ("several-values", "StringEquals", "two", ["v"]),
        ("no-such-value", "StringEquals", "one", ["${none}", "v"]),
        ("variable-unknown", "StringEquals", "one", ["${unknown}"]),
        ("bad-value", "NumericEquals", "one", ["x"]),
        ("bad-value", "Null", "one", ["perhaps"]),
        ("found-type", "NumericEquals", "one", ["1"]),
        ("found-type", "NumericNotEquals", "one", ["1"]),
    ],
)
def test_an_answer_has_its_reason(reason: str, operator: str, key: str, values: list[str]) -> None:
    assert reason_of(operator, key, *values) == reason


def test_wanted_and_found_are_told_as_they_are() -> None:
    result = judge(Condition("StringLike", "two", ("${one}*", "x"), 7), HELD.__getitem__)
    assert (result.wanted, result.found) == (("${one}*", "x"), ("v", "w"))
    assert judge(Condition("StringLike", "unknown", ("x",), 7), HELD.__getitem__).found is None


def test_values_so_long_that_they_could_cost_too_much_are_not_judged() -> None:
    condition = Condition("StringLike", "k", ("*a*",), 0)
    assert judge(condition, lambda _: ("a" * (LONGEST - 8),)).holds is True
    assert judge(condition, lambda _: ("a" * (LONGEST - 7),)).holds is None
    assert judge(condition, lambda _: ("a",) * LONGEST).reason == "too-long"


@given(
    st.sampled_from(NAMES),
    st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]),
    st.sampled_from(["", "IfExists"]),
    st.lists(
        st.text(max_size=5) | st.sampled_from(["${one}", "${none}", "${two}", "${", "*", "1", "true"]), max_size=3
    ),
    st.sampled_from(sorted(HELD)),
)
def test_every_condition_gets_an_answer(name: str, quantifier: str, suffix: str, values: list[str], key: str) -> None:
    result = judge(Condition(f"{quantifier}{name}{suffix}", key, tuple(values), 0), HELD.get)
    assert result.holds in ANSWERS
    assert result.holds is not None or result.reason
