# SPDX-License-Identifier: Apache-2.0
"""The source ``device``: an issuer and a native app, and nothing that belongs to another source."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from okta_aws.errors import SettingsError
from okta_aws.settings.raw import RawValue
from okta_aws.settings.scalars import Reader
from okta_aws.settings.settings import read_for_login
from okta_aws.settings.source import OktaLogin, Source, read_source

APP = {"okta-issuer": "https://acme.okta.com", "okta-client-id": "0oa1"}
DEVICE = {"token-source": "device", **APP}


def _raw(inputs: Mapping[str, str]) -> dict[str, RawValue]:
    return {name: RawValue(text, "input") for name, text in inputs.items()}


def _read(inputs: Mapping[str, str]) -> tuple[Source | None, list[str]]:
    reader = Reader(_raw(inputs))
    source = read_source(reader)
    return source, [problem.option for problem in reader.problems]


def test_it_needs_an_issuer_and_an_app_alone() -> None:
    wanted = Source("device", login=OktaLogin("https://acme.okta.com", "0oa1"))
    assert _read(DEVICE) == (wanted, [])


def test_its_token_can_be_checked_like_any_other() -> None:
    source, problems = _read({**DEVICE, "audience": "0oa1", "verify-token": "true"})
    assert source is not None
    assert (source.audience, source.verify, problems) == ("0oa1", True, [])


@pytest.mark.parametrize(
    "name",
    ["okta-private-key", "okta-key-id", "okta-client-secret", "okta-scope", "web-identity-token", "aws-access-key-id"],
)
def test_what_belongs_to_another_source_contradicts_it(name: str) -> None:
    assert _read({**DEVICE, name: "something"})[1] == ["token-source"]


def test_a_chain_contradicts_it() -> None:
    assert _read({**DEVICE, "role-chaining": "true"})[1] == ["role-chaining"]


def test_it_is_never_chosen_by_itself() -> None:
    source, problems = _read({**APP, "okta-client-secret": "test"})
    assert source is not None
    assert (source.name, problems) == ("okta", [])


def test_all_that_a_sign_in_lacks_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read_for_login(_raw({"retry-max-attempts": "x"}))
    assert [problem.option for problem in raised.value.problems] == [
        "okta-issuer",
        "okta-client-id",
        "retry-max-attempts",
    ]


def test_a_sign_in_heeds_no_settings_of_other_sources() -> None:
    defaults = {"retry-max-attempts": "12", "action-timeout-s": "0", "retry-access-denied-s": "0"}
    login, _, _ = read_for_login(_raw({**APP, **defaults, "okta-client-secret": "test"}))
    assert login == OktaLogin("https://acme.okta.com", "0oa1")
