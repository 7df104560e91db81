# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import json
import pickle
import pprint
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from okta_aws.credentials import Credentials
from okta_aws.secret import Secret

VALUE = "marked-value-of-a-test"


@dataclasses.dataclass(frozen=True)
class _Holder:
    secret: Secret


FORMS: dict[str, Callable[[Secret], str]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "f-string": lambda secret: f"{secret}",
    "f-string with a width": lambda secret: f"{secret:>40}",
    "f-string of the repr": lambda secret: f"{secret!r}",
    "format": "{}".format,
    "format with a specification": lambda secret: format(secret, "s"),
    "percent s": lambda secret: "%s" % secret,  # noqa: UP031
    "percent r": lambda secret: "%r" % secret,  # noqa: UP031
    "a list": lambda secret: str([secret]),
    "a dataclass": lambda secret: str(_Holder(secret)),
    "pprint": pprint.pformat,
    "an exception": lambda secret: repr(ValueError(secret)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_secret_shows_in_no_form(form: Callable[[Secret], str]) -> None:
    text = form(Secret(VALUE))
    assert VALUE not in text
    assert "***" in text


@pytest.mark.parametrize(
    "carry",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        lambda secret: "".join((secret,) * 2),
        lambda secret: dataclasses.asdict(_Holder(secret)),
    ],
    ids=["pickle", "copy", "deepcopy", "json", "join", "asdict"],
)
def test_a_secret_is_carried_away_by_nothing(carry: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        carry(Secret(VALUE))
    assert VALUE not in str(refused.value)


def test_a_traceback_with_its_variables_does_not_show_it() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(secret)

    shown = io.StringIO()
    with contextlib.redirect_stderr(shown):
        try:
            fail(Secret(VALUE))
        except ValueError as defect:
            report = traceback.TracebackException.from_exception(defect, capture_locals=True)
            shown.write("".join(report.format()))
    assert "secret = ***" in shown.getvalue()
    assert VALUE not in shown.getvalue()


def test_credentials_show_neither_key_nor_session_token() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shown = repr(Credentials("ID", Secret(VALUE), Secret(VALUE), moment, "", "", "", ""))
    assert VALUE not in shown
    assert "ID" in shown


def test_reveal_is_the_way_to_the_value() -> None:
    assert Secret(VALUE).reveal() == VALUE


def test_secrets_compare_and_hash_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("\udcff") == Secret("\udcff")


def test_an_empty_secret_is_false_and_its_length_is_known() -> None:
    assert not Secret("")
    assert Secret("ab")
    assert len(Secret("ab")) == 2
