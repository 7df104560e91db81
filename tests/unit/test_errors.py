# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from okta_aws import errors
from okta_aws.errors import (
    AssumeRoleError,
    AtlantisError,
    Error,
    ExportError,
    NeedsHost,
    NetworkError,
    NotApproved,
    Problem,
    SettingsError,
    SourceError,
    TokenError,
    WrongAccount,
)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Error, 1),
        (SettingsError, 2),
        (NeedsHost, 2),
        (SourceError, 3),
        (TokenError, 4),
        (AssumeRoleError, 5),
        (WrongAccount, 6),
        (ExportError, 7),
        (AtlantisError, 8),
        (NetworkError, 9),
        (NotApproved, 11),
    ],
)
def test_each_class_has_the_exit_status_of_the_design(kind: type[Error], status: int) -> None:
    assert kind.exit_status == status


def test_the_tree_has_no_other_class() -> None:
    of_tokens = {SourceError, TokenError, AssumeRoleError, WrongAccount, ExportError}
    kinds = of_tokens | {SettingsError, AtlantisError, NetworkError, NotApproved}
    assert set(Error.__subclasses__()) == kinds
    assert [kind.__subclasses__() for kind in kinds if kind.__subclasses__()] == [[NeedsHost]]


def test_a_whole_error_is_title_act_wanted_found_fixes_and_docs() -> None:
    error = TokenError(
        "token-audience", "checking the token", wanted="audience a", found="b", fix=("do this", "or that")
    )
    assert error.lines() == [
        "error[token-audience]: The token was issued for another audience",
        "  checking the token: wanted audience a, found b",
        "  fix: do this",
        "  fix: or that",
        "  docs: https://github.com/org/okta-aws-action/blob/main/docs/troubleshooting.md#token-audience",
    ]


def test_one_fix_given_as_text_is_one_fix() -> None:
    assert Error("internal", "doing it", fix="do this").fix == ("do this",)


def test_the_text_of_an_error_is_one_line_without_the_fix() -> None:
    error = NetworkError("deadline", "asking", wanted="an answer", found="none", fix="wait")
    assert str(error) == "asking: wanted an answer, found none"


def test_an_error_that_knows_neither_wanted_nor_found_says_its_title() -> None:
    assert str(Error("internal", "doing it")) == "doing it: a defect of this program"


def test_attempts_are_told_only_when_there_was_more_than_one() -> None:
    error = NetworkError("throttled", "asking", found="429")
    assert error.reason() == "found 429"
    error.attempts = 2
    assert error.reason() == "found 429, after 2 attempts"


def test_a_code_that_is_no_row_of_the_table_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Error("no-such-code", "doing it")


def test_all_problems_of_the_settings_are_told_a_line_each() -> None:
    error = SettingsError(
        [
            Problem("aws-region", "input", "a region", '"X"'),
            Problem("disable-retry", "environment OKTA_AWS_DISABLE_RETRY", "true or false", '"maybe"', "say which"),
        ]
    )
    assert error.lines() == [
        "error[settings]: The settings do not fit together",
        '  aws-region (input): wanted a region, found "X"',
        '  disable-retry (environment OKTA_AWS_DISABLE_RETRY): wanted true or false, found "maybe"; say which',
        "  docs: https://github.com/org/okta-aws-action/blob/main/docs/troubleshooting.md#settings",
    ]
    assert str(error).count(";") == 2
    assert error.found == "2 problems"


def test_one_problem_is_not_called_problems() -> None:
    assert SettingsError([Problem("a", "input", "b", "c")]).found == "1 problem"


def test_every_code_is_fit_for_an_anchor_and_every_title_for_a_heading() -> None:
    for code, title in errors.CODES.items():
        assert code == code.lower().replace(" ", "-").strip("-")
        assert title[0].isupper()
        assert not title.endswith(".")
    assert len(set(errors.CODES.values())) == len(errors.CODES)
