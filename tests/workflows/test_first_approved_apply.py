# SPDX-License-Identifier: Apache-2.0
"""The tutorial, followed to its end: its files, its commands, its workflow; and what a stranger tries meanwhile.

Terraform, its AWS provider, our commands and our roles (terraform/examples/plan-apply) are real. It is the first test
in its world (pytest goes by the files' names), as the tutorial is.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from workflows.terraform_world import World, comment_of, pushed

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
tried("read plans", lambda: s3.get_object(Bucket=plans, Key="infra/7/102-1/plan"))
tried("state", lambda: s3.put_object(Bucket=os.environ["STATE_BUCKET"], Key=os.environ["STATE_KEY"], Body=b"{}"))
tried("another plan", lambda: s3.put_object(Bucket=plans, Key="infra/7/102-1/plan", Body=b"PK"))
"""


def test_a_change_is_planned_sealed_approved_applied_and_watched(site: World) -> None:
    # Its third part ends with: "The run of this push fails".
    first = site.run("push", pushed(site.caller.head()))
    assert not first.succeeded
    assert "wanted one pull request merged as" in first.log

    # Its fourth part. Meanwhile somebody who may see the change approves before there is anything to see.
    page = site.caller.files("main")["site/main.tf"] + "\n" + site.tutorial.file("site/main.tf")
    pull = site.open_pull(7, {"site/main.tf": page, "attack.py": ATTACK})
    site.api.put_review(pull, "octocat")
    site.catch_up()
    planned = site.run("pull_request", site.pull_request(pull))
    assert planned.succeeded, planned.log
    shown = comment_of(pull, "okta-aws-plan")
    assert "aws_s3_object.page" in shown
    assert "It works." in shown
    assert {given["ref"] for given in site.caller.recorded("checkout")} == {pull.head}
    assert [given["job"] for given in site.caller.recorded("checkout")] == ["plan"], "the seal checks nothing out"

    # The author's own workflow asks for tokens, tries to sign, and puts other bytes in the place of the plan.
    attacked = site.run("pull_request", site.pull_request(pull), workflow="attack")
    assert attacked.succeeded, attacked.log
    said = dict(line.removeprefix("ATTACK ").rsplit(" ", 1) for line in attacked.log.splitlines() if "ATTACK " in line)
    assert said.pop("another plan") == "done", "the plan role may put plans; the seal names the version"
    assert set(said) == {"seal role", "apply role", "sign", "another seal", "a mark", "read plans", "state"}
    assert set(said.values()) <= {"AccessDenied", "AccessDeniedException"}

    # It is merged without an approval that counts.
    merge = site.merge(pull)
    site.catch_up()
    site.api.put_review(pull, "mallory")
    before = site.untouched()
    refused = site.run("push", pushed(merge))
    assert not refused.succeeded
    for reason in ("octocat: approved before the plan was shown", "mallory: not entitled"):
        assert reason in refused.log
        assert reason in comment_of(pull, "okta-aws-outcome")
    assert site.untouched() == before
    assert site.site() == {}

    # Its fifth and sixth part: an approval, and two runs at once that want to apply.
    site.catch_up()
    site.api.put_review(pull, "octocat")
    with ThreadPoolExecutor(2) as pool:
        by_push = pool.submit(site.run, "push", pushed(merge))
        by_hand = pool.submit(site.run, "workflow_dispatch", {"inputs": {"pull-request": "7"}}, "by-hand")
    runs = [by_push.result(), by_hand.result()]
    assert sorted(run.succeeded for run in runs) == [False, True], "\n".join(run.log for run in runs)
    (second,) = [run for run in runs if not run.succeeded]
    assert "began this plan" in second.log
    assert site.site() == {"index.html": "It works."}
    assert "Applied" in comment_of(pull, "okta-aws-outcome")

    # Its seventh part. Nothing of it was left out.
    assert site.run("schedule", {}).succeeded
    assert site.tutorial.left == []
