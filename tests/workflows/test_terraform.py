# SPDX-License-Identifier: Apache-2.0
"""use-terraform.yml, called from another repository: the story of a change, and what strangers try.

Terraform, its AWS provider, our commands and our roles (terraform/examples/plan-apply) are real. What a seal refuses in
detail is proven in tests/integration.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes.package_index import PackageIndex
from okta_aws.demo.emulator import Emulator
from workflows.callers import REPOSITORY_ID, Caller
from workflows.terraform_world import World, comment_of, world

# Terraform starts a provider of several hundred megabytes for each of its commands.
pytestmark = pytest.mark.timeout(900)
# A stranger's script: what it tries with the tokens that its job may have, and what it was told.
ATTACK = """
import json, os, urllib.request
import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

request = urllib.request.Request(
    os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=sts.amazonaws.com",
    headers={"Authorization": "Bearer " + os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]},
)
token = json.load(urllib.request.urlopen(request))["value"]
place = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "eu-west-1"}
sts = boto3.client("sts", config=Config(signature_version=UNSIGNED), **place)


def session(role):
    answer = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="attack", WebIdentityToken=token)
    keys = answer["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def tried(name, act):
    try:
        act()
        print("ATTACK", name, "done")
    except ClientError as error:
        print("ATTACK", name, error.response["Error"]["Code"])


tried("seal role", lambda: session(os.environ["SEAL_ROLE"]))
tried("apply role", lambda: session(os.environ["APPLY_ROLE"]))
plan = session(os.environ["PLAN_ROLE"])
s3 = plan.client("s3", **place)
kms = plan.client("kms", **place)
plans = os.environ["PLAN_BUCKET"]
tried("sign", lambda: kms.sign(KeyId=os.environ["KMS_KEY"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256"))
tried("another seal", lambda: s3.put_object(Bucket=plans, Key="sealed/2000002/7/seal.json", Body=b"{}"))
tried("a mark", lambda: s3.put_object(Bucket=plans, Key="applied/2000002/0.json", Body=b"{}"))
tried("read plans", lambda: s3.get_object(Bucket=plans, Key="infrastructure/7/101-1/plan"))
tried("state", lambda: s3.put_object(Bucket=os.environ["STATE_BUCKET"], Key=os.environ["STATE_KEY"], Body=b"{}"))
tried("another plan", lambda: s3.put_object(Bucket=plans, Key="infrastructure/7/101-1/plan", Body=b"PK"))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator, index: PackageIndex) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world"), emulator, index) as made:
        yield made


def pushed(commit: str) -> dict[str, Any]:
    return {"after": commit, "deleted": False}


def test_a_change_is_planned_sealed_approved_applied_and_watched(site: World) -> None:
    pull = site.open_pull("second", {"attack.py": ATTACK})
    site.api.put_review(pull, "alice")  # before there is anything to see
    site.catch_up()
    planned = site.run("pull_request", site.pull_request(pull))
    assert planned.succeeded, planned.log
    shown = comment_of(pull, "okta-aws-plan")
    assert "aws_s3_object.page" in shown
    assert "second" in shown
    assert {given["ref"] for given in site.caller.recorded("checkout")} == {pull.head}
    assert [given["job"] for given in site.caller.recorded("checkout")] == ["plan"], "the seal checks nothing out"

    # The author's own workflow asks for tokens, tries to sign, and puts other bytes in the place of the plan.
    attacked = site.run("pull_request", site.pull_request(pull), workflow="attack")
    assert attacked.succeeded, attacked.log
    said = dict(line.removeprefix("ATTACK ").rsplit(" ", 1) for line in attacked.log.splitlines() if "ATTACK " in line)
    assert said.pop("another plan") == "done", "the plan role may put plans; the seal names the version"
    assert set(said) == {"seal role", "apply role", "sign", "another seal", "a mark", "read plans", "state"}
    assert set(said.values()) <= {"AccessDenied", "AccessDeniedException"}

    merge = site.merge(pull)
    before = site.untouched()
    refused = site.run("push", pushed(merge))
    assert not refused.succeeded
    assert "alice: approved before the plan was shown" in refused.log
    assert "alice: approved before the plan was shown" in comment_of(pull, "okta-aws-outcome")
    assert site.untouched() == before
    assert site.page() == ""

    site.catch_up()
    site.api.put_review(pull, "alice")
    with ThreadPoolExecutor(2) as pool:
        by_push = pool.submit(site.run, "push", pushed(merge))
        by_hand = pool.submit(site.run, "workflow_dispatch", {"inputs": {"pull-request": "7"}}, "by-hand")
    runs = [by_push.result(), by_hand.result()]
    assert sorted(run.succeeded for run in runs) == [False, True], "\n".join(run.log for run in runs)
    (second,) = [run for run in runs if not run.succeeded]
    assert "began this plan" in second.log
    assert site.page() == "second"

    assert site.run("schedule", {}).succeeded
    site.change_page("defaced")
    drifted = site.run("schedule", {})
    assert not drifted.succeeded
    assert "1 to change" in drifted.log
    assert site.page() == "defaced", "looking for drift mends nothing"


PULL: dict[str, Any] = {
    "number": 7,
    "head": {"repo": {"id": REPOSITORY_ID}, "sha": "0" * 40},
    "base": {"ref": "main", "repo": {"id": REPOSITORY_ID}},
}
FORK: dict[str, Any] = {**PULL, "head": {**PULL["head"], "repo": {"id": 9}}}
OTHER_BASE: dict[str, Any] = {**PULL, "base": {**PULL["base"], "ref": "release"}}


@pytest.mark.parametrize(
    ("pull_request", "said"),
    [(FORK, "GitHub gives pull requests of forks no token"), (OTHER_BASE, "into the default branch is planned")],
    ids=["a fork", "another base"],
)
def test_what_cannot_be_planned_is_told_and_is_no_failure(
    caller: Caller, pull_request: dict[str, Any], said: str
) -> None:
    payload = {"action": "opened", "number": 7, "pull_request": pull_request}
    run = caller.run("terraform", "pull_request", payload, variables={"ENVIRONMENT": "production"})
    assert run.succeeded, run.log
    assert said in run.log
    assert caller.recorded("setup-terraform") == []


@pytest.mark.parametrize(
    ("event", "payload", "environment", "said"),
    [
        ("push", {}, "Terraform-Seal", "in terraform-seal plans are signed"),
        ("issue_comment", {"issue": {"number": 7}, "comment": {"body": "apply"}}, "production", "wanted one of pull_"),
        ("push", {"ref": "refs/heads/other"}, "production", "wanted a run on the default branch"),
    ],
    ids=["the seal's environment", "a comment", "another branch"],
)
def test_a_run_that_must_not_be_is_refused_before_any_role(
    caller: Caller, event: str, payload: dict[str, Any], environment: str, said: str
) -> None:
    run = caller.run("terraform", event, payload, variables={"ENVIRONMENT": environment})
    assert not run.succeeded
    assert said in run.log
    assert caller.recorded("setup-terraform") == []
