# SPDX-License-Identifier: Apache-2.0
"""AWS credentials in, credentials out: requests, tags, retries and masks, on a clock that only sleep moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from fakes.clock import Clock
from fakes.signed_sts import Keys, SignedSts, tags_of
from fakes.sts_answers import ACCOUNT, refused
from okta_aws.errors import AssumeRoleError, Error, NetworkError, SettingsError, WrongAccount
from okta_aws.flows.exchange import Exchanged, run
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.raw import from_inputs
from okta_aws.settings.settings import read

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
JOB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/app", "GITHUB_EVENT_NAME": "push"}
DENIED = refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
THROTTLED = refused(400, "Throttling", "Rate exceeded")


@dataclass
class _Report:
    """What was told, in order; masks as ``***secret``."""

    said: list[str] = field(default_factory=list)

    def mask(self, value: Secret | str) -> None:
        self.said.append("***" + (value.reveal() if isinstance(value, Secret) else value))

    def debug(self, text: str) -> None:
        self.said.append(text)

    def info(self, text: str) -> None:
        self.said.append(text)

    def warning(self, title: str, *lines: str) -> None:
        self.said.append(" ".join([title, *lines]))


@pytest.fixture
def sts() -> Iterator[SignedSts]:
    with SignedSts(Keys.temporary()).running() as running:
        yield running


def _run(
    sts: SignedSts, report: _Report, clock: Clock, environ: Mapping[str, str] | None = None, **inputs: str
) -> Exchanged:
    environ = JOB if environ is None else environ
    given = {"aws-region": "eu-central-1", "sts-endpoint": sts.url, **sts.keys.inputs()}
    given |= {name.replace("_", "-"): text for name, text in inputs.items()}
    settings = read(from_inputs({f"INPUT_{name.upper()}": text for name, text in given.items()}))
    return run(settings, environ, Context.from_environ(environ), clock.time(), report)


def _fail(sts: SignedSts, clock: Clock, **inputs: str) -> Error:
    report = _Report()
    with pytest.raises(Error) as failed:
        _run(sts, report, clock, None, **inputs)
    shown = "\n".join([*failed.value.lines(), *(line for line in report.said if not line.startswith("***"))])
    assert not [secret for secret in (sts.keys.secret, sts.keys.token) if secret in shown]
    return failed.value


def test_keys_are_masked_before_they_are_used_and_the_roles_before_they_are_given(sts: SignedSts) -> None:
    report = _Report()
    exchanged = _run(sts, report, Clock(), role_to_assume=ROLE)
    masks = [line.removeprefix("***") for line in report.said if line.startswith("***")]
    assert masks[:3] == [sts.keys.secret, sts.keys.token, sts.keys.key_id]
    assert masks[3:5] == list(sts.given[0])
    asked = next(index for index, line in enumerate(report.said) if line.startswith("POST"))
    assert report.said.index("***" + sts.keys.secret) < asked
    assert (exchanged.token, exchanged.kept) == (None, False)


def test_without_a_role_they_are_given_as_they_are(sts: SignedSts) -> None:
    credentials = _run(sts, _Report(), Clock()).credentials
    assert credentials.secret_access_key.reveal() == sts.keys.secret
    assert (credentials.account, credentials.arn, credentials.role_arn) == (ACCOUNT, sts.caller, "")
    assert (credentials.expiration, credentials.session_name) == (None, "")


def test_a_session_without_a_name_has_ours(sts: SignedSts) -> None:
    assert _run(sts, _Report(), Clock(), role_to_assume=ROLE).credentials.session_name == "okta-aws"


def test_outside_of_a_job_only_custom_tags_are_sent(sts: SignedSts) -> None:
    _run(sts, _Report(), Clock(), {}, role_to_assume=ROLE, custom_tags='{"Team": "a"}')
    assert tags_of(sts.forms()[0]) == {"Team": "a"}


def test_a_second_attempt_without_droppable_tags_is_made_only_where_there_are_some(sts: SignedSts) -> None:
    sts.replies = [refused(400, "PackedPolicyTooLarge")] * 9
    clock = Clock()
    assert _fail(sts, clock, role_to_assume=ROLE).code == "session-policy"
    assert [list(tags_of(form)) for form in sts.forms()] == [
        ["GitHub", "Repository", "EventName"],
        ["GitHub", "Repository"],
    ]
    sts.asked.clear()
    with pytest.raises(AssumeRoleError):
        _run(sts, _Report(), clock, {}, role_to_assume=ROLE, custom_tags='{"Team": "a"}')
    assert len(sts.forms()) == 1


def test_the_class_name_that_sdks_give_the_fault_is_not_the_code_on_the_wire(sts: SignedSts) -> None:
    sts.replies = [refused(400, "PackedPolicyTooLargeException")] * 2
    _fail(sts, Clock(), role_to_assume=ROLE)
    assert len(sts.forms()) == 1


def test_the_limit_of_fifty_tags_counts_those_of_the_job(sts: SignedSts) -> None:
    tags = "{" + ", ".join(f'"k{number}": ""' for number in range(48)) + "}"
    error = _fail(sts, Clock(), role_to_assume=ROLE, custom_tags=tags)
    assert isinstance(error, SettingsError)
    assert (error.problems[0].option, error.problems[0].found) == ("custom-tags", "51")
    assert not sts.asked
    _run(sts, _Report(), Clock(), role_to_assume=ROLE, custom_tags=tags, role_skip_session_tagging="true")


def test_a_refused_role_is_final_and_told_in_words_about_credentials(sts: SignedSts) -> None:
    sts.replies = [DENIED] * 2
    clock = Clock()
    error = _fail(sts, clock, role_to_assume=ROLE)
    assert (error.code, error.attempts, clock.slept) == ("role-refused", 1, [])
    assert "token" not in " ".join([error.wanted, *error.fix])


def test_a_window_for_a_new_role_ends_with_its_time_and_not_with_the_attempts(sts: SignedSts) -> None:
    sts.replies = [DENIED] * 500
    clock = Clock(chance=0.5)
    error = _fail(sts, clock, role_to_assume=ROLE, retry_access_denied_s="20", retry_max_attempts="2")
    assert error.code == "role-refused"
    assert len(sts.forms()) > 2
    assert 15 < sum(clock.slept) < 26


def test_each_request_has_its_own_attempts(sts: SignedSts) -> None:
    sts.replies = [THROTTLED] * 2
    _run(sts, _Report(), Clock(), role_to_assume="deploy", retry_max_attempts="3")
    assert (len(sts.forms("GetCallerIdentity")), len(sts.forms())) == (1, 3)


def test_the_time_of_the_whole_run_ends_it(sts: SignedSts) -> None:
    sts.replies = [THROTTLED] * 500
    clock = Clock()
    with pytest.raises(NetworkError) as failed:
        _run(sts, _Report(), clock, role_to_assume=ROLE, action_timeout_s="9", retry_max_attempts="100")
    assert failed.value.code in {"throttled", "deadline"}
    assert sum(clock.slept) <= 9


@pytest.mark.parametrize("role", ["", "deploy"])
def test_another_account_is_refused_before_the_credentials_are_given(sts: SignedSts, role: str) -> None:
    error = _fail(sts, Clock(), role_to_assume=role, allowed_account_ids="210987654321")
    assert isinstance(error, WrongAccount)
    assert error.found == ACCOUNT


def test_an_arn_of_another_account_is_refused_before_anybody_is_asked(sts: SignedSts) -> None:
    assert isinstance(_fail(sts, Clock(), role_to_assume=ROLE, allowed_account_ids="210987654321"), WrongAccount)
    assert not sts.asked
