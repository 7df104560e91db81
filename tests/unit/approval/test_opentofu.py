# SPDX-License-Identifier: Apache-2.0
"""What OpenTofu makes in another way than Terraform.

``opentofu-1.12.6.plan`` was made by that version, of a ``main.tofu`` with an empty S3 backend and one resource, beside
a ``main.tf`` with a comment; ``-backend-config`` gave region, bucket, key, use_path_style and use_lockfile.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from okta_aws.approval.backend import StatePlace, backend_of, problems_of_backend
from okta_aws.approval.changes import changes, providers
from okta_aws.approval.lock_file import configuration, differences, read_lock_file
from okta_aws.approval.plan_archive import PLAN, PlanFileError, lock_file_of, members_of
from okta_aws.approval.plan_configuration import modules_of

DATA = Path(__file__).resolve().parents[2] / "data/approval/opentofu-1.12.6.plan"
LOCK = """\
# This file is maintained automatically by "tofu init".
# Manual edits may be lost in future updates.

provider "registry.opentofu.org/hashicorp/aws" {
  version     = "5.100.0"
  constraints = ">= 5.81.0, < 7.0.0"
  hashes = [
    "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
  ]
}
"""
OF_OPENTOFU, OF_TERRAFORM = "registry.opentofu.org/hashicorp/aws", "registry.terraform.io/hashicorp/aws"


def test_its_plan_has_backend_and_code_where_terraform_s_has_them() -> None:
    members = members_of(DATA.read_bytes())
    place = StatePlace("acme-state", "infra/terraform.tfstate", "default", "eu-west-1")
    assert problems_of_backend(backend_of(members[PLAN]), place) == []
    (root,) = modules_of(members)
    assert list(root.files) == ["main.tofu"]
    assert read_lock_file(lock_file_of(members)) == {}


def test_its_registry_is_named_in_full_for_the_seal() -> None:
    locked = read_lock_file(LOCK)
    assert list(locked) == [OF_OPENTOFU]
    assert f'source = "{OF_OPENTOFU}", version = "5.100.0"' in configuration(locked)


def test_the_lock_file_of_one_is_none_of_the_other() -> None:
    terraform = read_lock_file(LOCK.replace(OF_OPENTOFU, OF_TERRAFORM))
    assert differences(terraform, read_lock_file(LOCK)) == [
        f"{OF_OPENTOFU} is not in the lock file of the base branch",
        f"{OF_TERRAFORM} is in the lock file of the base branch alone",
    ]


def test_its_json_names_providers_and_changes_as_terraform_s_does() -> None:
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.12.6",
        "resource_changes": [
            {"address": "aws_s3_object.page", "provider_name": OF_OPENTOFU, "change": {"actions": ["create"]}},
            {"address": "terraform_data.x", "provider_name": "terraform.io/builtin/terraform"},
        ],
        "configuration": {"provider_config": {"aws": {"name": "aws", "full_name": OF_OPENTOFU}}},
    }
    assert providers(plan) == {OF_OPENTOFU}
    assert [one.address for one in changes(plan)] == ["aws_s3_object.page", "terraform_data.x"]


def test_a_plan_that_it_encrypted_is_refused() -> None:
    body = {"meta": {"key_provider.pbkdf2.p": "e30="}, "encrypted_data": "AAAA", "encryption_version": "v0"}
    with pytest.raises(PlanFileError, match="wanted a plan file"):
        members_of(json.dumps(body).encode())
