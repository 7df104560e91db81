# SPDX-License-Identifier: Apache-2.0
"""Each way in which a plan must not be applied: refused with its reason, and nothing written or begun."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fakes.github_api import BOT, approved_run, reviewers, stamp
from fakes.sealing import DIRECTORY, LOCK, MAP, PLAN_FREE, STATE_KEY, StateStore, Story, code
from okta_aws.flows.approval.parties import Place, seal_key

OTHER = PLAN_FREE.replace("first", "second")
PROVIDER = f"""\
provider "registry.terraform.io/hashicorp/aws" {{
  version = "5.100.0"
  hashes = [
    "h1:{base64.b64encode(hashlib.sha256(b"one").digest()).decode()}",
  ]
}}
"""


@pytest.fixture(scope="module")
def other_plan(store: StateStore) -> bytes:
    """Another plan."""
    return store.plan(code(OTHER))


@pytest.fixture
def approved(story: Story, plan: bytes) -> Story:
    """A plan that is sealed and approved: verify would hand it out."""
    story.sealed(plan)
    story.github.review(story.pull, "olga")
    return story


def seal_of(story: Story) -> str:
    """The key of the seal in the bucket."""
    (found,) = [key for key in story.keys("sealed/") if key.endswith("seal.json")]
    return found


# Approvals


def test_a_plan_that_nobody_approved(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    told = story.refused()
    assert "not-approved" in told
    assert "no review" in told
    assert "no review" in story.outcome


def test_an_approval_by_the_author(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.files[story.main, ".github/approvers.yml"] = MAP.replace("olga", "arthur")
    story.github.put_review(story.pull, "arthur")
    assert "author's own approval" in story.refused()


def test_an_approval_before_the_comment(story: Story, plan: bytes) -> None:
    story.github.review(story.pull, "olga")
    story.github.pass_time(-3600)
    story.pull.reviews[0]["submitted_at"] = story.github.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    story.sealed(plan)
    assert "approved before the plan was shown" in story.refused()


def test_an_approval_before_the_seal_by_a_clock_of_github_that_is_behind(approved: Story) -> None:
    now = approved.github.now
    approved.plan_comment["updated_at"] = stamp(now - timedelta(hours=2))
    approved.pull.reviews[0]["submitted_at"] = stamp(now - timedelta(hours=1))
    assert "approved before the plan was shown" in approved.refused()


def test_an_approval_of_a_plan_that_was_shown_anew_after_it(approved: Story, plan: bytes) -> None:
    approved.sealed(plan)
    assert "approved before the plan was shown" in approved.refused()


def test_an_approval_of_an_older_head(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.review(story.pull, "olga", commit="a" * 40)
    assert f"approved commit {'a' * 12}" in story.refused()


def test_an_approval_by_a_stranger(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.teams["acme/platform"] = {"tamara": "active"}
    story.github.review(story.pull, "mallory")
    token = story.github.token("app", frozenset({"members"}))
    assert "mallory: not entitled" in story.refused(OKTA_AWS_APPROVER_TOKEN=token)


def test_an_approval_whose_membership_cannot_be_told(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.teams["acme/platform"] = {"tamara": "active"}
    story.github.review(story.pull, "tamara")
    blind = story.github.token("app", frozenset())
    assert "cannot be told" in story.refused(OKTA_AWS_APPROVER_TOKEN=blind)
    assert "cannot be told" in story.refused()


def test_somebody_who_was_asked_into_the_team_and_has_not_come_yet(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.teams["acme/platform"] = {"tamara": "pending"}
    story.github.review(story.pull, "tamara")
    token = story.github.token("app", frozenset({"members"}))
    assert "tamara: not entitled" in story.refused(OKTA_AWS_APPROVER_TOKEN=token)


def test_an_environment_that_also_asks_somebody_whom_the_map_does_not_entitle(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    story.github.environments["production"] = reviewers(users=("olga", "mallory"))
    story.github.runs["456"] = approved_run(story.github, "production", "mallory")
    assert "no review" in story.refused(GITHUB_RUN_ID="456")


def test_a_run_that_was_approved_before_the_plan_was_shown(story: Story, plan: bytes) -> None:
    story.github.environments["production"] = reviewers(users=("olga",))
    story.github.pass_time(-3600)
    story.github.runs["456"] = approved_run(story.github, "production", "olga")
    story.sealed(plan)
    assert "approved before the plan was shown" in story.refused(GITHUB_RUN_ID="456")


def test_a_pull_request_that_names_its_own_approvers(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    mine = MAP.replace("olga", "mallory")
    story.pull.merge_commit = story.github.commit("main", {".github/approvers.yml": mine})
    story.github.review(story.pull, "mallory")
    told = story.refused(OKTA_AWS_MERGE_COMMIT=story.pull.merge_commit)
    assert "mallory" in told
    assert "not-approved" in told


def test_an_approver_who_was_taken_out_of_the_map_since(approved: Story) -> None:
    approved.github.commit("main", {".github/approvers.yml": MAP.replace("olga", "oscar")})
    assert "olga: whether in GitHub team acme/platform cannot be told" in approved.refused()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version: 1\nprojects: [", "line 2"),
        (
            "version: 1\nprojects:\n  - directory: stacks/*\n    apply:\n      users: []\n",
            "line 4: wanted at least one of teams",
        ),
        ("version: 1\nprojects:\n  - directory: other\n    apply:\n      users: [olga]\n", "no entry of the map"),
        ("version: 1\nprojects:\n  - directory: stacks/*\n    apply:\n      teams: [platform]\n", "line 5"),
    ],
    ids=["no YAML", "nobody", "about nothing", "a team without organisation"],
)
def test_a_map_that_entitles_nobody(approved: Story, text: str, reason: str) -> None:
    approved.github.commit("main", {".github/approvers.yml": text})
    assert reason in approved.refused()


def test_no_map_at_all(approved: Story) -> None:
    assert "wanted a file, found none" in approved.refused(OKTA_AWS_MAP=".github/none.yml")


# What was sealed


def test_a_plan_file_that_was_swapped_by_a_newer_version_is_not_the_one_that_is_handed_out(
    approved: Story, plan: bytes, other_plan: bytes
) -> None:
    approved.put(approved.plan_bucket, "infra/7/123-1/plan", other_plan)
    assert approved.verify().status == 0
    assert approved.output.read_bytes() == plan


def test_a_statement_that_was_pointed_at_another_plan(approved: Story, other_plan: bytes) -> None:
    version = approved.put(approved.plan_bucket, "infra/7/123-1/plan", other_plan)
    sealed = json.loads(approved.read(seal_of(approved)))
    statement = json.loads(sealed["statement"])
    statement |= {"plan_version": version, "plan_sha256": hashlib.sha256(other_plan).hexdigest()}
    sealed["statement"] = json.dumps(statement, sort_keys=True, separators=(",", ":"))
    approved.put(approved.plan_bucket, seal_of(approved), json.dumps(sealed).encode())
    assert "not signed by the key" in approved.refused()


def test_a_plan_that_is_gone(approved: Story) -> None:
    s3 = approved.aws("s3")
    s3.delete_object(
        Bucket=approved.plan_bucket,
        Key="infra/7/123-1/plan",
        VersionId=approved.claim["OKTA_AWS_PLAN_VERSION"],
    )
    s3.close()
    assert "is not the one that was sealed" in approved.refused()


def test_a_text_that_was_swapped(approved: Story) -> None:
    (key,) = [key for key in approved.keys("sealed/") if "text-" in key]
    approved.put(approved.plan_bucket, key, b"no changes\n")
    assert "the text at" in approved.refused()


def test_a_comment_that_was_edited_before_the_approval(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    body = str(story.plan_comment["body"])
    story.github.edit(story.plan_comment, body.replace("1 to create", "no changes"))
    story.github.review(story.pull, "olga")
    assert "is not the one that was sealed" in story.refused()


def test_a_comment_that_was_edited_and_set_right_again_after_the_approval(approved: Story) -> None:
    body = str(approved.plan_comment["body"])
    approved.github.edit(approved.plan_comment, "something else")
    approved.github.edit(approved.pull.comments[0], body)
    assert "approved before the plan was shown" in approved.refused()


def test_a_comment_that_was_taken_away(approved: Story) -> None:
    approved.pull.comments.clear()
    assert "wanted one comment with this plan" in approved.refused()


def test_a_second_comment_that_claims_to_be_the_plan(approved: Story) -> None:
    body = str(approved.plan_comment["body"])
    approved.github.comment(approved.pull, BOT, body.replace("1 to create", "no changes"))
    assert "found 2" in approved.refused()


def test_the_same_comment_by_somebody_else_is_not_ours(approved: Story) -> None:
    body = str(approved.plan_comment["body"])
    approved.pull.comments.clear()
    approved.github.comment(approved.pull, "mallory", body)
    assert "found 0" in approved.refused()


def test_a_signature_of_another_key(story: Story, plan: bytes) -> None:
    story.upload(plan)
    assert story.seal(OKTA_AWS_KMS_KEY=story.new_key()).status == 0
    story.github.pass_time(60)
    story.github.review(story.pull, "olga")
    assert "not signed by the key" in story.refused()


def test_a_seal_that_is_missing(story: Story) -> None:
    assert "seal-missing" in story.refused()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"statement": 1, "signature": 2}', b"\xff", b"[" * 60000],
    ids=lambda body: str(body[:20]),
)
def test_a_seal_that_is_none(approved: Story, body: bytes) -> None:
    approved.put(approved.plan_bucket, seal_of(approved), body)
    assert "seal-broken" in approved.refused()


def test_a_seal_about_another_state_than_the_caller_wants(approved: Story) -> None:
    told = approved.refused(OKTA_AWS_STATE_KEY="infra/other.tfstate")
    assert "seal-broken" in told
    assert "state key: wanted infra/other.tfstate, sealed" in told


@pytest.mark.parametrize(
    "place",
    [
        Place("stacks/other", "default", "production"),
        Place(DIRECTORY, "stage", "production"),
        Place(DIRECTORY, "default", "staging"),
    ],
    ids=lambda place: place.name,
)
def test_a_seal_that_was_copied_to_another_place(approved: Story, place: Place) -> None:
    key = seal_key(approved.github.repository_id, approved.pull.number, place)
    approved.put(approved.plan_bucket, key, approved.read(seal_of(approved)))
    environ = {
        "OKTA_AWS_DIRECTORY": place.directory,
        "OKTA_AWS_WORKSPACE": place.workspace,
        "OKTA_AWS_ENVIRONMENT": place.environment,
    }
    told = approved.refused(**environ)
    assert re.search("because: (directory|workspace|environment): wanted", told)


def test_the_seal_of_one_environment_is_none_of_another(approved: Story) -> None:
    assert "seal-missing" in approved.refused(OKTA_AWS_ENVIRONMENT="staging")


# What is there now


def test_a_head_that_moved_on(approved: Story) -> None:
    approved.pull.head = approved.github.commit("change", {f"{DIRECTORY}/more.tf": ""})
    told = approved.refused()
    assert "plan-stale" in told
    assert approved.pull.head in told


def test_a_state_that_was_written_since(story: Story, plan: bytes) -> None:
    story.put(story.state_bucket, STATE_KEY, b"one")
    story.sealed(plan)
    story.github.review(story.pull, "olga")
    story.put(story.state_bucket, STATE_KEY, b"two")
    assert "state version: wanted" in story.refused()


def test_a_state_that_came_into_being_since(approved: Story) -> None:
    approved.put(approved.state_bucket, STATE_KEY, b"one")
    assert "sealed none" in approved.refused()


def test_a_pull_request_that_was_closed(approved: Story) -> None:
    approved.pull.state = "closed"
    assert "closed and not merged" in approved.refused()


def test_a_pull_request_that_was_pointed_at_another_branch(approved: Story) -> None:
    approved.pull.base = "mine"
    assert "wanted a pull request to main" in approved.refused()


def test_a_push_without_a_pull_request(approved: Story) -> None:
    commit = approved.github.commit("main", {})
    assert "found 0" in approved.refused(OKTA_AWS_MERGE_COMMIT=commit)


def test_two_applies_at_once_hand_out_one_plan(approved: Story) -> None:
    paths = [approved.folder / f"{number}.out" for number in range(3)]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda path: approved.command("verify", "--plan-output", str(path)), paths))
    assert sorted(one.status for one in done) == [0, 11, 11], [one.err for one in done]
    assert sum(path.exists() for path in paths) == 1


def test_all_reasons_are_told_together(approved: Story) -> None:
    approved.put(approved.state_bucket, STATE_KEY, b"one")
    approved.pull.head = approved.github.commit("change", {})
    told = approved.refused()
    assert told.count("because: ") == 3
    assert "approved commit" in told


# What cannot be sealed


def assert_not_sealed(story: Story, reason: str, **environ: str) -> None:
    done = story.seal(**environ)
    assert done.status == 11, done.err
    assert reason in done.err
    assert story.keys("sealed/") == []
    assert story.comments("<!-- okta-aws-plan") == []
    assert reason.partition("\n")[0] in story.outcome


def test_a_pull_request_that_changes_the_lock_file(story: Story, plan: bytes) -> None:
    story.github.commit("main", {f"{DIRECTORY}/{LOCK}": PROVIDER})
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/{LOCK}": PROVIDER.replace("5.100.0", "5.99.0")})
    story.upload(plan)
    assert_not_sealed(story, "merge the lock file first")


def test_a_provider_whose_hash_was_swapped_in_the_lock_file(story: Story, plan: bytes) -> None:
    story.github.commit("main", {f"{DIRECTORY}/{LOCK}": PROVIDER})
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/{LOCK}": PROVIDER.replace("h1:", "h1:x")})
    story.upload(plan)
    assert_not_sealed(story, "has other hashes")


def test_a_plan_made_with_other_providers_than_the_lock_files(story: Story, plan: bytes) -> None:
    story.github.commit("main", {f"{DIRECTORY}/{LOCK}": PROVIDER})
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/{LOCK}": PROVIDER})
    story.upload(plan)
    assert_not_sealed(story, "is in the lock file of the base branch alone")


def test_a_lock_file_that_terraform_did_not_write(story: Story, plan: bytes) -> None:
    hostile = PROVIDER.replace("5.100.0", '5.100.0" # ${file("/etc/passwd")}')
    story.github.commit("main", {f"{DIRECTORY}/{LOCK}": hostile})
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/{LOCK}": hostile})
    story.upload(plan)
    assert_not_sealed(story, "wanted version, constraints or hashes")


def test_a_plan_of_an_older_commit(story: Story, plan: bytes) -> None:
    story.upload(plan)
    assert_not_sealed(story, "planned was commit", OKTA_AWS_HEAD="b" * 40)


def test_a_pull_request_of_a_fork(story: Story, plan: bytes) -> None:
    story.pull.fork = True
    story.upload(plan)
    assert_not_sealed(story, "found one of a fork")


def test_a_pull_request_that_was_closed_before_it_was_sealed(story: Story, plan: bytes) -> None:
    story.pull.state = "closed"
    story.upload(plan)
    assert_not_sealed(story, "the pull request is closed already")


def test_a_pull_request_to_a_branch_with_its_own_map_and_lock_file(story: Story, plan: bytes) -> None:
    story.github.commit("mine", {".github/approvers.yml": MAP})
    story.pull.base = "mine"
    story.upload(plan)
    assert_not_sealed(story, "wanted a pull request to main")


@pytest.mark.parametrize("body", [b"{}", b"PK\x03\x04", b"x" * 100], ids=["Terraform Cloud's", "broken", "no archive"])
def test_a_file_that_is_no_plan(story: Story, body: bytes) -> None:
    story.upload(body)
    assert_not_sealed(story, "wanted a plan file of Terraform")


def test_a_version_that_the_plan_job_made_up(story: Story, plan: bytes) -> None:
    story.upload(plan)
    assert_not_sealed(story, "found no such version", OKTA_AWS_PLAN_VERSION="00000000-0000-4000-8000-000000000000")
