# SPDX-License-Identifier: Apache-2.0
"""AWS credentials in the place of a token, against an AWS that enforces signatures, trust, external ids and tags."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from fakes.iam_user import may_assume, role_for, user
from fakes.job import Job, asked, github_role
from fakes.signed_sts import Keys
from fakes.world import Account, may_write
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront

KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_keys_become_a_role_and_are_not_handed_over_themselves(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    role, bucket = role_for(account, caller), account.bucket()
    step = job.step({"role-to-assume": role, **keys.inputs()})
    assert (step.status, step.stderr) == (0, ""), step.log()
    assert may_write(aws, step.credentials, bucket, "allowed/report")
    assert not may_write(aws, step.credentials, bucket, "elsewhere/report")
    assert keys.secret not in step.shown()
    assert keys.secret not in "".join(step.files.values())
    assert step.outputs["authenticated-arn"] == f"arn:aws:sts::{account.number}:assumed-role/deploy/GitHubActions"
    assert step.outputs["aws-account-id"] == account.number
    assert [request.form()["Action"] for request in asked(aws)] == ["AssumeRole"]


def test_keys_without_a_role_are_handed_over_once_aws_knows_them(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    step = job.step({**keys.inputs(), "output-credentials": "true"})
    assert step.status == 0, step.log()
    assert {name: step.variables[name] for name in KEY_VARIABLES} == keys.variables()
    assert step.outputs["authenticated-arn"] == caller
    assert step.outputs["aws-account-id"] == account.number
    assert step.outputs["aws-secret-access-key"] == keys.secret
    assert "aws-session-token" not in step.outputs
    assert {keys.secret, keys.key_id} <= {command.data for command in step.commands("add-mask")}
    assert [request.form()["Action"] for request in asked(aws)] == ["GetCallerIdentity"]
    post = job.post()
    assert post.variables == dict.fromkeys(step.variables, "")


def test_keys_without_a_role_can_be_a_profile(job: Job, account: Account) -> None:
    _, keys = user(account)
    step = job.step({**keys.inputs(), "aws-profile": "ci"})
    assert (step.status, step.variables) == (0, {})
    written = configparser.RawConfigParser()
    written.read(job.home / ".aws/credentials")
    assert dict(written["ci"]) == {"aws_access_key_id": keys.key_id, "aws_secret_access_key": keys.secret}


def test_a_session_token_of_an_earlier_step_does_not_stay_beside_keys_that_have_none(
    job: Job, account: Account
) -> None:
    _, keys = user(account)
    step = job.step(keys.inputs(), AWS_SESSION_TOKEN="of-an-earlier-step")
    assert (step.status, step.variables["AWS_SESSION_TOKEN"]) == (0, "")


def test_temporary_keys_bring_their_session_token(job: Job, account: Account) -> None:
    caller, keys = user(account)
    first = job.step({"role-to-assume": role_for(account, caller), **keys.inputs()})
    temporary = Keys(*(first.variables[name] for name in KEY_VARIABLES))
    step = job.step(temporary.inputs())
    assert step.status == 0, step.log()
    assert step.variables["AWS_SESSION_TOKEN"] == temporary.token
    assert step.outputs["authenticated-arn"].endswith(":assumed-role/deploy/GitHubActions")
    without = job.step({**temporary.inputs(), "aws-session-token": ""})
    without.assert_refused(5, "credentials-refused")


def test_a_wrong_secret_is_refused_at_once_and_said_by_nobody(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    wrong = Keys(keys.key_id)
    step = job.step({"role-to-assume": role_for(account, caller), **wrong.inputs()})
    step.assert_refused(5, "credentials-refused")
    assert len(asked(aws)) == 1
    assert wrong.secret not in step.shown()
    assert wrong.secret not in step.summary


@pytest.mark.parametrize("name", ["deploy", "a/path/deploy"])
def test_a_role_name_is_one_of_the_keys_own_account(job: Job, aws: StsFront, account: Account, name: str) -> None:
    caller, keys = user(account)
    role_for(account, caller)
    if "/" in name:
        folder = name.rpartition("/")[0]
        account.iam().delete_role(RoleName="deploy")
        account.iam().create_role(RoleName="deploy", Path=f"/{folder}/", AssumeRolePolicyDocument=_trust(caller))
    step = job.step({"role-to-assume": name, **keys.inputs()})
    assert step.status == 0, step.log()
    assert step.outputs["role-arn"] == f"arn:aws:iam::{account.number}:role/{name}"
    assert [request.form()["Action"] for request in asked(aws)] == ["GetCallerIdentity", "AssumeRole"]


def _trust(caller: str) -> str:
    actions = '["sts:AssumeRole", "sts:TagSession"]'
    statement = f'{{"Effect": "Allow", "Principal": {{"AWS": "{caller}"}}, "Action": {actions}}}'
    return f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'


@pytest.mark.parametrize(("given", "status"), [("the-id", 0), ("another", 5), ("", 5)])
def test_a_role_that_wants_an_external_id_gets_it(job: Job, account: Account, given: str, status: int) -> None:
    caller, keys = user(account)
    role = role_for(account, caller, external_id="the-id")
    step = job.step({"role-to-assume": role, "role-external-id": given, **keys.inputs()})
    assert step.status == status, step.log()
    if status:
        step.assert_refused(5, "role-refused")
        assert "role-external-id" in step.log()
        assert "the token's claims" not in step.log()


@pytest.mark.parametrize(("skip", "status"), [("true", 0), ("", 5)])
def test_a_role_that_takes_no_tags_is_assumed_without_them(job: Job, account: Account, skip: str, status: int) -> None:
    caller, keys = user(account)
    role = role_for(account, caller, tags=False)
    step = job.step({"role-to-assume": role, "role-skip-session-tagging": skip, **keys.inputs()})
    assert step.status == status, step.log()
    if status:
        step.assert_refused(5, "role-refused")
        assert "role-skip-session-tagging" in step.log()


def test_the_environments_credentials_become_a_role(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    role, bucket = role_for(account, caller), account.bucket()
    step = job.step({"role-to-assume": role}, **keys.variables())
    assert step.status == 0, step.log()
    assert may_write(aws, step.credentials, bucket, "allowed/report")


def test_a_profile_of_the_runners_user_becomes_a_role(job: Job, account: Account, tmp_path: Path) -> None:
    caller, keys = user(account)
    role = role_for(account, caller)
    file = tmp_path / "credentials"
    file.write_text(f"[ci]\naws_access_key_id = {keys.key_id}\naws_secret_access_key = {keys.secret}\n")
    step = job.step({"role-to-assume": role}, AWS_SHARED_CREDENTIALS_FILE=str(file), AWS_PROFILE="ci")
    assert step.status == 0, step.log()
    assert keys.secret not in step.shown()


def test_a_job_without_any_credentials_is_told_of_the_missing_permission(job: Job, account: Account) -> None:
    step = job.step({"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"})
    step.assert_refused(3, "github-no-permission")


def test_a_job_without_credentials_and_without_a_role_is_told_what_there_could_be(job: Job) -> None:
    step = job.step()
    step.assert_refused(3, "aws-credentials-missing")


def test_a_role_is_chained_from_the_role_of_an_earlier_step(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    first = github_role(account, github_issuer, name="first")
    may_assume(account, "first")
    second, bucket = role_for(account, first, "second"), account.bucket("second")
    environ = github_issuer.environment()
    assert job.step({"role-to-assume": first}, **environ).status == 0
    step = job.step({"role-to-assume": second, "role-chaining": "true"}, **environ)
    assert step.status == 0, step.log()
    assert step.outputs["authenticated-arn"].endswith(":assumed-role/second/GitHubActions")
    assert may_write(aws, step.credentials, bucket, "allowed/report")
    assert [request.form()["Action"] for request in asked(aws)][-1] == "AssumeRole"


def test_a_chain_with_nothing_to_begin_with_never_takes_the_jobs_token(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "role-chaining": "true"}
    step = job.step(inputs, **github_issuer.environment())
    step.assert_refused(3, "aws-credentials-missing")
    assert (asked(aws), github_issuer.requests) == ([], [])


def test_force_skip_oidc_takes_the_environments_credentials_though_a_token_could_be_had(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    caller, keys = user(account)
    inputs = {"role-to-assume": role_for(account, caller), "force-skip-oidc": "true"}
    step = job.step(inputs, **github_issuer.environment(), **keys.variables())
    assert step.status == 0, step.log()
    assert [request.form()["Action"] for request in asked(aws)] == ["AssumeRole"]
    assert not github_issuer.requests


def test_a_token_is_preferred_to_the_environments_credentials_unless_something_says_otherwise(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    _, keys = user(account)
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role}, **github_issuer.environment(), **keys.variables())
    assert step.status == 0, step.log()
    assert [request.form()["Action"] for request in asked(aws)] == ["AssumeRoleWithWebIdentity"]


def test_keys_of_an_account_that_is_not_allowed_are_not_handed_over(job: Job, account: Account) -> None:
    _, keys = user(account)
    step = job.step({**keys.inputs(), "allowed-account-ids": "111111111111,222222222222"})
    step.assert_refused(6, "wrong-account")
    assert account.number in step.log()


def test_keys_of_an_allowed_account_are(job: Job, account: Account) -> None:
    _, keys = user(account)
    step = job.step({**keys.inputs(), "allowed-account-ids": f"111111111111, {account.number}"})
    assert step.status == 0, step.log()


@pytest.mark.parametrize("role", ["", "deploy", "arn:aws:iam::{}:role/missing"])
def test_a_masked_account_of_keys_is_seen_in_no_log_and_no_error(job: Job, account: Account, role: str) -> None:
    _, keys = user(account)
    inputs = {"role-to-assume": role.format(account.number), "mask-aws-account-id": "true", **keys.inputs()}
    for more in ({}, {"allowed-account-ids": "111111111111"}):
        step = job.step(inputs | more, RUNNER_DEBUG="1")
        assert (step.status == 0) is (not role and not more)
        assert account.number not in step.shown()


def test_a_session_policy_narrows_keys_roles_too(job: Job, aws: StsFront, account: Account) -> None:
    caller, keys = user(account)
    role, bucket = role_for(account, caller), account.bucket()
    resource = f"arn:aws:s3:::{bucket}/allowed/reports/*"
    policy = (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:PutObject","Resource":"{resource}"}}]}}'
    )
    step = job.step({"role-to-assume": role, "inline-session-policy": policy, **keys.inputs()})
    assert step.status == 0, step.log()
    assert may_write(aws, step.credentials, bucket, "allowed/reports/one")
    assert not may_write(aws, step.credentials, bucket, "allowed/another")


def test_the_environments_credentials_without_a_role_stay_where_they_are(job: Job, account: Account) -> None:
    keys = user(account)[1].variables()
    step = job.step({"token-source": "ambient"}, **keys)
    assert step.status == 0, step.log()
    assert step.outputs["aws-account-id"] == account.number
    assert set(step.variables) == {"AWS_REGION", "AWS_DEFAULT_REGION"}
    plain = job.step({"token-source": "ambient", "special-characters-workaround": "true"}, **keys)
    assert plain.status == 0, plain.log()
