# SPDX-License-Identifier: Apache-2.0
"""The image under a GitHub runner's mounts, environment and working directory, from a token to the end of the job."""

from __future__ import annotations

import configparser
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.world import Account, may_write, trust
from image.runner import Runner, Step
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront

AUDIENCE = "sts.amazonaws.com"
KEYS = {
    "AccessKeyId": "AWS_ACCESS_KEY_ID",
    "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
    "SessionToken": "AWS_SESSION_TOKEN",
}
PROFILE = {"aws-profile": "deploy", "output-env-credentials": "true"}
SHOW_CREDENTIALS_FILE = "import os; print(open(os.environ['AWS_SHARED_CREDENTIALS_FILE']).read())"


@pytest.fixture
def okta_inputs(issuer: OktaIssuer, account: Account, aws: StsFront) -> dict[str, str]:
    """A service app in Okta, a role that trusts it, and the step's `with:`."""
    client = Client("0oaSERVICEAPP0000000", secret=secrets.token_urlsafe(32))
    issuer.clients[client.id] = client
    provider = account.provider(issuer.issuer, [issuer.audience])
    role = account.role(trust(provider, sub=client.id, aud=issuer.audience))
    return {
        "role-to-assume": role,
        "aws-region": REGION,
        "sts-endpoint": aws.url,
        "okta-issuer": issuer.issuer,
        "okta-client-id": client.id,
        "okta-client-secret": client.secret,
    }


def credentials_in(environ: Mapping[str, str]) -> dict[str, str]:
    return {part: environ[variable] for part, variable in KEYS.items()}


def profile_in(text: str) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return dict(parser["deploy"])


def test_an_okta_token_becomes_credentials_that_work(
    runner: Runner, okta_inputs: dict[str, str], account: Account, aws: StsFront
) -> None:
    bucket = account.bucket()
    step = runner.main(okta_inputs)
    assert step.status == 0, step.log
    assert step.outputs["aws-account-id"] == account.number
    exported = credentials_in(runner.environ)
    assert may_write(aws, exported, bucket, "allowed/file")
    assert not may_write(aws, exported, bucket, "elsewhere/file")
    assert step.masks >= {exported["SecretAccessKey"], exported["SessionToken"], okta_inputs["okta-client-secret"]}


def test_a_github_token_becomes_credentials_that_work(
    runner: Runner, github_issuer: GithubIssuer, account: Account, aws: StsFront
) -> None:
    provider = account.provider(github_issuer.issuer, [AUDIENCE])
    role = account.role(trust(provider, sub=github_issuer.job.subject(), aud=AUDIENCE))
    bucket = account.bucket()
    inputs = {"role-to-assume": role, "aws-region": REGION, "sts-endpoint": aws.url}
    step = runner.main(inputs, environ=github_issuer.environment())
    assert step.status == 0, step.log
    assert may_write(aws, credentials_in(runner.environ), bucket, "allowed/file")


def test_a_step_on_the_host_reads_the_profile_as_the_runners_user(runner: Runner, okta_inputs: dict[str, str]) -> None:
    assert runner.main(okta_inputs | PROFILE).status == 0
    shown = runner.on_host("python3", "-c", SHOW_CREDENTIALS_FILE)
    assert shown.returncode == 0, shown.stderr
    assert profile_in(shown.stdout)["aws_access_key_id"] == runner.environ["AWS_ACCESS_KEY_ID"]
    path = Path(runner.environ["AWS_SHARED_CREDENTIALS_FILE"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == runner.user


def test_another_docker_action_reads_the_profile(runner: Runner, okta_inputs: dict[str, str], image: str) -> None:
    assert runner.main(okta_inputs | PROFILE).status == 0
    shown = runner.in_container(image, "/usr/bin/python3", "-I", "-c", SHOW_CREDENTIALS_FILE)
    assert shown.returncode == 0, shown.stderr
    assert profile_in(shown.stdout)["aws_access_key_id"] == runner.environ["AWS_ACCESS_KEY_ID"]


def test_the_end_of_the_job_takes_everything_back(runner: Runner, okta_inputs: dict[str, str]) -> None:
    assert runner.main(okta_inputs | PROFILE).status == 0
    files = [Path(runner.environ[name]) for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")]
    assert all(path.exists() for path in files)
    step = runner.post(okta_inputs | PROFILE)
    assert step.status == 0, step.log
    assert not any(path.exists() for path in files)
    assert {runner.environ[variable] for variable in KEYS.values()} == {""}
    assert not list((runner.temp / "_github_home").iterdir())


def test_a_refusal_leaves_nothing_behind(runner: Runner, okta_inputs: dict[str, str]) -> None:
    step: Step = runner.main(okta_inputs | PROFILE | {"role-to-assume": okta_inputs["role-to-assume"] + "-of-others"})
    assert step.status == 5, step.log
    assert runner.environ == {}
    assert not list((runner.temp / "_github_home").iterdir())


def test_the_root_file_system_may_be_read_only(runner: Runner, okta_inputs: dict[str, str]) -> None:
    runner.options = ["--read-only"]
    assert runner.main(okta_inputs | PROFILE).status == 0
    assert runner.post(okta_inputs | PROFILE).status == 0
