# SPDX-License-Identifier: Apache-2.0
"""use-terraform.yml, called from another repository, beyond the tutorial: other inputs, failures, events.

Terraform, its AWS provider, our commands and our roles (terraform/examples/plan-apply) are real. What a seal refuses in
detail is proven in tests/integration.
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes import faults
from okta_aws.demo.web import Request
from workflows.callers import REPOSITORY_ID, Caller
from workflows.terraform_world import WORKSPACE, World, comment_of, pushed

# Terraform starts a provider of several hundred megabytes for each of its commands.
pytestmark = pytest.mark.timeout(900)
MAP = """version: 1
projects:
  - directory: site
    workspace: eu
    apply:
      users: [octocat]
      teams: [acme/platform]
"""
# The apply role may write the first page, and not the second.
PARTLY = """# SPDX-License-Identifier: Apache-2.0
terraform {
  backend "s3" {}
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81, < 7"
    }
  }
}

provider "aws" {}

variable "page" {
  type = string
}

variable "more" {
  type = string
}

resource "aws_s3_object" "first" {
  bucket  = "acme-site"
  key     = "first.html"
  content = var.page
}

resource "aws_s3_object" "second" {
  bucket     = "acme-terraform-plans"
  key        = "second.html"
  content    = var.more
  depends_on = [aws_s3_object.first]
}
"""
VARIABLES = {
    "site/page.tfvars": 'page = "a part"\n',
    # A name that would be a command, were it put into a script.
    "site/more of $(touch stolen) it.tfvars": 'more = "not to be had"\n',
}
OPEN = """
resource "aws_iam_role" "open" {
  name = "open"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRoleWithWebIdentity" }]
  })
}
"""


def is_written_state(request: Request) -> bool:
    return request.method == "PUT" and request.path.endswith("site/terraform.tfstate")


def test_what_was_applied_before_a_failure_is_saved_and_told(site: World) -> None:
    """By another program, in another workspace, with tokens of Okta, approved by a member of a team."""
    site.caller.commit("A team", {".github/approvers.yml": MAP})
    site.publish("main", site.caller.head())
    site.api.teams["acme/platform"] = {"tess": "active"}
    given = {"WORKSPACE": WORKSPACE, "PROGRAM": "tofu", **site.with_okta}
    pull = site.open_pull(8, {"site/main.tf": PARTLY, **VARIABLES})
    site.api.put_review(pull, "octocat")
    older, pull.reviews[0]["commit_id"] = "a" * 40, "a" * 40
    tokens = site.account.front.exchanges
    planned = site.run("pull_request", site.pull_request(pull), "everything", **given)
    assert planned.succeeded, planned.log
    assert site.account.front.exchanges == tokens + 2
    assert {one["job"]: one["wrapper"] for one in site.caller.recorded("setup-opentofu")} == dict.fromkeys(
        ("plan", "seal"), "false"
    )
    assert not (site.caller.work / "stolen").exists()

    # An approval of an older commit, the author's own, one that cannot be told; and the state is written meanwhile.
    merge = site.merge(pull)
    site.catch_up()
    for login in ("bob", "tess"):
        site.api.put_review(pull, login)
    pull.reviews[0]["submitted_at"] = pull.reviews[-1]["submitted_at"]
    version = site.write_state()
    before = site.untouched()
    blind = site.api.token("app", frozenset())
    refused = site.run("push", pushed(merge), "everything", APPROVER_TOKEN=blind, **given)
    assert not refused.succeeded
    for reason in (
        f"octocat: approved commit {older[:12]}",
        "bob: the author's own approval",
        "tess: whether in GitHub team acme/platform cannot be told",
        "state version: wanted",
    ):
        assert reason in refused.log
    assert site.untouched() == before
    site.take_back(version)

    # With a token that may read members, tess counts. The second page fails, and the first try to save the state too.
    site.account.front.faults.append(faults.access_denied().at(is_written_state))
    failed = site.run("push", pushed(merge), "everything", **given)
    assert not failed.succeeded
    assert site.account.front.faults == [], "the state was not to be saved at once"
    assert site.site()["first.html"] == "a part"
    assert site.in_state() == ["first"]
    assert "A part may have been applied" in comment_of(pull, "okta-aws-outcome")

    # How to go on: a new plan shows what is left.
    drifted = site.run("schedule", {}, "everything", **given)
    assert not drifted.succeeded
    assert "1 to create" in drifted.log
    assert site.in_state() == ["first"], "looking for drift mends nothing"


def test_a_finding_in_a_plan_stops_it_before_it_is_sealed(site: World) -> None:
    # In place of what is there, whatever pull requests before it merged.
    pull = site.open_pull(9, {"site/main.tf": OPEN.lstrip("\n")})
    before = site.objects("acme-terraform-plans")
    planned = site.run("pull_request", site.pull_request(pull))
    assert not planned.succeeded
    assert "any-principal" in planned.log
    assert site.objects("acme-terraform-plans") == before
    assert pull.comments == []


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
    run = caller.run("everything", "pull_request", payload, variables={"ENVIRONMENT": "production"})
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
    run = caller.run("everything", event, payload, variables={"ENVIRONMENT": environment})
    assert not run.succeeded
    assert said in run.log
    assert caller.recorded("setup-terraform") == []
