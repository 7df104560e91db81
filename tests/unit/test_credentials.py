# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.credentials import SESSION_NAME, Credentials, session_name_from
from okta_aws.secret import Secret


@given(st.text(max_size=200))
def test_any_text_becomes_a_session_name_that_sts_takes(text: str) -> None:
    assert SESSION_NAME.fullmatch(session_name_from(text))


@given(st.from_regex(SESSION_NAME, fullmatch=True))
def test_a_fit_session_name_stays_as_it_is(name: str) -> None:
    assert session_name_from(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("repo:acme/app:ref:refs/heads/main", "repo-acme-app-ref-refs-heads-main"),
        ("repo:acme@1/app@2:environment:prod", "repo-acme@1-app@2-environment-prod"),
        ("", "--"),
        ("a", "a-"),
        ("ä\n", "--"),
        ("x" * 65, "x" * 64),
    ],
)
def test_what_does_not_fit_becomes_a_dash(text: str, name: str) -> None:
    assert session_name_from(text) == name


def test_the_expiry_is_told_to_the_second_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert _expiring(moment).expiration_text() == "2026-01-02T03:04:05Z"
    assert _expiring(moment + timedelta(days=30)).expiration_text() == "2026-02-01T03:04:05Z"


def _expiring(moment: datetime) -> Credentials:
    return Credentials("ID", Secret("k"), Secret("t"), moment, "", "", "", "")
