# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.settings.session_tags import PROTECTED, Tag, custom_tags, fit, job_tags, without_droppable

ALL = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_WORKFLOW": "w",
    "GITHUB_ACTION": "a",
    "GITHUB_ACTOR": "me",
    "GITHUB_SHA": "s",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_BASE_REF": "b",
    "GITHUB_HEAD_REF": "h",
    "GITHUB_RUN_ID": "1",
    "GITHUB_JOB": "j",
    "GITHUB_TRIGGERING_ACTOR": "t",
}


def test_a_whole_job_has_thirteen_tags_of_which_six_can_be_dropped() -> None:
    tags = job_tags(ALL)
    assert {tag.key for tag in tags} == PROTECTED
    assert (len(tags), len(without_droppable(tags))) == (13, 7)
    assert tags[0] == Tag("GitHub", "Actions")
    assert without_droppable(tags) == tags[:7]


@pytest.mark.parametrize("environ", [{}, ALL | {"GITHUB_ACTIONS": "false"}])
def test_outside_of_a_job_there_are_none(environ: dict[str, str]) -> None:
    assert job_tags(environ) == ()


@given(st.text(max_size=600))
def test_any_text_fits_once_it_was_made_to(text: str) -> None:
    made = fit(text)
    assert len(made) == min(len(text), 256)
    assert all(one in "_.:/=+-@" or unicodedata.category(one)[0] in "LZN" for one in made)
    assert fit(made) == made


def test_letters_of_all_scripts_and_blanks_are_kept_and_others_replaced() -> None:
    assert fit("Ünï 漢字_.:/=+-@ 7") == "Ünï 漢字_.:/=+-@ 7"
    assert fit("a[b]\n\x00;é\u0301") == "a_b____é_"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ("", ""),
        (7, "7"),
        (7.0, "7"),
        (0.5, "0.5"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_values_are_written_as_javascript_writes_them(value: object, text: str) -> None:
    assert custom_tags(json.dumps({"k": value})) == ((Tag("k", text),), [])


@pytest.mark.parametrize("value", ["null", "[]", "{}", '["a"]', "NaN", "Infinity", "-Infinity", "1e999"])
def test_other_values_are_refused(value: str) -> None:
    tags, problems = custom_tags(f'{{"k": {value}}}')
    assert (tags, problems) == ((), ["'k': a value that is neither text, number nor boolean"])


@pytest.mark.parametrize("length", [1, 128])
def test_keys_and_values_may_be_as_long_as_aws_takes_them(length: int) -> None:
    assert custom_tags(json.dumps({"k" * length: "v" * length * 2}))[1] == []


@pytest.mark.parametrize("key", ["", "k" * 129, "a;b", "a\nb", "\ud800", "Repository", "GitHub", "TriggeringActor"])
def test_keys_that_aws_or_the_jobs_own_tags_rule_out_are_refused(key: str) -> None:
    tags, problems = custom_tags(json.dumps({key: "v"}))
    assert (tags, len(problems)) == ((), 1)
    assert problems[0].isascii()


@pytest.mark.parametrize("value", ["v" * 257, "a;b", "a\nb", "\u202e"])
def test_values_that_aws_rules_out_are_refused_and_not_quoted(value: str) -> None:
    tags, problems = custom_tags(json.dumps({"k": value}))
    assert (tags, len(problems)) == ((), 1)
    assert value not in problems[0]


def test_all_that_is_wrong_is_told_together_and_the_rest_is_kept() -> None:
    tags, problems = custom_tags('{"Repository": "r", "good": "g", "bad": null}')
    assert (tags, len(problems)) == ((Tag("good", "g"),), 2)
