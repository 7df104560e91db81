# SPDX-License-Identifier: Apache-2.0
"""Where the action puts credentials, how far they reach, and what its end of the job takes back."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from fakes.job import Job, github_role
from fakes.tokens import unsigned_jwt
from fakes.world import Account, may_write
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.sts_front import StsFront

# What a later step does with the profile it finds: boto3, on its own, from its own environment.
WRITES = """
import sys, boto3
from botocore.exceptions import ClientError
profile, bucket, *keys = sys.argv[1:]
client = boto3.session.Session(profile_name=profile).client("s3")
for key in keys:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
        print("wrote", key)
    except ClientError as refusal:
        print(refusal.response["Error"]["Code"], key)
client.close()
"""
OTHERS = "# kept by hand\n[other]\naws_access_key_id = not-a-key\naws_secret_access_key = neither\n"


def test_a_profile_serves_later_steps_and_post_removes_exactly_it(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    folder = job.home / ".aws"
    folder.mkdir(mode=0o700)
    (folder / "credentials").write_text(OTHERS)
    step = job.step({"role-to-assume": role, "aws-profile": "deploy"}, **github_issuer.environment())
    assert (step.status, step.variables) == (0, {})
    assert step.outputs["aws-config-file"] == str(folder / "config")
    assert stat.S_IMODE((folder / "credentials").stat().st_mode) & 0o077 == 0
    keys = ["allowed/report", "elsewhere/report"]
    later = job.run(sys.executable, "-c", WRITES, "deploy", bucket, *keys, AWS_ENDPOINT_URL=aws.url)
    assert later.stdout.splitlines() == ["wrote allowed/report", "AccessDenied elsewhere/report"], later.stderr
    post = job.post()
    assert (post.status, post.stderr, post.variables) == (0, "", {})
    assert (folder / "credentials").read_text() == OTHERS
    assert not (folder / "config").exists()
    assert not list(folder.glob(".okta-aws-*"))


def test_post_removes_the_files_and_the_folder_that_the_step_made(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    before = sorted(job.home.rglob("*"))
    job.step({"role-to-assume": role, "aws-profile": "deploy"}, **github_issuer.environment())
    assert job.post().status == 0
    assert sorted(job.home.rglob("*")) == before


def test_post_leaves_a_profile_that_a_later_step_made_its_own(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    job.step({"role-to-assume": role, "aws-profile": "deploy"}, **github_issuer.environment())
    theirs = "[deploy]\naws_access_key_id = not-ours\naws_secret_access_key = neither\n"
    (job.home / ".aws/credentials").write_text(theirs)
    assert job.post().status == 0
    assert (job.home / ".aws/credentials").read_text() == theirs


def test_a_profile_that_is_there_is_refused_and_nothing_of_it_changes(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    (job.home / ".aws").mkdir(mode=0o700)
    (job.home / ".aws/credentials").write_text(OTHERS)
    inputs = {"role-to-assume": role, "aws-profile": "other"}
    step = job.step(inputs, **github_issuer.environment())
    step.assert_refused(7, "profile-exists")
    assert (job.home / ".aws/credentials").read_text() == OTHERS
    assert not (job.home / ".aws/config").exists()
    overwriting = job.step(inputs | {"overwrite-aws-profile": "true"}, **github_issuer.environment())
    assert overwriting.status == 0
    assert "not-a-key" not in (job.home / ".aws/credentials").read_text()


def test_post_blanks_each_variable_that_the_step_set(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    step = job.step({"role-to-assume": github_role(account, github_issuer)}, **github_issuer.environment())
    assert step.variables
    post = job.post()
    assert (post.status, post.stderr) == (0, "")
    assert post.variables == dict.fromkeys(step.variables, "")


def test_post_leaves_everything_where_the_cleanup_is_skipped(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "aws-profile": "deploy"}
    job.step(inputs | {"output-env-credentials": "true"}, **github_issuer.environment())
    post = job.post(AWS_SKIP_CLEANUP_STEP="true")
    assert (post.status, post.variables) == (0, {})
    assert "[deploy]" in (job.home / ".aws/credentials").read_text()


def test_post_after_a_step_that_was_refused_does_nothing(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    job.step({"role-to-assume": f"arn:aws:iam::{account.number}:role/deploy"}, **github_issuer.environment())
    post = job.post()
    assert (post.status, post.stdout, post.stderr, post.variables) == (0, "", "", {})


def test_post_never_fails_the_job_over_a_state_that_is_not_its_own(job: Job) -> None:
    post = job.post(STATE_written='{"variables": 5')
    assert (post.status, post.variables) == (0, {})
    (warning,) = post.commands("warning")
    assert "[export-failed]" in warning.properties["title"]


def test_a_planted_state_blanks_no_variable_but_ours_and_removes_no_file_of_others(job: Job) -> None:
    target = job.workspace / "precious"
    target.write_text("[deploy]\naws_access_key_id = theirs\n")
    profile = {
        "name": "deploy",
        "credentials_file": str(target),
        "config_file": str(target),
        "access_key_id": "ours",
        "region": REGION,
        "made": [str(target)],
    }
    planted = {"variables": ["PATH", "AWS_REGION"], "profile": profile}
    post = job.post(STATE_written=json.dumps(planted))
    assert post.variables == {"AWS_REGION": ""}
    assert target.read_text() == "[deploy]\naws_access_key_id = theirs\n"


def test_credentials_are_outputs_on_request_and_masked_before_they_are_written(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "output-credentials": "true"}
    bucket = account.bucket()
    step = job.step(inputs | {"output-env-credentials": "false"}, **github_issuer.environment())
    assert (step.status, step.variables) == (0, {})
    given = [step.outputs[f"aws-{name}"] for name in ("access-key-id", "secret-access-key", "session-token")]
    assert set(given) <= {command.data for command in step.commands("add-mask")}
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    assert may_write(aws, dict(zip(names, given, strict=True)), bucket, "allowed/report")


def test_an_output_that_cannot_be_written_takes_the_rest_back(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "aws-profile": "deploy"}
    inputs["output-env-credentials"] = "true"
    step = job.step(inputs, **github_issuer.environment(), GITHUB_OUTPUT=str(job.workspace))
    step.assert_refused(7, "unsafe-file")
    assert not list(job.home.rglob("*"))


def test_a_session_policy_narrows_what_the_role_may(
    job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    resource = f"arn:aws:s3:::{bucket}/allowed/reports/*"
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    step = job.step({"role-to-assume": role, "inline-session-policy": policy}, **github_issuer.environment())
    assert step.status == 0
    assert may_write(aws, step.credentials, bucket, "allowed/reports/one")
    assert not may_write(aws, step.credentials, bucket, "allowed/another")


def test_managed_policies_narrow_it_too(job: Job, aws: StsFront, account: Account, github_issuer: GithubIssuer) -> None:
    role = github_role(account, github_issuer)
    bucket = account.bucket()
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/allowed/reports/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = account.iam().create_policy(PolicyName="reports", PolicyDocument=document)["Policy"]["Arn"]
    step = job.step({"role-to-assume": role, "managed-session-policies": policy}, **github_issuer.environment())
    assert step.status == 0
    assert may_write(aws, step.credentials, bucket, "allowed/reports/one")
    assert not may_write(aws, step.credentials, bucket, "allowed/another")


@pytest.mark.parametrize("seconds", ["900", "7200"])
def test_the_session_is_as_long_as_was_asked_for(
    job: Job, account: Account, github_issuer: GithubIssuer, seconds: str
) -> None:
    role = github_role(account, github_issuer, longest_s=7200)
    asked_at = datetime.now(UTC)
    step = job.step({"role-to-assume": role, "role-duration-seconds": seconds}, **github_issuer.environment())
    assert step.status == 0
    lasts = datetime.fromisoformat(step.outputs["aws-expiration"]) - asked_at
    assert abs(lasts.total_seconds() - int(seconds)) < 30


def test_a_session_longer_than_the_role_allows_is_refused(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, "role-duration-seconds": "43200"}, **github_issuer.environment())
    step.assert_refused(5, "session-duration")


def test_the_session_has_the_name_that_was_asked_for(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    name = f"deploy-{secrets.token_hex(4)}"
    inputs = {"role-to-assume": github_role(account, github_issuer), "role-session-name": name}
    step = job.step(inputs, **github_issuer.environment())
    assert step.outputs["authenticated-arn"].endswith(f"/deploy/{name}")
    assert step.outputs["role-session-name"] == name


def test_a_masked_account_is_seen_nowhere_in_the_log(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    inputs = {"role-to-assume": github_role(account, github_issuer), "mask-aws-account-id": "true"}
    step = job.step(inputs, **github_issuer.environment(), RUNNER_DEBUG="1")
    assert step.status == 0
    assert account.number not in step.shown()
    assert step.outputs["aws-account-id"] == account.number


def test_a_masked_account_is_not_in_the_log_of_a_refusal_either(
    job: Job, account: Account, github_issuer: GithubIssuer
) -> None:
    role = github_role(account, github_issuer).replace("role/deploy", "role/deplyo")
    inputs = {"role-to-assume": role, "mask-aws-account-id": "true", "allowed-account-ids": account.number}
    step = job.step(inputs, **github_issuer.environment(), RUNNER_DEBUG="1")
    step.assert_refused(5, "role-refused")
    assert account.number not in step.shown()


def test_an_account_that_is_not_masked_is_seen(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    step = job.step({"role-to-assume": github_role(account, github_issuer)}, **github_issuer.environment())
    assert account.number in step.shown()


@pytest.mark.parametrize(("when", "is_told"), [("always", True), ("on-refusal", False), ("never", False)])
def test_the_summary_of_a_success_is_written_on_request(
    job: Job, account: Account, github_issuer: GithubIssuer, when: str, is_told: bool
) -> None:
    role = github_role(account, github_issuer)
    step = job.step({"role-to-assume": role, "summary": when}, **github_issuer.environment())
    assert step.status == 0
    assert (role in step.summary) is is_told
    assert bool(step.summary) is is_told


def test_the_summary_of_a_refusal_can_be_switched_off(job: Job, account: Account, github_issuer: GithubIssuer) -> None:
    role = f"arn:aws:iam::{account.number}:role/deploy"
    step = job.step({"role-to-assume": role, "summary": "never"}, **github_issuer.environment())
    assert (step.status, step.summary) == (5, "")


def test_a_job_that_is_cancelled_in_the_middle_ends_without_a_traceback(job: Job) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        inputs = {"sts-endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}", "web-identity-token-file": "token.jwt"}
        (job.workspace / "token.jwt").write_text(unsigned_jwt(iss="https://i.invalid", sub="s", aud="a"))

        def cancel(process: subprocess.Popen[bytes]) -> None:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                while connection.recv(65536):
                    pass

        job.watch = lambda process: threading.Thread(target=cancel, args=[process]).start()
        step = job.step({"role-to-assume": "arn:aws:iam::123456789012:role/a", **inputs})
    assert step.status == 130
    assert "cancelled" in step.log()
    assert "Traceback" not in step.log()
    assert step.variables == {}
