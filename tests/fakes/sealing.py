# SPDX-License-Identifier: Apache-2.0
"""A repository with Terraform in it, a pull request that changes it, and the jobs that plan, seal and apply."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from fakes.command import Outcome, okta_aws
from fakes.github_api import BOT, GithubApi, Object, Pull
from fakes.terraform import SHORT_LIVED, TERRAFORM
from fakes.world import BOTO, Account
from okta_aws.demo.emulator import REGION

DIRECTORY = "stacks/network"
STATE_KEY = "infra/terraform.tfstate"
PLAN_KEY = "infra/7/123-1/plan"
LOCK = ".terraform.lock.hcl"
MAP = """\
version: 1
projects:
  - directory: stacks/*
    apply:
      users: [olga]
      teams: [acme/platform]
"""
BACKEND = 'terraform {\n  backend "s3" {}\n}\n'
PLAN_FREE = 'resource "terraform_data" "one" {\n  input = "first"\n}\n'


def planned(folder: Path, files: Mapping[str, str]) -> bytes:
    """A real plan of these files; ``folder`` then also has the lock file, where there are providers."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    terraform(folder, "init", "-input=false", "-no-color")
    terraform(folder, "plan", "-input=false", "-no-color", "-lock=false", "-out=plan.out")
    return (folder / "plan.out").read_bytes()


def terraform(folder: Path, *arguments: str, **environ: str) -> str:
    """What Terraform says in that folder."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TERRAFORM_PROVIDER_MIRROR") if name in os.environ}
    command = [str(TERRAFORM), f"-chdir={folder}", *arguments]
    done = subprocess.run(
        command, env=kept | SHORT_LIVED | environ, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@functools.cache
def program() -> str:
    """Terraform itself, without our script around it: enough for what needs no provider, and faster."""
    loaded = ModuleType("scripts_terraform")
    loaded.__file__ = str(TERRAFORM)
    exec(compile(TERRAFORM.read_text(), TERRAFORM, "exec"), loaded.__dict__)  # noqa: S102 - our own script
    path: str = loaded.terraform(json.loads(loaded.RELEASE.read_text()))
    return path


def code(main: str) -> dict[str, str]:
    """A root module whose state is in S3."""
    return {"backend.tf": BACKEND, "main.tf": main}


def below(files: Mapping[str, str]) -> dict[str, str]:
    """The same files in the directory that is planned."""
    return {f"{DIRECTORY}/{path}": text for path, text in files.items()}


@dataclass
class StateStore:
    """A bucket for state, and real plans of code that keeps it there. Each plan is made once: bytes are bytes."""

    account: Account
    folder: Path
    bucket: str = ""
    made: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket = new_bucket(self.account, "state")

    @property
    def environ(self) -> dict[str, str]:
        """AWS for whoever may do everything in the account."""
        return {
            "AWS_ACCESS_KEY_ID": self.account.number,
            "AWS_SECRET_ACCESS_KEY": self.account.emulator.admin_secret,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.account.front.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def plan(self, files: Mapping[str, str], *settings: str, workspace: str = "default") -> bytes:
        """The plan that Terraform makes of these files where there is no state. ``settings``: more of the backend."""
        name = hashlib.sha256(json.dumps([*files.items(), *settings, workspace]).encode()).hexdigest()
        if name not in self.made:
            self.clear()
            folder = self.folder / name[:16]
            self.begin(folder, files, *settings)
            arguments = ("plan", "-input=false", "-no-color", "-out=plan.out")
            terraform(folder, *arguments, **self.environ, TF_WORKSPACE=workspace)
            self.made[name] = (folder / "plan.out").read_bytes()
        return self.made[name]

    def begin(self, folder: Path, files: Mapping[str, str], *settings: str) -> None:
        """A folder with these files in which Terraform knows where the state is."""
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        given = [f"bucket={self.bucket}", f"key={STATE_KEY}", f"region={REGION}", "use_lockfile=true"]
        # Buckets of the stand-in have no host names of their own.
        given += ["use_path_style=true", *settings]
        backend = [f"-backend-config={one}" for one in given]
        terraform(folder, "init", "-input=false", "-no-color", *backend, **self.environ)

    def clear(self) -> None:
        """No state, and nothing that was one."""
        s3 = client(self.account, "s3")
        for one in s3.list_object_versions(Bucket=self.bucket).get("Versions", []):
            s3.delete_object(Bucket=self.bucket, Key=one["Key"], VersionId=one["VersionId"])
        s3.close()


def client(account: Account, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """A client of the account's administrator."""
    return BOTO.client(
        service,  # type: ignore[call-overload]
        endpoint_url=account.front.url,
        aws_access_key_id=account.number,
        aws_secret_access_key=account.emulator.admin_secret,
    )


def new_bucket(account: Account, what: str) -> str:
    """A new bucket with versions."""
    name, s3 = f"{what}-{secrets.token_hex(6)}", client(account, "s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.close()
    return name


@dataclass
class Story:
    """One pull request, number 7, by ``arthur``. Each step is the real command in a process of its own."""

    store: StateStore
    github: GithubApi
    folder: Path
    plan_bucket: str = ""
    kms_key: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    claim: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store.clear()
        self.plan_bucket = new_bucket(self.store.account, "plans")
        self.kms_key = self.new_key()
        self.main = self.github.commit("main", {".github/approvers.yml": MAP})
        self.github.commit("change", {})
        self.github.commit("change", {".github/approvers.yml": MAP, **below(code(PLAN_FREE))})
        self.pull: Pull = self.github.open_pull("arthur", "change")
        self.environ = {
            **self.store.environ,
            "HOME": str(self.folder),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_TOKEN": self.github.token(),
            "GITHUB_RUN_ID": "123",
            "GITHUB_RUN_ATTEMPT": "1",
            "OKTA_AWS_DIRECTORY": DIRECTORY,
            "OKTA_AWS_ENVIRONMENT": "production",
            "OKTA_AWS_PLAN_BUCKET": self.plan_bucket,
            "OKTA_AWS_STATE_BUCKET": self.state_bucket,
            "OKTA_AWS_STATE_KEY": STATE_KEY,
            "OKTA_AWS_KMS_KEY": self.kms_key,
            "OKTA_AWS_PULL_REQUEST": "7",
            "OKTA_AWS_TERRAFORM": program(),
        }

    @property
    def output(self) -> Path:
        """Where the apply job wants the plan."""
        return self.folder / "to-apply.out"

    @property
    def state_bucket(self) -> str:
        """Where the state is, and nothing else."""
        return self.store.bucket

    def aws(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """A client of the account's administrator."""
        return client(self.store.account, service)

    def changed(self, files: Mapping[str, str]) -> bytes:
        """The pull request has these files in its directory now; the plan of them."""
        self.pull.head = self.github.commit("change", below(files))
        return self.store.plan(files)

    def new_key(self) -> str:
        """The ARN of a new key that signs."""
        kms = self.aws("kms")
        made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
        kms.close()
        return str(made["KeyMetadata"]["Arn"])

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Somebody with the right to writes an object."""
        s3 = self.aws("s3")
        version = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        s3.close()
        return str(version)

    def read(self, key: str, bucket: str = "") -> bytes:
        """An object of the plan bucket, or of another."""
        s3 = self.aws("s3")
        body: bytes = s3.get_object(Bucket=bucket or self.plan_bucket, Key=key)["Body"].read()
        s3.close()
        return body

    def keys(self, prefix: str) -> list[str]:
        """What lies in the plan bucket below a prefix."""
        s3 = self.aws("s3")
        found = s3.list_objects_v2(Bucket=self.plan_bucket, Prefix=prefix).get("Contents", [])
        s3.close()
        return [one["Key"] for one in found]

    def command(self, *arguments: str, **environ: str) -> Outcome:
        """``okta-aws approval`` with the job's variables and these."""
        return okta_aws("approval", *arguments, environ={**self.environ, **environ}, cwd=self.folder)

    def upload(self, plan: bytes) -> None:
        """The plan job's last step."""
        version = self.put(self.plan_bucket, PLAN_KEY, plan)
        self.claim = {"OKTA_AWS_PLAN_KEY": PLAN_KEY, "OKTA_AWS_PLAN_VERSION": version}

    def seal(self, **environ: str) -> Outcome:
        """The seal job."""
        self.sync_clock()
        return self.command("seal", **{"OKTA_AWS_HEAD": self.pull.head, **self.claim, **environ})

    def sealed(self, plan: bytes) -> dict[str, str]:
        """Plan job and seal job, both of which go well; the outputs."""
        self.upload(plan)
        done = self.seal()
        assert done.status == 0, done.err
        outputs: dict[str, str] = json.loads(done.out)
        self.github.pass_time(60)
        return outputs

    def verify(self, **environ: str) -> Outcome:
        """The apply job's first step."""
        return self.command("verify", "--plan-output", str(self.output), **environ)

    def finish(self, marker: str, result: str) -> Outcome:
        """The apply job's last step."""
        return self.command("finish", "--marker", marker, "--result", result)

    def refused(self, **environ: str) -> str:
        """What verify says when it refuses; nothing was written, and nothing begun."""
        begun = self.keys("applied/")
        done = self.verify(**environ)
        assert done.status == 11, done.out + done.err
        assert not self.output.exists()
        assert self.keys("applied/") == begun
        return done.err

    def comments(self, marker: str) -> list[Object]:
        """Our bot's comments that begin with it."""
        return [one for one in self.pull.comments if one["body"].startswith(marker) and one["user"]["login"] == BOT]

    @property
    def plan_comment(self) -> Object:
        """The one comment with the plan."""
        (found,) = self.comments("<!-- okta-aws-plan")
        return found

    @property
    def outcome(self) -> str:
        """What the other comment says."""
        (found,) = self.comments("<!-- okta-aws-outcome")
        return str(found["body"])

    def sync_clock(self) -> None:
        """GitHub's clock is never behind ours."""
        now = datetime.now(UTC).replace(microsecond=0)
        self.github.now = max(self.github.now, now)
