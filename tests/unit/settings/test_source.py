# SPDX-License-Identifier: Apache-2.0
"""Which source follows from what was set, and what of it is contradictory."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from okta_aws.settings.raw import RawValue
from okta_aws.settings.scalars import Reader
from okta_aws.settings.source import Source, read_source

SECRET = "not-a-secret-but-a-test"
KEYS = {"aws-access-key-id": "TESTKEYOFNOBODY0", "aws-secret-access-key": SECRET}
OKTA = {"okta-issuer": "https://a.example/oauth2/b", "okta-client-id": "0oa1", "okta-client-secret": SECRET}
FILE, VALUE = {"web-identity-token-file": "t"}, {"web-identity-token": SECRET}


def _read(inputs: Mapping[str, str]) -> tuple[Source | None, list[str]]:
    reader = Reader({name: RawValue(text, "input") for name, text in inputs.items()})
    source = read_source(reader)
    return source, [problem.option for problem in reader.problems]


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({}, None),
        (KEYS, "keys"),
        (OKTA, "okta"),
        (FILE, "file"),
        (VALUE, "value"),
        ({"role-chaining": "true"}, "ambient"),
        ({"force-skip-oidc": "true"}, "ambient"),
        ({"role-chaining": "false", "force-skip-oidc": "false"}, None),
        ({"token-source": "ambient"}, "ambient"),
        ({"token-source": "github"}, "github"),
        ({"token-source": "okta", **OKTA}, "okta"),
        ({"role-chaining": "true", **KEYS}, "keys"),
        ({"force-skip-oidc": "true", **FILE}, "file"),
    ],
)
def test_the_source_follows_from_what_was_set(inputs: dict[str, str], name: str | None) -> None:
    source, problems = _read(inputs)
    assert source is not None
    assert (source.name, problems) == (name, [])


@pytest.mark.parametrize(
    "inputs",
    [
        {**KEYS, **OKTA},
        {**KEYS, **FILE},
        {**FILE, **VALUE},
        {**OKTA, **VALUE},
        {"token-source": "github", **KEYS},
        {"token-source": "ambient", **KEYS},
        {"token-source": "ambient", **FILE},
        {"token-source": "file", **VALUE},
    ],
)
def test_two_sources_are_a_problem_of_their_own(inputs: dict[str, str]) -> None:
    assert _read(inputs) == (None, ["token-source"])


@pytest.mark.parametrize("name", ["role-chaining", "force-skip-oidc", "verify-token"])
@pytest.mark.parametrize("more", [{}, KEYS, OKTA, FILE, {**KEYS, **FILE}, {"token-source": "github"}], ids=str)
def test_a_word_that_is_no_boolean_is_told_whatever_the_source(name: str, more: dict[str, str]) -> None:
    _, problems = _read({name: "yes", **more})
    assert name in problems


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"aws-access-key-id": "TESTKEYOFNOBODY0"}, "aws-secret-access-key"),
        ({"aws-secret-access-key": SECRET}, "aws-access-key-id"),
        ({**KEYS, "aws-access-key-id": "short"}, "aws-access-key-id"),
        ({**KEYS, "aws-access-key-id": "k" * 129}, "aws-access-key-id"),
        ({**KEYS, "aws-access-key-id": "TEST/KEY/OF/NOBODY"}, "aws-access-key-id"),
        ({"token-source": "file"}, "web-identity-token-file"),
        ({"token-source": "value"}, "web-identity-token"),
    ],
)
def test_a_source_with_a_part_missing_or_wrong_is_told_by_that_part(inputs: dict[str, str], problem: str) -> None:
    assert problem in _read(inputs)[1]


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"token-source": "github", "force-skip-oidc": "true"}, "force-skip-oidc"),
        ({"token-source": "github", "role-chaining": "true"}, "role-chaining"),
        ({**OKTA, "role-chaining": "true"}, "role-chaining"),
        ({**VALUE, "role-chaining": "true"}, "role-chaining"),
    ],
)
def test_a_wish_that_the_source_cannot_fulfil_is_told(inputs: dict[str, str], problem: str) -> None:
    assert _read(inputs)[1] == [problem]


def test_a_session_token_alone_lacks_both_keys() -> None:
    assert _read({"aws-session-token": SECRET})[1] == ["aws-access-key-id", "aws-secret-access-key"]


def test_keys_are_secrets_and_never_quoted() -> None:
    source, _ = _read(KEYS | {"aws-session-token": SECRET + "2"})
    assert source is not None
    assert source.keys is not None
    assert (source.keys.secret_access_key.reveal(), source.keys.session_token.reveal()) == (SECRET, SECRET + "2")
    assert SECRET not in repr(source)
    reader = Reader({"aws-access-key-id": RawValue(SECRET + "+/", "input")})
    read_source(reader)
    assert SECRET not in "".join(problem.line() for problem in reader.problems)


def test_the_audience_is_githubs_default_where_github_may_be_asked() -> None:
    assert [_read(inputs)[0] for inputs in ({}, {"audience": "mine"})] == [
        Source(None, "sts.amazonaws.com"),
        Source(None, "mine"),
    ]
    assert _read(FILE)[0] == Source("file", "", token_file="t")
