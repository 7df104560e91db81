# SPDX-License-Identifier: Apache-2.0
"""Credentials that the job has already: kept where they fit, blanked where that is asked for."""

from __future__ import annotations

import pytest

from fakes.iam_user import role_for, user
from fakes.job import Job, asked, github_role
from fakes.loopback import unused_port
from fakes.world import Account
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront

KEEP = {"use-existing-credentials": "true"}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_the_credentials_of_an_earlier_step_are_kept_where_they_fit(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), **KEEP}
    environ = github_issuer.environment()
    first = job.step(inputs, **environ)
    second = job.step(inputs, **environ)
    assert (first.status, second.status) == (0, 0), second.log()
    assert aws.exchanges == 1
    assert "are kept" in second.log()
    assert not set(KEYS) & set(second.variables)
    assert [request.form()["Action"] for request in asked(aws)][-1] == "GetCallerIdentity"


def test_the_region_of_the_input_counts_though_credentials_are_kept(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), **KEEP}
    job.step(inputs, **github_issuer.environment())
    step = job.step(inputs | {"aws-region": "eu-north-1"}, **github_issuer.environment())
    assert step.variables == {"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-north-1"}
    assert job.post().variables == {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    quiet = job.step(inputs | {"output-env-credentials": "false"}, **github_issuer.environment())
    assert (quiet.status, quiet.variables) == (0, {})


def test_credentials_of_another_role_are_replaced(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    first, second = (github_role_named(account, github_issuer, name) for name in ("deploy", "deploy2"))
    for role in (first, second, second):
        step = job.step({"role-to-assume": role, **KEEP}, **github_issuer.environment())
        assert step.status == 0, step.log()
    assert aws.exchanges == 2
    assert job.environ["AWS_SESSION_TOKEN"]


def github_role_named(account: Account, github: GithubIssuer, name: str) -> str:
    if name == "deploy":
        return github_role(account, github)
    trusted = account.iam().get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"]
    assert isinstance(trusted, dict)
    return account.role({**trusted}, name)


@pytest.mark.parametrize(
    ("inputs", "exchanges"),
    [
        ({"minimum-remaining-s": "3500"}, 1),
        ({"minimum-remaining-s": "3601"}, 2),
    ],
)
def test_credentials_that_end_too_soon_are_replaced(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer, inputs: dict[str, str], exchanges: int
) -> None:
    role = github_role(account, github_issuer)
    for _ in range(2):
        assert job.step({"role-to-assume": role, **KEEP, **inputs}, **github_issuer.environment()).status == 0
    assert aws.exchanges == exchanges


def test_credentials_of_an_account_that_is_not_allowed_are_replaced(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    _, keys = user(account)
    role = github_role(account, github_issuer)
    other = Account.new(aws, account.emulator)
    _, foreign = user(other)
    inputs = {"role-to-assume": role, "allowed-account-ids": account.number, "mask-aws-account-id": "true", **KEEP}
    step = job.step(inputs, **github_issuer.environment(), **foreign.variables())
    assert step.status == 0, step.log()
    assert other.number not in step.shown()
    assert keys.secret not in step.shown()
    assert step.outputs["aws-account-id"] == account.number


def test_a_users_keys_are_kept_where_no_role_is_wanted(job: Job, account: Account) -> None:
    _, keys = user(account)
    step = job.step({**KEEP, "mask-aws-account-id": "true"}, **keys.variables())
    assert step.status == 0, step.log()
    assert not set(KEYS) & set(step.variables)
    assert account.number not in step.shown()


@pytest.mark.parametrize("environ", [{}, {"AWS_ACCESS_KEY_ID": "TESTKEYTHATISNONE", "AWS_SECRET_ACCESS_KEY": "no"}])
def test_credentials_that_are_missing_or_wrong_are_replaced(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer, environ: dict[str, str]
) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, **KEEP}, **github_issuer.environment(), **environ)
    assert step.status == 0, step.log()
    assert aws.exchanges == 1


def test_an_aws_that_cannot_be_asked_about_them_is_the_exchanges_own_error(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    _, keys = user(account)
    endpoint = f"http://127.0.0.1:{unused_port()}"
    inputs = {"role-to-assume": github_role(account, github_issuer), "sts-endpoint": endpoint, "disable-retry": "true"}
    step = job.step(inputs | KEEP, **github_issuer.environment(), **keys.variables())
    step.assert_refused(9, "network-connect")
    assert "existing credentials are of no use" in step.log()
    assert "assuming role" in step.log() or "POST" in step.log()


def test_a_word_that_is_no_boolean_does_not_mean_yes(job: Job) -> None:
    step = job.step({"use-existing-credentials": "please"})
    step.assert_refused(2, "settings")


def test_credentials_of_earlier_steps_are_blanked_and_new_ones_set(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "unset-current-credentials": "true"}
    _, keys = user(account)
    step = job.step(inputs, **github_issuer.environment(), **keys.variables())
    assert step.status == 0, step.log()
    assert step.variables["AWS_ACCESS_KEY_ID"] not in {"", keys.key_id}
    assert step.variables["AWS_REGION"] == REGION
    assert step.files["ENV"].count("AWS_ACCESS_KEY_ID") == 2


def test_credentials_of_earlier_steps_are_blanked_though_the_exchange_fails(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = f"arn:aws:iam::{account.number}:role/missing"
    inputs = {"role-to-assume": role, "unset-current-credentials": "true"}
    step = job.step(inputs, **github_issuer.environment(), AWS_ACCESS_KEY_ID="an-earlier-steps")
    assert (step.status, step.outputs, step.state) == (5, {}, {})
    blanked = {*KEYS, "AWS_REGION", "AWS_DEFAULT_REGION", "OKTA_AWS_EXPIRATION"}
    assert step.variables == dict.fromkeys(blanked, "")


def test_credentials_that_were_just_unset_are_not_begun_with(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    inputs = {"role-to-assume": role_for(account, caller), "unset-current-credentials": "true"}
    for more in ({}, {"role-chaining": "true"}, {"force-skip-oidc": "true"}):
        step = job.step(inputs | more, **keys.variables())
        assert step.status == 3, step.log()
        assert not asked(aws)


def test_to_keep_and_to_unset_exclude_each_other(job: Job) -> None:
    job.step({**KEEP, "unset-current-credentials": "true"}).assert_refused(2, "settings")


def test_an_expiry_that_is_no_time_is_none(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    assert job.step({"role-to-assume": role}, **github_issuer.environment()).status == 0
    inputs = {"role-to-assume": role, **KEEP}
    # Nothing random: eight digits can be a date of ISO 8601.
    step = job.step(inputs, **github_issuer.environment(), OKTA_AWS_EXPIRATION="no-time")
    assert step.status == 0, step.log()
    assert "nothing tells when they expire" in step.log()
    assert aws.exchanges == 2
    always = job.step(inputs | {"minimum-remaining-s": "0"}, **github_issuer.environment(), OKTA_AWS_EXPIRATION="")
    assert "are kept" in always.log()
