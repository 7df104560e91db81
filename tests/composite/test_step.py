# SPDX-License-Identifier: Apache-2.0
"""The same inputs, outputs and errors as the Docker form; and what that form cannot do."""

from __future__ import annotations

import secrets
import signal
import subprocess
from pathlib import Path

import pytest

from composite.conftest import OnRunner
from fakes import faults
from fakes.iam_user import may_assume, role_for, user
from fakes.job import GITHUB_AUDIENCE, asked, github_role, okta_role
from fakes.world import Account, may_write
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.web import Request, Response, StandIn

APP = "0oaSERVICEAPP0000000"
KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def test_a_job_gets_the_role_with_its_own_token_and_loses_it_at_the_end(
    job: OnRunner, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    step = job.step({"role-to-assume": role}, **github_issuer.environment())
    assert (step.status, step.stderr) == (0, "")
    assert (len(asked(github_issuer)), len(asked(aws))) == (1, 1)
    assert may_write(aws, step.credentials, bucket, "allowed/report")
    assert not may_write(aws, step.credentials, bucket, "elsewhere/report")
    assert step.outputs["role-arn"] == role
    end = job.post()
    assert (end.status, end.stderr) == (0, "")
    assert {end.variables[name] for name in KEYS} == {""}


def test_an_app_of_okta_gets_its_role(job: OnRunner, account: Account) -> None:
    secret = secrets.token_urlsafe(32)
    with OktaIssuer([Client(APP, secret=secret)]) as okta:
        inputs = {"okta-issuer": okta.issuer, "okta-client-id": APP, "okta-client-secret": secret}
        step = job.step({"role-to-assume": okta_role(account, okta, APP), **inputs})
    assert step.status == 0, step.log()
    assert secret not in step.shown()
    assert not list(job.tool_cache.iterdir()), "a client secret needs no library"


def test_a_profile_is_written_where_the_host_finds_it_and_removed_at_the_end(
    job: OnRunner, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "aws-profile": "deploy"}
    step = job.step(inputs, **github_issuer.environment())
    file = job.home / ".aws" / "credentials"
    assert step.status == 0, step.log()
    assert file.stat().st_mode & 0o777 == 0o600
    assert step.outputs["aws-config-file"] == str(job.home / ".aws" / "config")
    assert job.post().status == 0
    assert not file.exists()


def test_the_end_of_a_job_that_failed_takes_everything_back_too(
    job: OnRunner, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "aws-profile": "deploy"}
    assert job.step(inputs, **github_issuer.environment()).status == 0
    assert job.run("false").status == 1
    # Whatever a later step did to the path: the Python of the step is used again.
    end = job.post(PATH="/nonexistent")
    assert end.status == 0, end.log()
    assert not (job.home / ".aws").exists()


def test_cleaning_up_is_left_out_when_asked(job: OnRunner, account: Account, github_issuer: GithubIssuer) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "aws-profile": "deploy"}
    assert job.step(inputs, **github_issuer.environment()).status == 0
    assert job.post(AWS_SKIP_CLEANUP_STEP="true").status == 0
    assert (job.home / ".aws" / "credentials").exists()


def test_a_refusal_has_the_same_status_and_leaves_nothing(job: OnRunner, aws: StsFront, account: Account) -> None:
    with GithubIssuer() as github:
        aws.faults.append(faults.access_denied())
        step = job.step({"role-to-assume": github_role(account, github)}, **github.environment())
    step.assert_refused(5, "role-refused")


def test_a_token_file_outside_the_workspace_is_read(
    job: OnRunner, account: Account, github_issuer: GithubIssuer, tmp_path: Path
) -> None:
    token = tmp_path / "elsewhere" / "token"
    token.parent.mkdir()
    token.write_text(github_issuer.token_for(GITHUB_AUDIENCE))
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, "web-identity-token-file": str(token)})
    assert step.status == 0, step.log()


@pytest.fixture
def with_index(job: OnRunner, index: StandIn) -> OnRunner:
    job.environ["PIP_INDEX_URL"] = f"{index.url}/simple/"
    return job


def test_credentials_of_the_runners_user_are_found(with_index: OnRunner, account: Account) -> None:
    arn, keys = user(account)
    (with_index.home / ".aws").mkdir()
    (with_index.home / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {keys.key_id}\naws_secret_access_key = {keys.secret}\n"
    )
    step = with_index.step({"role-to-assume": role_for(account, arn), "token-source": "ambient"})
    assert step.status == 0, step.log()
    assert (step.stderr, step.outputs["aws-account-id"]) == ("", account.number)


class Instance(StandIn):
    """The metadata service of an EC2 instance, version 2 (EC2 user guide, "Retrieve instance metadata")."""

    def __init__(self, keys: dict[str, str]) -> None:
        super().__init__()
        self._keys = keys

    def answer(self, request: Request) -> Response:
        if request.method == "PUT":
            return Response(200, b"a-session-of-the-metadata-service", "text/plain")
        if request.path.endswith("/security-credentials/"):
            return Response(200, b"runner", "text/plain")
        return Response.of_json(200, self._keys)


def test_credentials_of_the_instance_are_found(
    with_index: OnRunner, account: Account, github_issuer: GithubIssuer
) -> None:
    first = github_role(account, github_issuer, name="runner")
    may_assume(account, "runner")
    given = with_index.step({"role-to-assume": first}, **github_issuer.environment()).credentials
    kept = {name: value for name, value in with_index.environ.items() if not name.startswith("AWS_")}
    with_index.environ = kept
    keys = {"Code": "Success", "Type": "AWS-HMAC", "Expiration": "2099-01-01T00:00:00Z", "LastUpdated": "x"}
    keys |= {"AccessKeyId": given["AccessKeyId"], "SecretAccessKey": given["SecretAccessKey"]}
    with Instance(keys | {"Token": given["SessionToken"]}) as instance:
        role = role_for(account, first)
        endpoint = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url}
        step = with_index.step({"role-to-assume": role, "token-source": "ambient"}, **endpoint)
    assert step.status == 0, step.log()
    assert (step.stderr, step.outputs["role-arn"]) == ("", role)


def test_nothing_of_the_workspace_or_of_pythons_variables_runs(
    job: OnRunner, account: Account, github_issuer: GithubIssuer, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    for folder in (job.workspace, job.workspace / "okta_aws", tmp_path / "hostile"):
        folder.mkdir(exist_ok=True)
        for name in ("sitecustomize", "usercustomize", "json", "libraries", "__init__", "action", "ssl"):
            (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    hostile = {"PYTHONPATH": str(tmp_path / "hostile"), "PYTHONHOME": str(tmp_path), "PYTHONSTARTUP": "json.py"}
    step = job.step({"role-to-assume": github_role(account, github_issuer)}, **github_issuer.environment(), **hostile)
    assert step.status == 0, step.log() + step.stderr
    assert not mark.exists()


def test_a_cancelled_step_ends_at_once_and_leaves_nothing(
    job: OnRunner, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    aws.faults.append(faults.hang(30))

    def cancel(process: subprocess.Popen[bytes]) -> None:
        while not aws.requests:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)

    job.watch = cancel
    step = job.step({"role-to-assume": github_role(account, github_issuer)}, **github_issuer.environment())
    assert step.status == 130, step.log()
    assert "cancelled" in step.log()
    assert (step.variables, step.outputs) == ({}, {})
    assert step.state.keys() <= {"python", "written"}
    assert step.seconds < 30
    assert REGION not in step.variables.values()
