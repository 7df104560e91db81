# SPDX-License-Identifier: Apache-2.0
"""use-deploy.yml, called from another repository: a role, the caller's script, and nothing for strangers."""

from __future__ import annotations

import pytest

from fakes.package_index import PackageIndex
from fakes.world import Account, s3_client, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.github import GithubIssuer, Job
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from workflows.callers import REPOSITORY_ID, Caller

APP = "0oaSERVICEAPP0000000"
UPLOAD = """#!/usr/bin/env python3
import os, boto3
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
s3.put_object(Bucket=os.environ["BUCKET"], Key="allowed/site", Body=b"deployed")
"""
FORK = {
    "pull_request": {"number": 7, "head": {"repo": {"id": 9}}, "base": {"repo": {"id": REPOSITORY_ID}}},
    "number": 7,
}


def in_aws(account: Account, issuer: str, sub: str, aud: str) -> dict[str, str]:
    """A role that trusts one identity and may write to a bucket, as variables of the repository."""
    role = account.role(trust(account.provider(issuer, [aud]), sub=sub, aud=aud))
    return {"ROLE": role, "REGION": REGION, "AWS_ENDPOINT": account.front.url}


def deployed(account: Account, bucket: str) -> bool:
    with s3_client(account.front, account.number, account.emulator.admin_secret) as s3:
        return s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_script_of_the_checkout_has_the_role_that_github_s_token_gets(caller: Caller, account: Account) -> None:
    (caller.work / "ship").write_text(UPLOAD)
    (caller.work / "ship").chmod(0o755)
    caller.commit("A script")
    with GithubIssuer(Job(environment="production")) as github:
        variables = in_aws(account, github.issuer, github.job.subject(), "sts.amazonaws.com")
        bucket = account.bucket()
        variables |= {"ENVIRONMENT": "production", "SCRIPT": "ship"}
        environ = {**github.environment(), "AWS_ENDPOINT_URL": account.front.url, "BUCKET": bucket}
        run = caller.run("deploy", "push", variables=variables, environ=environ)
    assert run.succeeded, run.log
    assert deployed(account, bucket)
    (checkout,) = caller.recorded("checkout")
    assert checkout["persist-credentials"] == "false"


def test_a_text_is_run_as_it_stands_with_the_role_that_okta_s_token_gets(
    caller: Caller, account: Account, index: PackageIndex
) -> None:
    key = SigningKey.new("RS256")
    text = UPLOAD.removeprefix("#!/usr/bin/env python3\n").replace("deployed", "'$(exit 1)`exit 1`")
    with OktaIssuer([Client(APP, jwks=[key.public_jwk()])]) as okta:
        variables = in_aws(account, okta.issuer, APP, okta.audience)
        bucket = account.bucket()
        script = f"python3 - <<'END'\n{text}END\nfalse | true\necho not reached"
        variables |= {"OKTA_ISSUER": okta.issuer, "OKTA_CLIENT_ID": APP, "OKTA_KEY_ID": key.kid, "RUN": script}
        environ = {
            "PIP_INDEX_URL": f"{index.url}/simple/",
            "AWS_ENDPOINT_URL": account.front.url,
            "BUCKET": bucket,
        }
        secrets = {"OKTA_PRIVATE_KEY": key.pem()}
        run = caller.run("deploy", "push", variables=variables, secrets=secrets, environ=environ)
    assert not run.succeeded, "a failing part of a pipe has to fail the script"
    assert deployed(account, bucket)
    assert "\nnot reached" not in run.log


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"RUN": "true", "ENVIRONMENT": " Terraform-Seal"}, "terraform-seal is the one in which use-terraform signs"),
        ({"RUN": "true", "SCRIPT": "ship"}, "wanted one of the inputs run and script"),
    ],
    ids=["the seal's environment", "two scripts"],
)
def test_a_call_that_makes_no_sense_stops_before_the_job(caller: Caller, variables: dict[str, str], said: str) -> None:
    run = caller.run("deploy", "push", variables=variables)
    assert not run.succeeded
    assert said in run.log
    assert caller.recorded("checkout") == []


def test_a_fork_is_told_and_nothing_runs(caller: Caller) -> None:
    run = caller.run("deploy", "pull_request", FORK, variables={"RUN": "echo ran"})
    assert run.succeeded, run.log
    assert "GitHub gives pull requests of forks neither a token nor secrets" in run.log
    assert caller.recorded("checkout") == []
