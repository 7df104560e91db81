# SPDX-License-Identifier: Apache-2.0
"""What a plan file has in it besides what its rendering shows: real Terraform obeys it, and so no seal covers it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.plan_files import members, message, repacked, with_settings
from fakes.sealing import (
    BACKEND,
    DIRECTORY,
    PLAN_FREE,
    PLAN_KEY,
    STATE_KEY,
    Story,
    code,
    planned,
    terraform,
)
from okta_aws.approval.comment import MAX_TEXT, plan_comment
from okta_aws.approval.seal import Statement, read_statement
from okta_aws.flows.approval.parties import text_key

SHOWN = {"format_version": "1.2", "planned_values": {}}
MAIN = "tfconfig/m-/main.tf"
CALLER = 'module "inner" {\n  source = "./inner"\n}\n'
# Modules from elsewhere are installed without a network from a repository on the same machine.
FOREIGN = 'module "vpc" {{\n  source = "git::file://{place}"\n}}\n'


def assert_not_sealed(story: Story, plan: bytes, reason: str, **environ: str) -> None:
    story.upload(plan)
    done = story.seal(**environ)
    assert done.status == 11, done.out + done.err
    assert "plan-refused" in done.err
    assert reason in done.err
    assert story.keys("sealed/") == []
    assert story.comments("<!-- okta-aws-plan") == []


# Why: what Terraform does with such a plan


def test_terraform_stores_state_where_the_plan_says_and_not_where_the_folder_says(story: Story) -> None:
    elsewhere = story.store.plan(code(PLAN_FREE), "key=stranger.tfstate")
    work = story.folder / "work"
    story.store.begin(work, code(PLAN_FREE))
    (work / "plan.out").write_bytes(elsewhere)
    terraform(work, "apply", "-input=false", "plan.out", **story.store.environ)
    assert b"terraform_data" in story.read("stranger.tfstate", story.state_bucket)


def test_terraform_runs_the_code_in_the_plan_and_not_that_of_the_folder(story: Story, plan: bytes) -> None:
    mark = story.folder / "mark"
    hostile = PLAN_FREE.replace("}", f'  provisioner "local-exec" {{\n    command = "touch {mark}"\n  }}\n}}')
    work = story.folder / "work"
    story.store.begin(work, code(PLAN_FREE))
    (work / "plan.out").write_bytes(repacked(plan, {MAIN: hostile.encode()}))
    assert "touch" not in terraform(work, "show", "-no-color", "plan.out", **story.store.environ)
    terraform(work, "apply", "-input=false", "plan.out", **story.store.environ)
    assert mark.exists()


# The backend


def test_a_plan_whose_state_stays_on_the_runner(story: Story) -> None:
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/main.tf": PLAN_FREE})
    assert_not_sealed(story, planned(story.folder / "code", {"main.tf": PLAN_FREE}), "wanted s3, found 'local'")


def test_a_plan_whose_state_has_another_key(story: Story) -> None:
    plan = story.store.plan(code(PLAN_FREE), "key=stranger.tfstate")
    assert_not_sealed(story, plan, f"wanted the key {STATE_KEY}, found 'stranger.tfstate'")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"bucket": "stranger-state"}, "found 'stranger-state'"),
        ({"region": "us-east-1"}, "wanted the region"),
        ({"workspace": "other"}, "wanted the workspace default, found 'other'"),
        ({"workspace_key_prefix": "other", "workspace": "other"}, "wanted the workspace default"),
        ({"endpoints": {"s3": "https://stranger.invalid"}}, "no setting 'endpoints'"),
        ({"profile": "stranger"}, "no setting 'profile'"),
        ({"assume_role": {"role_arn": "arn:aws:iam::123456789012:role/stranger"}}, "no setting 'assume_role'"),
        ({"access_key": "stranger"}, "no setting 'access_key'"),
        ({"https_proxy": "http://stranger.invalid"}, "no setting 'https_proxy'"),
        ({"insecure": True}, "no setting 'insecure'"),
        ({"kind": "http"}, "wanted s3, found 'http'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_plan_whose_backend_leads_elsewhere(
    story: Story, plan: bytes, changed: Mapping[str, Any], reason: str
) -> None:
    assert_not_sealed(story, with_settings(plan, **changed), reason)


def test_a_plan_that_says_twice_where_its_state_is(story: Story, plan: bytes) -> None:
    tfplan = members(plan)["tfplan"]
    assert_not_sealed(story, repacked(plan, {"tfplan": tfplan + message((29, b""))}), "its backend cannot be read")


def test_a_plan_of_a_workspace_is_sealed_and_stored_in_its_place(story: Story) -> None:
    story.store.begin(story.folder / "work", code(PLAN_FREE))
    terraform(story.folder / "work", "workspace", "new", "stage", **story.store.environ)
    plan = story.store.plan(code(PLAN_FREE), workspace="stage")
    story.environ["OKTA_AWS_WORKSPACE"] = "stage"
    story.sealed(plan)
    assert sealed_statement(story).state_key == f"env:/stage/{STATE_KEY}"


def test_the_backend_is_in_the_statement_and_shown_to_approvers(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    backend = json.loads(sealed_statement(story).backend)
    assert (backend["type"], backend["s3.bucket"], backend["s3.key"]) == ("s3", story.state_bucket, STATE_KEY)
    assert "use&#95;lockfile" in story.plan_comment["body"]


def test_a_signed_statement_about_a_plan_that_leads_elsewhere_is_not_believed(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    sign_for(story, with_settings(plan, bucket="stranger-state"))
    told = story.refused()
    assert "seal-broken" in told
    assert "found 'stranger-state'" in told
    sign_for(story, with_settings(plan, use_lockfile=False))
    assert "backend: wanted" in story.refused()
    sign_for(story, repacked(plan, {"more": b""}))
    assert "the plan file: wanted a plan file of Terraform, found 'more' in it" in story.refused()
    sign_for(story, plan)
    assert story.verify().status == 0


# The code


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({MAIN: b"# nothing\n"}, f"{DIRECTORY}/main.tf is not the same in plan and commit"),
        ({"tfconfig/m-/x_override.tf": b""}, f"{DIRECTORY}/x_override.tf is in the plan, and no code of the commit"),
        ({"tfconfig/modules.json": b'[{"Key":"","Dir":"../other"}]'}, "wanted a manifest of modules"),
        ({"more": b""}, "found 'more' in it"),
    ],
    ids=["changed", "added", "moved", "no part of a plan"],
)
def test_a_plan_with_other_code_than_the_commit(
    story: Story, plan: bytes, changed: Mapping[str, bytes], reason: str
) -> None:
    assert_not_sealed(story, repacked(plan, changed), reason)


def test_a_plan_that_leaves_code_of_the_commit_out(story: Story, plan: bytes) -> None:
    assert_not_sealed(story, repacked(plan, gone=["tfconfig/m-/backend.tf"]), "backend.tf is in the commit alone")


def test_a_plan_that_leaves_out_what_is_linked_in_the_commit(story: Story) -> None:
    linked = "guard.tf"
    plan = story.changed({**code(PLAN_FREE), linked: PLAN_FREE.replace("one", "two")})
    story.github.links.add(f"{DIRECTORY}/{linked}")
    assert_not_sealed(story, plan, f"{linked} is not the same in plan and commit")
    left_out = repacked(plan, gone=[f"tfconfig/m-/{linked}"])
    assert_not_sealed(story, left_out, f"{linked} is in the commit alone")


def test_a_plan_without_the_code_that_opentofu_reads_is_not_sealed_with_opentofu(story: Story, plan: bytes) -> None:
    story.pull.head = story.github.commit("change", {f"{DIRECTORY}/guard.tofu": PLAN_FREE})
    (story.folder / "tofu").write_text("#!/bin/sh\necho OpenTofu v1.12.6\n")
    (story.folder / "tofu").chmod(0o755)
    tofu = str(story.folder / "tofu")
    assert_not_sealed(story, plan, "guard.tofu is in the commit alone", OKTA_AWS_TERRAFORM=tofu)
    story.sealed(plan)


def test_the_program_is_in_the_statement_and_told_to_the_job_that_applies(story: Story, plan: bytes) -> None:
    story.sealed(plan)
    program = sealed_statement(story).program
    assert program == terraform(story.folder, "version").partition("\n")[0]
    story.github.review(story.pull, "olga")
    assert json.loads(story.verify().out)["program"] == program


def test_the_modules_of_the_commit_are_compared_too(story: Story) -> None:
    plan = story.changed({"backend.tf": BACKEND, "main.tf": CALLER, "inner/main.tf": PLAN_FREE})
    hostile = repacked(plan, {"tfconfig/m-inner/main.tf": b"# nothing\n"})
    assert_not_sealed(story, hostile, f"{DIRECTORY}/inner/main.tf is not the same")
    story.sealed(plan)


def test_code_from_elsewhere_is_told_with_its_digest(story: Story) -> None:
    place = story.folder / "vpc"
    place.mkdir()
    (place / "main.tf").write_text(PLAN_FREE)
    git(place, "init", "--quiet")
    git(place, "add", ".")
    git(place, "commit", "--quiet", "-m", "A module")
    plan = story.changed(code(FOREIGN.format(place=place)))
    story.sealed(plan)
    body = str(story.plan_comment["body"])
    assert "Code from elsewhere, no part of the commit: 1" in body
    assert "module.vpc: git::file://" in body
    first = body.partition("module.vpc")[2].partition("SHA-256 ")[2][:64]
    story.sealed(repacked(plan, {"tfconfig/m-vpc/main.tf": PLAN_FREE.encode() + b"# more\n"}))
    assert first not in str(story.plan_comment["body"])


# The rendering


def test_a_plan_that_terraform_shows_with_a_provider_nobody_locked(story: Story, plan: bytes) -> None:
    needed = {"provider_name": "registry.invalid/acme/stranger", "change": {"actions": ["read"]}}
    program = shown_by(story, json.dumps({**SHOWN, "resource_changes": [needed]}))
    assert_not_sealed(story, plan, "registry.invalid/acme/stranger is not in the lock file", OKTA_AWS_TERRAFORM=program)


def test_a_plan_of_more_text_than_can_be_kept(story: Story, plan: bytes) -> None:
    long = json.dumps(SHOWN) + "\n" * (MAX_TEXT // 2) + " \n" * (MAX_TEXT // 2) + " "
    assert_not_sealed(story, plan, f"at most {MAX_TEXT} bytes of text", OKTA_AWS_TERRAFORM=shown_by(story, long))


def test_a_plan_that_terraform_shows_as_something_else(story: Story, plan: bytes) -> None:
    assert_not_sealed(story, plan, "wanted a plan as JSON", OKTA_AWS_TERRAFORM=shown_by(story, "{}"))


def shown_by(story: Story, text: str) -> str:
    """A program in the place of Terraform that shows this of every plan."""
    program = story.folder / "shows"
    (story.folder / "shown").write_text(text)
    program.write_text(f"#!/bin/sh\ncat {story.folder}/shown\n")
    program.chmod(0o755)
    return str(program)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.invalid")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(["git", *who, *arguments], cwd=folder, env=environ, check=True, timeout=60)


def sealed_statement(story: Story) -> Statement:
    """What was sealed."""
    (key,) = [key for key in story.keys("sealed/") if key.endswith("seal.json")]
    return read_statement(json.loads(story.read(key))["statement"])


def sign_for(story: Story, plan: bytes) -> None:
    """Somebody who may sign seals another plan file in the place of the one that was shown; and it is approved."""
    (key,) = [key for key in story.keys("sealed/") if key.endswith("seal.json")]
    (text,) = [story.read(one).decode() for one in story.keys("sealed/") if "text-" in one]
    version = story.put(story.plan_bucket, PLAN_KEY, plan)
    found = json.loads(json.loads(story.read(key))["statement"])
    found |= {"plan_version": version, "plan_sha256": hashlib.sha256(plan).hexdigest()}
    canonical = json.dumps(found, sort_keys=True, separators=(",", ":"))
    kms = story.aws("kms")
    digest = hashlib.sha256(canonical.encode()).digest()
    asked = {"KeyId": story.kms_key, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = base64.b64encode(kms.sign(Message=digest, **asked)["Signature"]).decode()
    kms.close()
    story.put(story.plan_bucket, key, json.dumps({"statement": canonical, "signature": signature}).encode())
    statement = read_statement(canonical)
    story.github.edit(story.plan_comment, plan_comment(statement, text, text_key(statement)))
    story.github.pass_time(60)
    story.github.review(story.pull, "olga")
