# SPDX-License-Identifier: Apache-2.0
"""The action with a token that is at hand: in a file or as a value."""

from __future__ import annotations

import secrets
import time

import pytest

from fakes.job import GITHUB_AUDIENCE, Job, github_role
from fakes.world import Account, may_write
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront


def test_a_file_in_the_workspace_becomes_credentials(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    (job.workspace / "token.jwt").write_text(github_issuer.token_for(GITHUB_AUDIENCE) + "\n")
    step = job.step({"role-to-assume": role, "web-identity-token-file": "token.jwt"})
    assert (step.status, step.stderr) == (0, "")
    assert may_write(aws, step.credentials, bucket, "allowed/report")


def test_a_value_becomes_credentials(job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, "web-identity-token": github_issuer.token_for(GITHUB_AUDIENCE)})
    assert (step.status, step.stderr) == (0, "")
    assert (len(aws.requests), aws.exchanges) == (1, 1)


def test_an_expired_token_is_told_so_before_aws_is_asked(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    token = github_issuer.token_for(GITHUB_AUDIENCE, exp=int(time.time()) - 120)
    step = job.step({"role-to-assume": github_role(account, github_issuer), "web-identity-token": token})
    step.assert_refused(4, "token-expired")
    assert not aws.requests


def test_a_token_that_just_expired_is_for_aws_to_refuse_and_not_tried_twice(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    token = github_issuer.token_for(GITHUB_AUDIENCE, exp=int(time.time()) - 1)
    step = job.step({"role-to-assume": github_role(account, github_issuer), "web-identity-token": token})
    step.assert_refused(5, "token-expired")
    assert len(aws.requests) == 1


def test_a_token_signed_by_somebody_else_is_refused_by_aws(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    header, claims, _ = github_issuer.token_for(GITHUB_AUDIENCE).split(".")
    forged = f"{header}.{claims}.{github_issuer.token_for(GITHUB_AUDIENCE).split('.')[2]}"
    step = job.step({"role-to-assume": github_role(account, github_issuer), "web-identity-token": forged})
    step.assert_refused(5, "token-refused")
    assert len(aws.requests) == 1


def test_what_only_asks_for_a_token_is_no_token(job: Job, aws: StsFront, account: Account) -> None:
    step = job.step(
        {
            "role-to-assume": f"arn:aws:iam::{account.number}:role/deploy",
            "web-identity-token": secrets.token_urlsafe(48),
        }
    )
    step.assert_refused(4, "token-malformed")
    assert not aws.requests


@pytest.mark.parametrize("name", ["missing.jwt", "link.jwt", "."])
def test_a_file_that_is_none_is_told_by_its_path(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer, name: str
) -> None:
    (job.workspace / "token.jwt").write_text(github_issuer.token_for(GITHUB_AUDIENCE))
    (job.workspace / "link.jwt").symlink_to("token.jwt")
    role = f"arn:aws:iam::{account.number}:role/deploy"
    step = job.step({"role-to-assume": role, "web-identity-token-file": name})
    step.assert_refused(3, "token-file")
    assert str(job.workspace) in step.log()
    assert not aws.requests
