# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from fakes.clock import Clock
from fakes.loopback import unused_port
from fakes.signed_sts import Keys, SignedSts
from fakes.sts_answers import ACCOUNT
from okta_aws.credentials import Credentials
from okta_aws.flows.client import Client
from okta_aws.flows.existing import fitting
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.raw import from_inputs
from okta_aws.settings.settings import read

ROLE = f"arn:aws:iam::{ACCOUNT}:role/a/path/deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
CONTEXT = Context.from_environ({})


class _Report:
    def __init__(self) -> None:
        self.said: list[str] = []

    def mask(self, value: Secret | str) -> None:
        """Nothing is shown here."""

    def info(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def sts() -> Iterator[SignedSts]:
    with SignedSts(Keys.temporary(), caller=SESSION).running() as running:
        yield running


def _fitting(
    sts: SignedSts, left_s: float | None = 3600, *, keys: Keys | None = None, inputs: Mapping[str, str] = {}
) -> tuple[Credentials | None, str]:
    clock, report = Clock(), _Report()
    given = {"aws-region": "eu-central-1", "sts-endpoint": sts.url, "role-to-assume": ROLE, "disable-retry": "true"}
    given |= inputs
    settings = read(from_inputs({f"INPUT_{name.upper()}": text for name, text in given.items()}))
    environ = (keys or sts.keys).variables()
    if left_s is not None:
        environ["OKTA_AWS_EXPIRATION"] = datetime.fromtimestamp(clock.now + left_s, UTC).isoformat()
    client = Client(settings.patience, settings.network, CONTEXT, clock.time(), clock.said.append)
    try:
        return fitting(settings, environ, client, report), " ".join(report.said)
    finally:
        client.close()


def test_a_session_of_the_role_that_lasts_is_kept_whatever_the_roles_path(sts: SignedSts) -> None:
    kept, said = _fitting(sts)
    assert kept is not None
    assert (kept.account, kept.arn, kept.role_arn, kept.session_name) == (ACCOUNT, SESSION, ROLE, "me")
    assert kept.secret_access_key.reveal() == sts.keys.secret
    assert "are kept" in said


@pytest.mark.parametrize("role", ["deploy", "a/path/deploy", ""])
def test_a_name_or_no_role_at_all_fits_too(sts: SignedSts, role: str) -> None:
    assert _fitting(sts, inputs={"role-to-assume": role})[0] is not None


@pytest.mark.parametrize(
    ("caller", "inputs", "said"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me", {}, "not of the role deploy"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/other/deploy", {}, "not of the role deploy"),
        (f"arn:aws:iam::{ACCOUNT}:user/deploy", {}, "not of the role deploy"),
        ("arn:aws:sts::210987654321:assumed-role/deploy/me", {}, "of account 210987654321"),
        (SESSION, {"role-to-assume": "", "allowed-account-ids": "210987654321"}, f"of account {ACCOUNT}"),
    ],
)
def test_another_role_or_account_is_not(sts: SignedSts, caller: str, inputs: dict[str, str], said: str) -> None:
    sts.caller = caller
    kept, told = _fitting(sts, inputs=inputs)
    assert kept is None
    assert said in told


@pytest.mark.parametrize(
    ("left_s", "minimum", "is_kept"),
    [(900, "", True), (899, "", False), (-5, "", False), (None, "", False), (None, "0", True), (60, "59", True)],
)
def test_what_ends_too_soon_or_tells_no_end_is_not(
    sts: SignedSts, left_s: float | None, minimum: str, *, is_kept: bool
) -> None:
    kept, _ = _fitting(sts, left_s, inputs={"minimum-remaining-s": minimum})
    assert (kept is not None) is is_kept


def test_long_lived_keys_have_no_end(sts: SignedSts) -> None:
    sts.keys, sts.caller = Keys(), f"arn:aws:iam::{ACCOUNT}:user/ci"
    assert _fitting(sts, None, inputs={"role-to-assume": ""})[0] is not None


def test_keys_that_aws_does_not_know_are_not(sts: SignedSts) -> None:
    wrong = Keys.temporary()
    kept, said = _fitting(sts, keys=wrong)
    assert kept is None
    assert "of no use" in said
    assert wrong.secret not in said


def test_an_aws_that_does_not_answer_is_no_failure(sts: SignedSts) -> None:
    kept, said = _fitting(sts, inputs={"sts-endpoint": f"http://127.0.0.1:{unused_port()}"})
    assert kept is None
    assert "of no use" in said


def test_without_any_nobody_is_asked(sts: SignedSts) -> None:
    kept, said = _fitting(sts, keys=Keys("", "", ""))
    assert (kept, said, sts.asked) == (None, "no existing credentials in the environment", [])
