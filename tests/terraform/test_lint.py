# SPDX-License-Identifier: Apache-2.0
"""What `okta-aws lint` says of this project's own examples, as Terraform itself plans and makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.command import Outcome, okta_aws
from fakes.terraform import MODULES, Configuration, copied
from fakes.world import Account, s3_client
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.sts_front import StsFront

pytestmark = pytest.mark.timeout(600)
VARIABLES = {
    "github_owner": "acme",
    "github_owner_id": "1000001",
    "github_repository": "infrastructure",
    "github_repository_id": "2000002",
}


@pytest.fixture
def account(front: StsFront, emulator: Emulator) -> Account:
    """An account with the bucket that the examples take for granted."""
    made = Account.new(front, emulator)
    with s3_client(front, made.number, emulator.admin_secret) as s3:
        s3.create_bucket(Bucket=bucket_of(made), CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


def bucket_of(account: Account) -> str:
    return f"releases-{account.number}"


def linted(example: Configuration, name: str, shown: str) -> tuple[Outcome, list[dict[str, Any]]]:
    (example.folder / name).write_text(shown)
    done = okta_aws("lint", name, "--format", "json", cwd=example.folder)
    return done, json.loads(done.out)["findings"]


def planned(tmp_path: Path, account: Account, name: str) -> Configuration:
    """The example, with its plan as ``plan.out``."""
    modules = copied(tmp_path)
    variables = VARIABLES | {"bucket": bucket_of(account), "region": REGION}
    declared = (modules / "examples" / name / "variables.tf").read_text()
    known = {key: value for key, value in variables.items() if f'variable "{key}"' in declared}
    example = Configuration.against(account, modules / "examples" / name, known)
    example.run("init", "-input=false", "-no-color")
    example.run("plan", "-input=false", "-no-color", "-out=plan.out")
    return example


def test_a_plan_and_the_state_after_it_are_clean(tmp_path: Path, account: Account) -> None:
    example = planned(tmp_path, account, "github-basic")
    done, found = linted(example, "plan.json", example.run("show", "-json", "plan.out"))
    assert (done.status, found) == (0, []), done.out
    assert "1 role checked" in done.err, done.err
    example.run("apply", "-input=false", "-no-color", "plan.out")
    done, found = linted(example, "state.json", example.run("show", "-json"))
    assert (done.status, found) == (0, []), done.out
    assert "1 role checked" in done.err, done.err
    example.destroy()


def test_a_plan_for_pull_requests_has_no_error(tmp_path: Path, account: Account) -> None:
    example = planned(tmp_path, account, "plan-apply")
    done, found = linted(example, "plan.json", example.run("show", "-json", "plan.out"))
    # Its role for pull requests stores plans: what it may write is known after the apply only.
    assert {(one["rule"], one["severity"]) for one in found} == {("pull-request-writes", "warning")}, done.out
    assert "3 roles checked" in done.err, done.err


def test_a_mistake_in_a_plan_of_terraform_is_found_in_its_role(tmp_path: Path, account: Account) -> None:
    example = planned(tmp_path, account, "github-basic")
    plan = example.run("show", "-json", "plan.out")
    broken = plan.replace(":environment:", ":*").replace(":*production", ":*")
    assert broken != plan
    done, found = linted(example, "plan.json", broken)
    assert done.status == 10
    assert found
    assert all("deploy" in one["role"] for one in found)


def test_the_modules_as_they_are_written_are_read_without_a_finding() -> None:
    done = okta_aws("lint", ".", "--format", "json", "--debug", cwd=MODULES)
    assert done.status == 0, done.out
    # Their policies are made of variables: a plan shows them, the files do not.
    assert json.loads(done.out)["not_checked"]
