# SPDX-License-Identifier: Apache-2.0
"""The action with GitHub's token: what a job gets, and what it is told when it gets nothing."""

from __future__ import annotations

import json
import secrets

import pytest

from fakes import faults
from fakes.job import GITHUB_AUDIENCE, Job, asked, github_role
from fakes.world import Account, may_write, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.github import Job as GithubJob
from okta_aws.demo.sts_front import StsFront


def test_what_is_exported_may_do_what_the_role_may_and_nothing_else(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    assert (step.status, step.stderr) == (0, "")
    assert (len(asked(github_issuer)), len(asked(aws))) == (1, 1)
    assert may_write(aws, step.credentials, bucket, "allowed/report")
    assert not may_write(aws, step.credentials, bucket, "elsewhere/report")


def test_a_step_exports_keys_and_region_and_describes_them_in_its_outputs(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    expiration = step.outputs["aws-expiration"]
    assert expiration.endswith("Z")
    described = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "OKTA_AWS_EXPIRATION": expiration}
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert {name: value for name, value in step.variables.items() if name not in keys} == described
    assert keys < set(step.variables)
    assert step.outputs == {
        "aws-account-id": account.number,
        "authenticated-arn": f"arn:aws:sts::{account.number}:assumed-role/deploy/GitHubActions",
        "aws-expiration": expiration,
        "role-arn": role,
        "role-session-name": "GitHubActions",
        "token-issuer": github_issuer.issuer,
        "token-subject": github_issuer.job.subject(),
    }
    assert step.summary == ""


@pytest.mark.parametrize("immutable", [False, True])
def test_both_forms_of_the_subject_are_normal(job: Job, account: Account, immutable: bool) -> None:
    with GithubIssuer(GithubJob(environment="production", immutable_subject=immutable)) as github:
        step = job.step({"role-to-assume": github_role(account, github)}, **github.environment())
    assert step.status == 0
    assert ("@" in step.outputs["token-subject"]) is immutable


def test_the_input_audience_is_the_one_that_is_asked_for(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    audience = "api://aws/Größe 1+2?x=%26#y"
    provider = account.provider(github_issuer.issuer, [audience])
    role = account.role(trust(provider, sub=github_issuer.job.subject(), aud=audience))
    step = job.step({"role-to-assume": role, "audience": audience}, **github_issuer.environment())
    assert step.status == 0


def test_credentials_that_are_there_already_are_never_sent(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    ambient = {
        name: f"ambient-{secrets.token_hex(8)}"
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")
    }
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role}, **github_issuer.environment(), **ambient)
    assert step.status == 0
    (request,) = aws.requests
    assert not {"authorization", "x-amz-security-token"} & set(request.headers)
    sent = f"{request.query} {request.headers} {request.body!r}"
    assert not [value for value in ambient.values() if value in sent]


def test_a_wrong_subject_is_told_with_the_subject_that_the_token_has(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    provider = account.provider(github_issuer.issuer, [GITHUB_AUDIENCE])
    role = account.role(trust(provider, sub="repo:acme/another:ref:refs/heads/main", aud=GITHUB_AUDIENCE))
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    step.assert_refused(5, "role-refused")
    assert github_issuer.job.subject() in step.log()
    assert len(aws.requests) == 1
    assert step.summary.count("request id") == 1


def test_a_token_for_an_audience_that_the_provider_does_not_list_is_refused(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, "audience": "api://elsewhere"}, **github_issuer.environment())
    step.assert_refused(5, "provider-audience")
    assert "api://elsewhere" in step.log()
    assert len(aws.requests) == 1


def test_an_account_without_a_provider_for_the_issuer_is_told_so(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = f"arn:aws:iam::{account.number}:role/deploy"
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    step.assert_refused(5, "provider-missing")
    assert github_issuer.issuer in step.log()
    assert len(aws.requests) == 1


def test_a_role_that_does_not_exist_is_refused_like_one_that_does_not_trust(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer).replace("role/deploy", "role/deplyo")
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    step.assert_refused(5, "role-refused")
    assert len(aws.requests) == 1


def test_a_job_without_the_permission_is_told_which_one_it_needs(job: Job, aws: StsFront, account: Account) -> None:
    step = job.step({"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"})
    step.assert_refused(3, "github-no-permission")
    assert "id-token: write" in step.log()
    assert not aws.requests


def test_a_pull_request_from_a_fork_is_told_that_it_never_gets_a_token(
    job: Job, aws: StsFront, account: Account
) -> None:
    event = job.folder / "event.json"
    sides = {side: {"repo": {"id": number}} for number, side in enumerate(("head", "base"))}
    event.write_text(json.dumps({"pull_request": sides}))
    environ = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
    step = job.step({"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"}, **environ)
    step.assert_refused(3, "github-fork")
    assert not aws.requests


def test_a_bearer_token_that_github_does_not_know_is_refused_once(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    environ = github_issuer.environment() | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": f"no-{secrets.token_hex(16)}"}
    step = job.step({"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"}, **environ)
    step.assert_refused(3, "github-refused")
    assert (len(asked(github_issuer)), len(aws.requests)) == (1, 0)


def test_what_passes_is_tried_again_with_a_fresh_token_where_the_answer_was_about_the_token(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    github_issuer.faults.append(faults.unavailable())
    aws.faults += [faults.throttled(), faults.verification_key()]
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    assert step.status == 0
    tokens = [request.form()["WebIdentityToken"] for request in aws.requests]
    assert tokens[0] == tokens[1] != tokens[2]
    assert len(asked(github_issuer)) == 3


def test_a_token_that_aws_finds_expired_twice_is_final(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    aws.faults.append(faults.expired().forever())
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    step.assert_refused(5, "token-expired")
    assert (len(asked(github_issuer)), len(aws.requests)) == (2, 2)
