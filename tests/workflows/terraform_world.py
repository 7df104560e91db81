# SPDX-License-Identifier: Apache-2.0
"""What use-terraform.yml needs: roles, buckets and key by our own example, GitHub's API, a repository with a site."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from e2e.act import Run
from fakes.github_api import GithubApi, Pull
from fakes.package_index import PackageIndex
from fakes.terraform import TERRAFORM, Configuration, copied
from fakes.world import Account, s3_client
from image.engine import ROOT
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import Job
from okta_aws.demo.sts_front import StsFront
from workflows.callers import OWNER_ID, REPOSITORY, REPOSITORY_ID, Caller
from workflows.sts_claims import StsWithClaims
from workflows.tokens import Jobs

OUR_FILE = "org/okta-aws-action/.github/workflows/use-terraform.yml@refs/tags/v0.1.0"
STATE_KEY = "site/terraform.tfstate"
MAP = """version: 1
projects:
  - directory: site
    apply:
      users: [alice]
"""
SITE = """# SPDX-License-Identifier: Apache-2.0
terraform {
  backend "s3" {}
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81, < 7"
    }
  }
}

provider "aws" {
  s3_use_path_style = true
}

variable "page" {
  type = string
}

resource "aws_s3_object" "page" {
  bucket  = "BUCKET"
  key     = "index.html"
  content = var.page
  etag    = md5(var.page) # else nobody sees that the content was changed
}
"""


def identity(**more: Any) -> Job:  # noqa: ANN401
    """A job of the caller's repository."""
    owner, repository = str(OWNER_ID), str(REPOSITORY_ID)
    return Job(REPOSITORY, owner_id=owner, repository_id=repository, immutable_subject=True, **more)


def jobs() -> dict[str, Job]:
    """Every job by its name, with the identity that GitHub would give it."""
    ours = {"job_workflow_ref": OUR_FILE}
    of_pull_request = {"event_name": "pull_request", "ref": "refs/pull/7/merge"}
    return {
        "plan": identity(**of_pull_request, claims=ours),
        "seal": identity(**of_pull_request, environment="terraform-seal", claims=ours),
        "apply": identity(environment="production", claims=ours),
        "drift": identity(event_name="schedule", claims=ours),
        "attack": identity(**of_pull_request, workflow=".github/workflows/attack.yml"),
    }


@dataclass
class World:
    """One repository and all around it. ``told``: the example's outputs. ``variables``: the caller's."""

    caller: Caller
    api: GithubApi
    account: Account
    told: Mapping[str, Any]
    variables: dict[str, str]
    environ: dict[str, str]
    token: str
    site_bucket: str
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    def open_pull(self, page: str, more: Mapping[str, str] | None = None) -> Pull:
        """A pull request of bob's for another page."""
        branch = "change"
        head = self.caller.commit("Another page", {"site/page.tfvars": variables(page), **(more or {})}, branch)
        self.publish(branch, head)
        return self.api.open_pull("bob", branch)

    def merge(self, pull: Pull) -> str:
        """Merges it; the commit of that."""
        pull.merge_commit, pull.state = self.caller.merge("change"), "closed"
        self.publish("main", pull.merge_commit)
        return pull.merge_commit

    def publish(self, branch: str, head: str) -> None:
        """GitHub's API shows what is on a branch."""
        self.api.branches[branch] = head
        for name in ["site/.terraform.lock.hcl", ".github/approvers.yml"]:
            self.api.files[head, name] = self.caller.file(name, head)

    def catch_up(self) -> None:
        """GitHub's clock was moved by hand; it goes on with everybody's, and a little time passes."""
        self.api.now = max(self.api.now, datetime.now(UTC).replace(microsecond=0)) + timedelta(seconds=5)

    def run(self, event: str, payload: Mapping[str, Any], workflow: str = "terraform", **changed: str) -> Run:
        """Run the caller's workflow by an event; ``changed`` of its variables."""
        environ = {**self.environ, "GITHUB_RUN_ID": str(next(self.runs)), "GITHUB_RUN_ATTEMPT": "1"}
        given = self.variables | changed
        return self.caller.run(
            workflow, event, payload, variables=given, secrets={"GITHUB_TOKEN": self.token}, environ=environ
        )

    def pull_request(self, pull: Pull, head_repository: int = REPOSITORY_ID) -> dict[str, Any]:
        """GitHub's event for a new commit of a pull request."""
        head = {"sha": pull.head, "ref": "change", "repo": {"id": head_repository}}
        base = {"ref": "main", "sha": self.caller.head(), "repo": {"id": REPOSITORY_ID}}
        one = {"number": pull.number, "head": head, "base": base}
        return {"action": "synchronize", "number": pull.number, "pull_request": one}

    def objects(self, bucket: str) -> dict[str, tuple[str, bytes]]:
        """What a bucket holds: the version and the bytes of each object."""
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            names = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
            found = {name: s3.get_object(Bucket=bucket, Key=name) for name in names}
            return {name: (one.get("VersionId", ""), one["Body"].read()) for name, one in found.items()}

    def page(self) -> str:
        """What the site shows; nothing before it is applied for the first time."""
        found = self.objects(self.site_bucket).get("index.html")
        return found[1].decode() if found else ""

    def change_page(self, text: str) -> None:
        """Somebody changes the site by hand."""
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            s3.put_object(Bucket=self.site_bucket, Key="index.html", Body=text.encode())

    def untouched(self) -> tuple[object, object]:
        """State and site, to be compared."""
        return self.objects(self.variables["STATE_BUCKET"]), self.objects(self.site_bucket)


def variables(page: str) -> str:
    """The file with the site's variables."""
    return f"page = {json.dumps(page)}\n"


@contextmanager
def world(folder: Path, emulator: Emulator, index: PackageIndex) -> Iterator[World]:
    """Everything, in an account of its own."""
    with (
        Jobs(jobs(), "token.actions.githubusercontent.com") as tokens,
        StsWithClaims(emulator, issuers=[tokens]) as front,
        GithubApi(REPOSITORY) as api,
    ):
        account = Account.new(front, emulator)
        site = f"site-{account.number}"
        with s3_client(front, account.number, emulator.admin_secret) as s3:
            s3.create_bucket(Bucket=site, CreateBucketConfiguration={"LocationConstraint": REGION})
        told = roles(account, folder / "roles", site)
        front.know(account.iam(), told["seal_role_arn"])
        programs = terraform(folder)
        caller = Caller(folder / "caller", programs.mounts)
        programs.link(caller.shared / "bin")
        lock_file = programs.lock_file(folder / "lock", SITE)
        files = {"site/main.tf": SITE.replace("BUCKET", site), "site/.terraform.lock.hcl": lock_file}
        caller.commit("A site", {**files, "site/page.tfvars": variables("first"), ".github/approvers.yml": MAP})
        api.repository_id = REPOSITORY_ID
        made = World(
            caller=caller,
            api=api,
            account=account,
            told=told,
            variables=settings(told, front),
            environ={
                **tokens.environment(),
                "AWS_ENDPOINT_URL": front.url,
                "GITHUB_API_URL": api.url,
                "PIP_INDEX_URL": f"{index.url}/simple/",
                "TF_CLI_CONFIG_FILE": programs.cli_config,
                "OKTA_AWS_TERRAFORM_CLI_CONFIG": programs.cli_config,
                "CHECKPOINT_DISABLE": "1",
            },
            token=api.token(),
            site_bucket=site,
        )
        made.publish("main", caller.head())
        yield made


def roles(account: Account, folder: Path, site: str) -> Mapping[str, Any]:
    """The outputs of our example for this workflow, applied."""
    buckets = {name: f"{name.replace('_', '-')}-{account.number}" for name in ("state_bucket", "plan_bucket")}
    owner, _, repository = REPOSITORY.partition("/")
    variables = {
        **buckets,
        "region": REGION,
        "github_owner": owner,
        "github_owner_id": str(OWNER_ID),
        "github_repository": repository,
        "github_repository_id": str(REPOSITORY_ID),
        "state_key": STATE_KEY,
        "workflow_refs": [OUR_FILE],
        "plan_policies": {"site": policy(account, "read-site", site, ["s3:Get*", "s3:List*", "s3:HeadObject"])},
        "apply_policies": {"site": policy(account, "write-site", site, ["s3:*"])},
    }
    example = copied(folder) / "examples/plan-apply"
    # The stand-in for AWS has no TLS and knows no aws:PrincipalArn; of the third part the provider waits for half a
    # minute to see whether it lasts.
    without(example / "storage.tf", r'^resource "aws_s3_bucket_policy" "tls" \{\n.*?^\}\n')
    without(example / "keys.tf", r'^ +\{\n +Sid += "OnlyTheSealSigns".*?^      \},\n')
    without(example / "storage.tf", r'^resource "aws_s3_bucket_lifecycle_configuration" "this" \{\n.*?^\}\n')
    made = Configuration.against(account, example, variables)
    made.run("init", "-input=false", "-no-color")
    made.run("apply", "-input=false", "-no-color", "-auto-approve")
    return made.outputs


def without(file: Path, part: str) -> None:
    """Takes a part of the example away."""
    text = file.read_text()
    changed = re.sub(part, "", text, flags=re.DOTALL | re.MULTILINE)
    assert changed != text
    file.write_text(changed)


def policy(account: Account, name: str, bucket: str, actions: list[str]) -> str:
    """A managed policy for the site's bucket; its ARN."""
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]}
    return account.iam().create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]


def settings(told: Mapping[str, Any], front: StsFront) -> dict[str, str]:
    """The caller's variables."""
    return {
        "OKTA_AWS_STS_ENDPOINT": front.url,
        "REGION": REGION,
        "ENVIRONMENT": "production",
        "PLAN_ROLE": told["plan_role_arn"],
        "SEAL_ROLE": told["seal_role_arn"],
        "APPLY_ROLE": told["apply_role_arn"],
        "PLAN_BUCKET": told["plan_bucket"],
        "KMS_KEY": told["seal_key_arn"],
        "STATE_BUCKET": told["backend"]["bucket"],
        "STATE_KEY": told["backend"]["key"],
    }


@dataclass(frozen=True)
class Programs:
    """Terraform and its providers, at the places of this machine also in containers."""

    terraform: str
    cli_config: str
    mounts: list[str]

    def link(self, folder: Path) -> None:
        """The program under its name."""
        (folder / "terraform").symlink_to(self.terraform)

    def lock_file(self, folder: Path, text: str) -> str:
        """The lock file of a configuration."""
        folder.mkdir()
        (folder / "main.tf").write_text(text)
        Configuration(folder).run("init", "-backend=false", "-input=false", "-no-color")
        return (folder / ".terraform.lock.hcl").read_text()


def terraform(_folder: Path) -> Programs:
    """What scripts/terraform runs, and with which configuration."""
    script = _script()
    program = script.terraform(json.loads(script.RELEASE.read_text()))
    mirror = script.provider_mirror(os.environ.get("TERRAFORM_PROVIDER_MIRROR", ""))
    config = script.configuration(mirror)
    folders = {str(Path(program).parent), str(ROOT / ".cache/terraform"), *([mirror] if mirror.startswith("/") else [])}
    return Programs(
        program,
        str(config),
        [f"{program}:{program}:ro", *(f"{one}:{one}" for one in folders - {str(Path(program).parent)})],
    )


def _script() -> ModuleType:
    spec = spec_from_loader("terraform_script", SourceFileLoader("terraform_script", str(TERRAFORM)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def comment_of(pull: Pull, marker: str) -> str:
    """The one comment with that mark."""
    (found,) = [one["body"] for one in pull.comments if re.search(f"<!-- {marker} ", one["body"])]
    return str(found)
