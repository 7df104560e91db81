# SPDX-License-Identifier: Apache-2.0
"""AWS's own tools with the profiles that ``configure`` writes: AWS CLI, boto3, Terraform's AWS provider."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fakes.aws_cli import install
from fakes.command import environment
from fakes.fixtures import CACHE
from fakes.laptop import Laptop
from fakes.terraform import Configuration
from okta_aws.demo.emulator import REGION

BOTO3 = """
import boto3, json, sys
session = boto3.Session(profile_name=sys.argv[1])
with __import__("contextlib").closing(session.client("sts", endpoint_url=sys.argv[2])) as sts:
    print(json.dumps(sts.get_caller_identity()["Arn"]))
"""
# The provider asks STS who it is, and S3 for an object.
TERRAFORM = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}
provider "aws" {{
  profile           = "deploy"
  s3_use_path_style = true
  endpoints {{
    sts = "{url}"
    s3  = "{url}"
  }}
}}
data "aws_caller_identity" "who" {{}}
resource "aws_s3_object" "written" {{
  bucket  = "{bucket}"
  key     = "allowed/terraform"
  content = "by terraform"
}}
output "arn" {{ value = data.aws_caller_identity.who.arn }}
"""


@pytest.fixture(scope="session")
def aws_cli() -> str:
    """The program ``aws``."""
    return str(install(CACHE))


@pytest.fixture(params=["flags", "okta-aws.toml"])
def profile(request: pytest.FixtureRequest, laptop: Laptop) -> Laptop:
    """A machine where ``configure`` made the profile deploy, from flags or from a settings file."""
    if request.param == "flags":
        # A path with a blank shows that the line is quoted for all of them.
        moved = laptop.secret_file.rename(laptop.home / "the okta.secret")
        flags = [str(moved) if word == str(laptop.secret_file) else word for word in laptop.flags]
        flags = [word for word in flags if word not in {"--role-to-assume", laptop.role}]
        outcome = laptop.run("configure", f"deploy={laptop.role}", *flags)
    else:
        laptop.toml("deploy")
        outcome = laptop.run("configure")
    assert (outcome.status, outcome.err) == (0, "")
    return laptop


def run(laptop: Laptop, command: Sequence[str], more: Mapping[str, str] = {}, cwd: Path | None = None) -> str:
    """What a tool prints that finds nothing but the home folder."""
    environ = environment(laptop.environ | {"AWS_EC2_METADATA_DISABLED": "true"} | dict(more))
    done = subprocess.run(command, env=environ, cwd=cwd or laptop.home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_aws_command_line_takes_the_profile(profile: Laptop, aws_cli: str) -> None:
    bucket = profile.account.bucket()
    told = json.loads(run(profile, [aws_cli, "--profile", "deploy", "sts", "get-caller-identity"], endpoint(profile)))
    assert told["Arn"].startswith(f"arn:aws:sts::{profile.account.number}:assumed-role/deploy/")
    (profile.home / "file").write_text("by aws")
    copy = [aws_cli, "--profile", "deploy", "s3", "cp", "file", f"s3://{bucket}/allowed/file"]
    run(profile, copy, endpoint(profile))
    assert profile.aws.exchanges == 1, "the second call has the kept session"


def endpoint(laptop: Laptop) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": laptop.aws.url, "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}


def test_boto3_takes_the_profile(profile: Laptop) -> None:
    command = [sys.executable, "-I", "-c", BOTO3, "deploy", profile.aws.url]
    assert ":assumed-role/deploy/" in json.loads(run(profile, command))
    assert json.loads(run(profile, command))
    assert profile.aws.exchanges == 1


def test_the_region_is_that_of_the_profile(profile: Laptop, aws_cli: str) -> None:
    assert run(profile, [aws_cli, "--profile", "deploy", "configure", "get", "region"]) == f"{REGION}\n"


def test_terraforms_aws_provider_takes_the_profile(profile: Laptop, tmp_path: Path) -> None:
    folder = tmp_path / "terraform"
    folder.mkdir()
    bucket = profile.account.bucket()
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    profile.account.iam().put_role_policy(RoleName="deploy", PolicyName="objects", PolicyDocument=policy)
    (folder / "main.tf").write_text(TERRAFORM.format(url=profile.aws.url, bucket=bucket))
    environ = environment(profile.environ | {"AWS_EC2_METADATA_DISABLED": "true"})
    with Configuration(folder, environ=environ).with_running_provider() as configuration:
        configuration.run("apply", "-input=false", "-auto-approve")
        assert ":assumed-role/deploy/" in configuration.outputs["arn"]
    assert profile.aws.exchanges == 1
