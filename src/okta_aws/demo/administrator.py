# SPDX-License-Identifier: Apache-2.0
"""What an administrator does before a pipeline can have a role: identity providers, roles, permissions.

In a source tree with this project's Terraform module; where no Terraform or provider can be had, or from an installed
package, the same by calls of IAM, and the transcript says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import Job
from okta_aws.demo.transcript import NotAsExpected, Transcript
from okta_aws.demo.web import LOOPBACK

OKTA_ROLE, GITHUB_ROLE = "deploy", "deploy-github"
GITHUB_AUDIENCE = "sts.amazonaws.com"
# The first time, Terraform and its provider may have to be downloaded.
GETTING_S = 600
APPLY_S = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """Two roles that may write below ``prefix`` of ``bucket``: one for an app of Okta, one for a job of GitHub."""

    account: str
    bucket: str
    prefix: str
    issuer: str
    audience: str
    client: str
    job: Job

    def module(self) -> str:
        """The call of the module."""
        owner, _, repository = self.job.repository.partition("/")
        s3 = f's3 = [{{ bucket = "{self.bucket}", access = "write", prefixes = ["{self.prefix}"] }}]'
        return f"""\
module "aws" {{
  source = "./terraform"
  identity_providers = {{
    okta   = {{ issuer = "{self.issuer}", audiences = ["{self.audience}"] }}
    github = {{ github = {{}} }}
  }}
  roles = {{
    {OKTA_ROLE} = {{
      trust = [{{ provider = "okta", audiences = ["{self.audience}"], subjects = ["{self.client}"] }}]
      {s3}
    }}
    {GITHUB_ROLE} = {{
      trust = [{{ provider = "github", github = {{
        owner = "{owner}", owner_id = "{self.job.owner_id}"
        repository = "{repository}", repository_id = "{self.job.repository_id}", refs = ["{self.job.ref}"]
      }} }}]
      {s3}
    }}
  }}
}}
"""


def prepared(out: Transcript, wanted: Wanted, emulator: Emulator, url: str, tree: Path) -> tuple[str, str]:
    """The ARNs of both roles, made in the account behind ``url``; ``tree``: where the source would be."""
    with tempfile.TemporaryDirectory(prefix="okta-aws-terraform-") as name:
        folder = Path(name)
        missing = _initialized(folder, wanted, tree)
        if missing:
            out.line(f"without Terraform, by calls of IAM: {missing}")
            _by_calls(out, wanted, emulator)
        else:
            out.quoted(wanted.module().splitlines())
            with out.step("terraform apply: this project's module makes identity providers, roles and permissions"):
                _applied(folder, wanted, emulator, url, tree)
    roles = f"arn:aws:iam::{wanted.account}:role"
    return f"{roles}/{OKTA_ROLE}", f"{roles}/{GITHUB_ROLE}"


def _initialized(folder: Path, wanted: Wanted, tree: Path) -> str:
    """Why Terraform cannot be used; nothing where it can."""
    if not (tree / "terraform").is_dir():
        return "this is the installed package, the module is in the source"
    # What Terraform leaves behind in the source is not for us.
    leave = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(tree / "terraform", folder / "terraform", ignore=leave)
    (folder / "main.tf").write_text(wanted.module())
    try:
        done = _terraform(tree, folder, {}, GETTING_S, "init", "-input=false")
    except (OSError, subprocess.TimeoutExpired) as reason:
        return str(reason)
    told = [line for line in done.stderr.splitlines() if line.strip("╷│╵ ")]
    return "" if done.returncode == 0 else (told or ["it cannot be initialized"])[0].strip("│ ")


def _applied(folder: Path, wanted: Wanted, emulator: Emulator, url: str, tree: Path) -> None:
    environ = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": wanted.account,
        "AWS_SECRET_ACCESS_KEY": emulator.admin_secret,
        "AWS_REGION": REGION,
    }
    done = _terraform(tree, folder, environ, APPLY_S, "apply", "-auto-approve", "-input=false")
    if done.returncode != 0:
        raise NotAsExpected(done.stdout + done.stderr)


def _terraform(
    tree: Path, folder: Path, given: Mapping[str, str], limit_s: int, *arguments: str
) -> subprocess.CompletedProcess[str]:
    # The person's own settings of AWS and Terraform have no say here; their proxy is for downloads alone.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    environ = {**kept, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, "AWS_EC2_METADATA_DISABLED": "true", **given}
    command = [str(tree / "scripts/terraform"), f"-chdir={folder}", *arguments, "-no-color"]
    return subprocess.run(  # noqa: S603 - all of it is ours
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=limit_s
    )


def _by_calls(out: Transcript, wanted: Wanted, emulator: Emulator) -> None:
    subject = wanted.job.subject()
    with out.step(f'provider for Okta, role "{OKTA_ROLE}": only {wanted.client}, only for {wanted.audience}'):
        _role(wanted, emulator, OKTA_ROLE, wanted.issuer, wanted.client, wanted.audience)
    with out.step(f'provider for GitHub, role "{GITHUB_ROLE}": only {subject}'):
        issuer = "https://token.actions.githubusercontent.com"
        _role(wanted, emulator, GITHUB_ROLE, issuer, subject, GITHUB_AUDIENCE)


def _role(wanted: Wanted, emulator: Emulator, name: str, issuer: str, subject: str, audience: str) -> None:
    iam = emulator.iam(wanted.account)
    provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=[audience])["OpenIDConnectProviderArn"]
    prefix = issuer.partition("://")[2]
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{prefix}:sub": subject, f"{prefix}:aud": audience}},
    }
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    resource = f"arn:aws:s3:::{wanted.bucket}/{wanted.prefix}*"
    permission = _policy({"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource})
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=permission)


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
