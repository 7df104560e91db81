# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.policies.document import LONGEST, Condition, document, parse_document
from okta_aws.policies.json_text import PolicyError

WHOLE = """{
  "Version": "2012-10-17",
  "Id": "it",
  "Statement": [
    {"Sid": "one", "Effect": "Allow", "Principal": {"Federated": ["a", "b"], "AWS": "c"}, "Action": "sts:x",
     "Condition": {
       "StringEquals": {"k:aud": "v",
                        "k:sub": ["v", 1, true]}
     }},
    {"Effect": "Deny", "NotPrincipal": "*", "NotAction": ["p", "q"], "NotResource": "r"}
  ]
}"""
SOUND = {"Effect": "Allow", "Principal": "*", "Action": "sts:x"}


def test_every_part_is_read() -> None:
    read = parse_document(WHOLE)
    first, second = read.statements
    assert (read.version, read.line, first.index, first.line, first.sid, first.effect) == (
        "2012-10-17",
        1,
        0,
        5,
        "one",
        "Allow",
    )
    assert first.principals == {"Federated": ("a", "b"), "AWS": ("c",)}
    assert (first.actions, first.not_actions, first.resources, first.not_principals) == (("sts:x",), (), (), {})
    assert first.conditions == (
        Condition("StringEquals", "k:aud", ("v",), 7),
        Condition("StringEquals", "k:sub", ("v", "1", "true"), 8),
    )
    assert (second.index, second.line, second.sid, second.effect) == (1, 10, "", "Deny")
    assert second.principals == {}
    assert second.not_principals == {"*": ("*",)}
    assert (second.not_actions, second.not_resources, second.conditions) == (("p", "q"), ("r",), ())


def test_its_length_is_what_the_quota_counts() -> None:
    assert parse_document(WHOLE).length == len(json.dumps(json.loads(WHOLE), separators=(",", ":")))
    assert document(json.loads(WHOLE)).length == parse_document(WHOLE).length


def test_objects_that_were_read_elsewhere_have_no_lines() -> None:
    read = document(json.loads(WHOLE))
    assert (read.line, read.statements[0].line, read.statements[0].conditions[0].line) == (0, 0, 0)


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_both_versions_are_known(version: str) -> None:
    assert document({"Version": version, "Statement": SOUND}).version == version


def test_without_a_version_it_is_the_older_one() -> None:
    assert document({"Statement": SOUND}).version == "2008-10-17"


def _with(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON has
    return {"Statement": [SOUND, {key: value for key, value in {**SOUND, **changes}.items() if value != "absent"}]}


@pytest.mark.parametrize(
    ("policy", "place", "wanted", "found"),
    [
        ([], "$", "an object", "an empty list"),
        ("x", "$", "an object", "x"),
        (None, "$", "an object", "nothing"),
        ({}, "$.Statement", "a statement", "nothing"),
        ({"Statement": []}, "$.Statement", "a statement", "an empty list"),
        ({"Statement": "x"}, "$.Statement", "a statement", "x"),
        ({"Statement": [3]}, "$.Statement[0]", "an object", "a number"),
        ({"statement": [SOUND]}, "$.statement", "one of Id, Statement, Version", "statement"),
        ({"Version": "2012-10-18", "Statement": SOUND}, "$.Version", "2012-10-17 or 2008-10-17", "2012-10-18"),
        ({"Version": 2012, "Statement": SOUND}, "$.Version", "2012-10-17", "a number"),
        (_with(effect="Allow"), "$.Statement[1].effect", "one of Action, Condition, Effect", "effect"),
        (_with(Effect="allow"), "$.Statement[1].Effect", "Allow or Deny", "allow"),
        (_with(Effect="absent"), "$.Statement[1].Effect", "Allow or Deny", "nothing"),
        (_with(Sid=["x"]), "$.Statement[1].Sid", "text", "a list"),
        (_with(NotAction="x"), "$.Statement[1]", "Action or NotAction", "both"),
        (_with(Action="absent"), "$.Statement[1]", "Action or NotAction", "neither"),
        (_with(NotPrincipal="*"), "$.Statement[1]", "Principal or NotPrincipal", "both"),
        (_with(Resource="*", NotResource="*"), "$.Statement[1]", "Resource or NotResource", "both"),
        (_with(Action=[]), "$.Statement[1].Action", "text or a list", "an empty list"),
        (_with(Action=["x", 3]), "$.Statement[1].Action[1]", "text", "a number"),
        (_with(Action={"a": 1}), "$.Statement[1].Action", "text or a list", "an object"),
        (_with(Principal="x"), "$.Statement[1].Principal", 'or "*"', "x"),
        (_with(Principal={}), "$.Statement[1].Principal", 'or "*"', "an empty object"),
        (_with(Principal={"federated": "x"}), "$.Statement[1].Principal.federated", "AWS", "federated"),
        (_with(Principal={"Federated": None}), "$.Statement[1].Principal.Federated", "text or a list", "nothing"),
        (_with(Condition=[]), "$.Statement[1].Condition", "an object of operators", "an empty list"),
        (_with(Condition={"Bool": {}}), "$.Statement[1].Condition.Bool", "keys and values", "an empty object"),
        (_with(Condition={"Bool": "x"}), "$.Statement[1].Condition.Bool", "keys and values", "x"),
        (_with(Condition={"Bool": {"k": None}}), "$.Statement[1].Condition.Bool.k", "a truth value", "nothing"),
        (_with(Condition={"Bool": {"k": ["x", {}]}}), "$.Statement[1].Condition.Bool.k[1]", "text", "an empty object"),
        (_with(Condition={"Bool": {"k": [["x"]]}}), "$.Statement[1].Condition.Bool.k[0]", "text", "a list"),
    ],
)
def test_what_is_no_policy_is_told_with_its_place(policy: object, place: str, wanted: str, found: str) -> None:
    with pytest.raises(PolicyError) as caught:
        document(policy)
    assert (caught.value.place, caught.value.line) == (place, 0)
    assert wanted in caught.value.wanted
    assert found in caught.value.found
    with pytest.raises(PolicyError) as of_text:
        parse_document("\n" + json.dumps(policy))
    assert place in of_text.value.place


def test_the_place_in_a_text_has_the_line() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_document('{"Statement": {\n "Effect": "Allow",\n "Action": 3}}', "trust.json")
    assert caught.value.place == "line 3, $.Statement.Action"
    assert (caught.value.line, caught.value.what) == (3, "trust.json")


def test_names_that_are_no_plain_text_are_told_escaped_and_short() -> None:
    with pytest.raises(PolicyError) as caught:
        document({"Statement": SOUND, "a\n::error::" + "x" * 100: 1})
    assert "\n" not in str(caught.value)
    assert len(caught.value.found) <= 60


@pytest.mark.parametrize("spaces", ["", " " * 5000])
def test_a_policy_longer_than_any_of_aws_is_refused(spaces: str) -> None:
    longest = json.dumps({"Statement": {**SOUND, "Sid": ""}}, separators=(",", ":"))
    room = LONGEST - len(longest)
    read = parse_document(spaces + longest.replace('"Sid":""', f'"Sid":"{"x" * room}"') + spaces)
    assert read.length == LONGEST
    with pytest.raises(PolicyError, match=f"at most {LONGEST} characters"):
        parse_document(spaces + longest.replace('"Sid":""', f'"Sid":"{"x" * (room + 1)}"') + spaces)


def test_a_hundred_thousand_values_are_refused() -> None:
    with pytest.raises(PolicyError, match=f"at most {LONGEST} characters"):
        document(_with(Condition={"StringEquals": {"k": ["v"] * 100_000}}))


def test_an_endless_object_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["Statement"] = endless
    with pytest.raises(PolicyError, match="what JSON cannot express"):
        document(endless)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Principal", "Condition", "Federated", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_whatever_json_is_given_it_is_a_policy_or_a_policy_error(value: object) -> None:
    # Whatever else it might raise would fail the test.
    with contextlib.suppress(PolicyError):
        document(value)
