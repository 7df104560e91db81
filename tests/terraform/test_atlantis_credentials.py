# SPDX-License-Identifier: Apache-2.0
"""Terraform with exactly the variables that Atlantis's step gets: its role works, whatever else HCL names does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.atlantis_helper import Beside
from fakes.terraform import Configuration
from fakes.world import Account, s3_client
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.sts_front import StsFront

KEY = "network.tfstate"
MAIN = """\
terraform {
  backend "s3" {
    bucket         = "BUCKET"
    key            = "KEY"
    region         = "REGION"
    use_path_style = true
    BACKEND
  }
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  s3_use_path_style = true
  PROVIDER
}

variable "vpc_id" { type = string }
variable "zones" { type = list(string) }

data "aws_caller_identity" "me" {}

resource "aws_s3_object" "made" {
  bucket  = "BUCKET"
  key     = "made"
  content = join(",", concat([var.vpc_id], var.zones))
}

output "me" { value = data.aws_caller_identity.me.arn }
"""


class Project:
    """The project of the map, with a state in ``bucket`` that both roles may use."""

    def __init__(self, folder: Path, beside: Beside) -> None:
        self.folder, self.beside = folder, beside
        self.bucket = beside.account.bucket("plan", "")
        allowed = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:AssumeRole"], "Resource": "*"}],
        }
        for role in ("plan", "apply"):
            beside.account.iam().put_role_policy(
                RoleName=role, PolicyName="all", PolicyDocument=json.dumps(allowed)
            )  # fmt: skip

    def with_variables(self, command: str) -> Configuration:
        """Terraform as Atlantis's next step runs it: with the line's variables and where AWS is."""
        given = self.beside.variables(command)
        return Configuration(
            self.folder, {}, {**given, "AWS_ENDPOINT_URL": self.beside.account.front.url, "TF_IN_AUTOMATION": "1"}
        )

    def write(self, provider: str = "", backend: str = "") -> None:
        text = MAIN.replace("BUCKET", self.bucket).replace("KEY", KEY).replace("REGION", REGION)
        self.folder.mkdir(exist_ok=True)
        (self.folder / "main.tf").write_text(text.replace("PROVIDER", provider).replace("BACKEND", backend))

    def objects(self) -> dict[str, str]:
        """Everything in the bucket, with the digests of the contents."""
        account = self.beside.account
        with s3_client(account.front, account.number, account.emulator.admin_secret) as s3:
            return {one["Key"]: one["ETag"] for one in s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[Project]:
    with OktaIssuer() as issuer, StsFront(emulator) as front:
        beside = Beside.new(tmp_path_factory.mktemp("beside") / "beside", Account.new(front, emulator), issuer)
        beside.environ["VPC_ID"] = "vpc-123"
        beside.map('    vars: {vpc_id: {environment: VPC_ID}, zones: ["a", "it\'s"]}\n')
        with beside.running():
            made = Project(beside.folder / "network", beside)
            made.write()
            made.with_variables("plan").run("init", "-input=false", "-no-color")
            yield made


@pytest.fixture(scope="module")
def applied(project: Project) -> Project:
    """The project after Atlantis's plan and apply."""
    plan = project.with_variables("plan")
    plan.run("plan", "-input=false", "-no-color", "-out=plan.out", "-detailed-exitcode", status=2)
    apply = project.with_variables("apply")
    apply.run("apply", "-input=false", "-no-color", "plan.out")
    return project


def test_plan_and_apply_work_with_the_variables_of_the_line_alone(applied: Project) -> None:
    assert set(applied.objects()) == {KEY, "made"}
    said = applied.with_variables("plan").run("output", "-raw", "me")
    assert said.endswith(":assumed-role/plan/infra-12-octocat")


@pytest.mark.parametrize(
    ("provider", "backend", "words"),
    [
        ('profile = "admin"', "", "profile"),
        ('profile = "admin"\n  shared_config_files = ["HOME/.aws/config"]', "", "profile"),
        ('shared_credentials_files = ["HOME/.aws/credentials"]\n  profile = "admin"', "", "profile"),
        ('assume_role {\n    role_arn = "OTHER"\n  }', "", "AssumeRole"),
        ('assume_role_with_web_identity {\n    role_arn = "OTHER"\n  }', "", "web_identity"),
        ("", 'profile = "admin"', "profile"),
        ("", 'assume_role = { role_arn = "OTHER" }', "AssumeRole"),
    ],
    ids=[
        *("profile", "config-file", "credentials-file", "assume-role", "web-identity"),
        *("backend-profile", "backend-assume-role"),
    ],
)
def test_hcl_that_names_another_identity_gets_an_error_and_changes_nothing(
    applied: Project, tmp_path: Path, provider: str, backend: str, words: str
) -> None:
    account = applied.beside.account
    trusted = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}],
    }
    other = account.role(trusted, f"other-{tmp_path.name}"[:60])
    before = applied.objects()
    attempt = Project.__new__(Project)
    attempt.__dict__ = {**applied.__dict__, "folder": tmp_path / "network"}
    shutil.copytree(applied.folder, attempt.folder, symlinks=True, ignore=shutil.ignore_patterns("plan.out"))
    home = tmp_path / "home"
    attempt.write(provider.replace("OTHER", other).replace("HOME", str(home)), backend.replace("OTHER", other))
    command = (
        ("init", "-input=false", "-no-color", "-reconfigure") if backend else ("plan", "-input=false", "-no-color")
    )
    done = attempt.with_variables("apply").tried(*command)
    assert done.returncode == 1
    assert words.lower() in (done.stdout + done.stderr).lower().replace("webidentity", "web_identity")
    assert applied.objects() == before
