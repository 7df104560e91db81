# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.seal import SealError, Statement, mismatches, problems_of, read_statement, time_text

STATEMENT = Statement(
    repository_id=4711,
    pull_request=7,
    head="a" * 40,
    base="b" * 40,
    directory="stacks/network",
    workspace="default",
    environment="production",
    plan_bucket="acme-plans",
    plan_key="infra/7/1-1/plan",
    plan_version="3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
    plan_sha256="c" * 64,
    text_sha256="d" * 64,
    state_bucket="acme-state",
    state_key="infra/terraform.tfstate",
    state_version="none",
    backend='{"s3.bucket":"acme-state","type":"s3"}',
    program="Terraform v1.11.4",
    rendered_at="2026-11-22T20:15:00Z",
    run="123-1",
    changes=True,
)


def changed(**members: Any) -> str:  # noqa: ANN401 - any JSON
    value = {**json.loads(STATEMENT.canonical()), **members}
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def test_a_statement_is_read_back_as_it_was() -> None:
    assert read_statement(STATEMENT.canonical()) == STATEMENT


def test_the_time_is_utc() -> None:
    assert time_text(STATEMENT.rendered_s) == STATEMENT.rendered_at


def test_the_canonical_form_is_ascii_without_blanks_and_in_order() -> None:
    text = replace(STATEMENT, environment="Prod ü").canonical()
    names = list(json.loads(text))
    assert text.isascii()
    assert names == sorted(names)
    assert '": ' not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 15000,
        "x" * 20000,
        f" {STATEMENT.canonical()}",
        STATEMENT.canonical().replace(":7,", ":7.0,"),
        STATEMENT.canonical().replace('"a', '"\\u0061', 1),
        STATEMENT.canonical().replace('"base"', '"base":"x","base"'),
        changed(more=1),
        changed(version=2),
        changed(version=True),
        changed(kind="something-else"),
        changed(head="A" * 40),
        changed(head="a" * 39),
        changed(head=None),
        changed(directory="../x"),
        changed(directory="a/../b"),
        changed(directory="/a"),
        changed(directory="a" * 600),
        changed(workspace="a b"),
        changed(plan_key="a\nb"),
        changed(plan_bucket="A"),
        changed(pull_request=0),
        changed(pull_request=True),
        changed(pull_request="7"),
        changed(repository_id=-1),
        changed(repository_id=1 << 60),
        changed(changes=1),
        changed(rendered_at="2026-13-22T20:15:00Z"),
        changed(rendered_at="2026-11-22T20:15:00+01:00"),
        changed(plan_version=""),
        changed(run="1"),
    ],
)
def test_anything_but_the_canonical_form_of_a_statement_is_refused(text: str) -> None:
    with pytest.raises(SealError):
        read_statement(text)


@given(st.text(max_size=200))
def test_no_text_is_a_defect(text: str) -> None:
    with pytest.raises(SealError):
        read_statement(text)


@pytest.mark.parametrize("name", [name for name in Statement.__slots__ if name != "changes"])
def test_each_member_has_a_shape(name: str) -> None:
    assert problems_of(replace(STATEMENT, **{name: "\n"}))  # type: ignore[arg-type]
    assert problems_of(STATEMENT) == []


def test_what_differs_is_told_by_name() -> None:
    (told,) = mismatches(STATEMENT, {"head": "e" * 40, "pull_request": 7})
    assert told == f"head: wanted {'e' * 40}, sealed {'a' * 40}"


def test_a_mismatch_with_foreign_text_is_one_plain_line() -> None:
    (told,) = mismatches(STATEMENT, {"directory": "a\n\x1b[31m"})
    assert told.isprintable()
