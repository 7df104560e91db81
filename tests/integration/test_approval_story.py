# SPDX-License-Identifier: Apache-2.0
"""Plan, seal, approve, apply: each step by the real command, real Terraform, and stand-ins for GitHub and AWS."""

from __future__ import annotations

import hashlib
import html
import io
import json
import stat
import zipfile

from fakes.github_api import approved_run, reviewers
from fakes.sealing import LOCK, PLAN_FREE, PLAN_KEY, STATE_KEY, Story, below, code, planned, terraform
from fakes.terraform import TERRAFORM

SECRET = "to-be-seen-by-nobody"
SENSITIVE = f"""\
variable "secret" {{
  default   = "{SECRET}"
  sensitive = true
}}
resource "terraform_data" "secret" {{
  input = var.secret
}}
resource "terraform_data" "hostile" {{
  input = "one\\n```\\n@octocat <img src=x> \\u001b[31m\\u202e\\n</details>"
}}
"""


WITH_PROVIDER = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
resource "aws_iam_role" "open" {
  name = "open"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRoleWithWebIdentity" }]
  })
}
"""


def test_exactly_the_bytes_that_were_sealed_and_approved_are_handed_out(story: Story, plan: bytes) -> None:
    sealed = story.sealed(plan)
    assert sealed["plan-digest"] == hashlib.sha256(plan).hexdigest()
    assert sealed["changed"] == "true"
    story.github.review(story.pull, "olga")
    done = story.verify()
    assert done.status == 0, done.err
    said = json.loads(done.out)
    assert story.output.read_bytes() == plan
    assert stat.S_IMODE(story.output.stat().st_mode) == 0o600
    assert (said["head"], said["pull-request"], said["approved-by"]) == (story.pull.head, "7", "olga")


def test_what_was_handed_out_is_what_terraform_applies(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.review(story.pull, "olga")
    marker = json.loads(story.verify().out)["marker"]
    work = story.folder / "work"
    story.store.begin(work, code(PLAN_FREE))
    said = terraform(work, "apply", "-input=false", "-no-color", str(story.output), **story.store.environ)
    assert "1 added" in said
    assert b"terraform_data" in story.read(STATE_KEY, story.state_bucket)
    done = story.finish(marker, "success")
    assert json.loads(done.out) == {"applied": "true"}
    assert "Applied" in story.outcome
    assert json.loads(story.read(marker))["state"] == "applied"


def test_the_comment_shows_the_plan_and_hides_what_is_sensitive(story: Story) -> None:
    story.sealed(story.changed(code(SENSITIVE)))
    body = str(story.plan_comment["body"])
    assert "terraform_data.secret" in body
    assert "(sensitive value)" in body
    assert SECRET not in body
    assert "2 to create" in body
    assert not any(SECRET.encode() in story.read(key) for key in story.keys("sealed/"))


def test_hostile_text_in_a_plan_ends_no_fence_and_stays_printable(story: Story) -> None:
    story.sealed(story.changed(code(SENSITIVE)))
    body = str(story.plan_comment["body"])
    lines = body.split("\n")
    (fence,) = {line for line in lines if line.startswith("````") and line.strip("`") == ""}
    inside = lines[lines.index(f"{fence}text") + 1 : lines.index(fence)]
    assert any("@octocat" in line for line in inside)
    assert not any("octocat" in line for line in lines if line not in inside)
    assert body.replace("\n", "").isprintable()


def test_the_plan_job_says_what_it_put_where(story: Story, plan: bytes) -> None:
    (story.folder / "plan.out").write_bytes(plan)
    done = story.command("upload", "--plan", "plan.out", "--plan-key", PLAN_KEY)
    assert done.status == 0, done.err
    said = json.loads(done.out)
    assert said["plan-digest"] == hashlib.sha256(plan).hexdigest()
    story.claim = {"OKTA_AWS_PLAN_KEY": said["plan-key"], "OKTA_AWS_PLAN_VERSION": said["plan-version"]}
    assert story.seal().status == 0


def test_outputs_and_refusals_reach_the_job(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    outputs, summary = story.folder / "outputs", story.folder / "summary.md"
    story.refused(GITHUB_OUTPUT=str(outputs), GITHUB_STEP_SUMMARY=str(summary))
    assert not outputs.exists()
    assert "no review" in html.unescape(summary.read_text())
    story.github.review(story.pull, "olga")
    assert story.verify(GITHUB_OUTPUT=str(outputs)).status == 0
    assert f"\n{story.pull.head}\n" in outputs.read_text()


def test_a_second_plan_is_shown_in_the_same_comment(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    first = story.plan_comment["id"]
    story.sealed(story.changed(code(PLAN_FREE.replace("one", "other"))))
    assert story.plan_comment["id"] == first
    assert "terraform_data.other" in story.plan_comment["body"]


def test_the_pull_request_is_found_by_the_commit_that_merged_it(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.review(story.pull, "olga")
    story.pull.state = "closed"
    story.pull.merge_commit = story.github.commit("main", {})
    done = story.verify(OKTA_AWS_MERGE_COMMIT=story.pull.merge_commit)
    assert done.status == 0, done.err
    assert json.loads(done.out)["pull-request"] == "7"


def test_a_member_of_the_team_approves_where_the_token_may_read_members(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.teams["acme/platform"] = {"tamara": "active"}
    story.github.review(story.pull, "tamara")
    token = story.github.token("app", frozenset({"members"}))
    assert story.verify(OKTA_AWS_APPROVER_TOKEN=token).status == 0


def test_the_environments_own_reviewers_approve_where_the_map_entitles_all_of_them(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.environments["production"] = reviewers(users=("olga",), teams=("platform",))
    story.github.runs["456"] = approved_run(story.github, "production", "tamara")
    done = story.verify(GITHUB_RUN_ID="456")
    assert done.status == 0, done.err
    assert json.loads(done.out)["approved-by"] == "tamara"


def test_a_failed_apply_says_how_to_go_on_and_is_not_begun_again(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.review(story.pull, "olga")
    marker = json.loads(story.verify().out)["marker"]
    story.output.unlink()
    assert json.loads(story.finish(marker, "failure").out) == {"applied": "false"}
    assert "A part may have been applied" in story.outcome
    told = story.refused(GITHUB_RUN_ATTEMPT="2")
    assert "already-applied" in told
    assert "and failed" in told


def test_a_plan_with_the_real_provider_is_rendered_by_the_providers_of_the_base_branch(story: Story) -> None:
    plan = story.changed(code(WITH_PROVIDER))
    with zipfile.ZipFile(io.BytesIO(plan)) as archive:
        lock = archive.read(LOCK).decode()
    story.github.commit("main", below({LOCK: lock}))
    story.pull.head = story.github.commit("change", below({LOCK: lock}))
    story.environ["OKTA_AWS_TERRAFORM"] = str(TERRAFORM)
    sealed = story.sealed(plan)
    assert int(sealed["findings"]) > 0
    assert "aws_iam_role.open" in story.plan_comment["body"]
    assert "any-principal" in story.plan_comment["body"]
    story.github.review(story.pull, "olga")
    assert story.verify().status == 0


def test_drift_is_told_by_addresses_and_actions(story: Story) -> None:
    folder = story.folder / "code"
    planned(folder, {"main.tf": SENSITIVE})
    (story.folder / "plan.json").write_text(terraform(folder, "show", "-json", "plan.out"))
    summary = story.folder / "summary.md"
    done = story.command("drift", "--plan-json", "plan.json", GITHUB_STEP_SUMMARY=str(summary))
    assert done.status == 10
    assert json.loads(done.out) == {"drift": "true", "changes": "2"}
    assert "terraform" in summary.read_text()
    assert SECRET not in summary.read_text() + done.out + done.err


def test_no_drift_is_no_finding(story: Story) -> None:
    folder = story.folder / "code"
    planned(folder, {"main.tf": PLAN_FREE})
    terraform(folder, "apply", "-input=false", "-auto-approve")
    terraform(folder, "plan", "-input=false", "-out=plan.out")
    (story.folder / "plan.json").write_text(terraform(folder, "show", "-json", "plan.out"))
    done = story.command("drift", "--plan-json", "plan.json")
    assert (done.status, json.loads(done.out)) == (0, {"drift": "false", "changes": "0"})
