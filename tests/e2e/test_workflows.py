# SPDX-License-Identifier: Apache-2.0
"""Whole workflows: from `uses: ./` and a token to objects in a bucket, and to nothing left at the end."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from e2e.act import ON_RUNNER, Repository, Run
from fakes.certified_issuer import CertifiedIssuer, with_key, with_secret
from fakes.package_index import PackageIndex
from fakes.world import Account, s3_client, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront

APP = "0oaSERVICEAPP0000000"
AUDIENCE = "api://aws"
SECRET_VARIABLES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]


@dataclass(frozen=True)
class App:
    """A service app, and how its pipeline is set up: variables and secrets of the repository."""

    issuer: str
    variables: dict[str, str]
    secrets: dict[str, str]


@contextlib.contextmanager
def okta_app(*, certified: bool, key: SigningKey | None) -> Iterator[App]:
    """An app at our stand-in for Okta, or at the provider that nobody here wrote."""
    secret = secrets.token_urlsafe(32)
    of_key = {"OKTA_PRIVATE_KEY": key.pem()} if key else {"OKTA_CLIENT_SECRET": secret}
    variables = {"OKTA_CLIENT_ID": APP, "OKTA_KEY_ID": key.kid if key else ""}
    client = Client(APP, jwks=[key.public_jwk()]) if key else Client(APP, secret=secret)
    registered = with_key(APP, key) if key else with_secret(APP, secret)
    issuer = CertifiedIssuer([registered], AUDIENCE) if certified else OktaIssuer([client], audience=AUDIENCE)
    with issuer:
        yield App(issuer.issuer, {**variables, "OKTA_ISSUER": issuer.issuer}, of_key)


def in_aws(account: Account, issuer: str, sub: str, aud: str) -> dict[str, str]:
    """A role that trusts one identity and may write to a bucket, as variables of the repository."""
    role = account.role(trust(account.provider(issuer, [aud]), sub=sub, aud=aud))
    return {"ROLE": role, "BUCKET": account.bucket(), "REGION": REGION, "AWS_ENDPOINT": account.front.url}


def written(account: Account, bucket: str, key: str) -> bytes:
    with s3_client(account.front, account.number, account.emulator.admin_secret) as s3:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def assert_deployed(run: Run, account: Account, variables: Mapping[str, str]) -> None:
    """The next step wrote where it may, by variables and by profile, and saw the outputs; then the job was ended."""
    assert run.succeeded, run.log
    outputs: dict[str, Any] = json.loads(written(account, variables["BUCKET"], "allowed/outputs.json"))
    assert outputs["aws-account-id"] == account.number
    assert outputs["role-arn"] == variables["ROLE"]
    assert written(account, variables["BUCKET"], "allowed/by-profile") == b""
    assert "elsewhere: AccessDenied" in run.log
    assert "a careless step shows *** ***" in run.log
    assert {*SECRET_VARIABLES, "AWS_PROFILE", "config", "credentials"} <= set(run.handed_over())
    assert "Success - Post ./" in run.log


def assert_cleaned_up(repository: Repository) -> None:
    """No file is left; of the Docker form tests/image proves it, since act ends that without its state."""
    if repository.form == ON_RUNNER:
        assert not (repository.runner_home / ".aws").exists()


@pytest.mark.parametrize("certified", [False, True], ids=["our stand-in for Okta", "a certified provider"])
@pytest.mark.parametrize("key", [None, SigningKey.new("RS256")], ids=["a client secret", "a private key"])
def test_a_pipeline_with_an_okta_app_by(
    repository: Repository, account: Account, index: PackageIndex, certified: bool, key: SigningKey | None
) -> None:
    with okta_app(certified=certified, key=key) as app:
        variables = in_aws(account, app.issuer, APP, AUDIENCE) | app.variables
        environ = {"PIP_INDEX_URL": f"{index.url}/simple/"}
        run = repository.run("okta", variables, secrets=app.secrets, environ=environ)
    assert_deployed(run, account, variables)
    assert_cleaned_up(repository)


def test_a_pipeline_with_the_jobs_own_identity(
    repository: Repository, account: Account, github_issuer: GithubIssuer
) -> None:
    variables = in_aws(account, github_issuer.issuer, github_issuer.job.subject(), "sts.amazonaws.com")
    run = repository.run("github", variables, environ=github_issuer.environment())
    assert_deployed(run, account, variables)
    assert_cleaned_up(repository)


def test_a_job_that_fails_after_the_step_is_cleaned_up(
    repository: Repository, account: Account, github_issuer: GithubIssuer
) -> None:
    variables = in_aws(account, github_issuer.issuer, github_issuer.job.subject(), "sts.amazonaws.com")
    run = repository.run("github", variables | {"BUCKET": "no-such-bucket"}, environ=github_issuer.environment())
    assert not run.succeeded
    assert f"Success - Post {repository.form} " in run.log
    assert_cleaned_up(repository)


def test_a_job_without_the_permission_is_told_so(
    repository: Repository, account: Account, github_issuer: GithubIssuer, aws: StsFront
) -> None:
    variables = in_aws(account, github_issuer.issuer, github_issuer.job.subject(), "sts.amazonaws.com")
    run = repository.run("without-permission", variables)
    assert not run.succeeded
    assert "id-token: write" in run.log
    assert_nothing_happened(run, aws)


def test_a_token_of_another_audience_is_refused_by_aws(
    repository: Repository, account: Account, github_issuer: GithubIssuer, aws: StsFront
) -> None:
    variables = in_aws(account, github_issuer.issuer, github_issuer.job.subject(), "sts.amazonaws.com")
    environ = github_issuer.environment()
    run = repository.run("github", variables | {"AUDIENCE": "api://another"}, environ=environ)
    assert not run.succeeded
    assert "audience" in run.log
    assert "api://another" in run.log
    assert_nothing_happened(run, aws)


def test_an_okta_token_of_another_audience_does_not_reach_aws(
    repository: Repository, account: Account, aws: StsFront
) -> None:
    with okta_app(certified=False, key=None) as app:
        variables = in_aws(account, app.issuer, APP, AUDIENCE) | app.variables
        asked = len(aws.requests)
        run = repository.run("okta", variables | {"AUDIENCE": "api://another"}, secrets=app.secrets)
    assert not run.succeeded
    assert re.search(r"exit with `FAILURE`: 4|exitcode '4': failure", run.log)
    assert len(aws.requests) == asked
    assert_nothing_happened(run, aws)


def assert_nothing_happened(run: Run, aws: StsFront) -> None:
    assert aws.exchanges == 0
    assert "upload" not in run.log
    assert run.handed_over() == []
