# SPDX-License-Identifier: Apache-2.0
"""One repository, its map, an AWS account, an Okta org, and a running Atlantis with our helper beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from atlantis.server import ATLANTIS, GROUP, HELPER, PERMISSIONS, Place, Server, owned, process, running, wait_until
from fakes.atlantis_github import AtlantisGithub
from fakes.command import okta_aws
from fakes.leaks import marked
from fakes.okta_org import OktaOrg
from fakes.world import BOTO, Account, s3_client, trust
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.names import Names
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront

CLIENT = "0oaATLANTIS"
# Values that a parser could stumble over.
HOSTILE = """two words, 'single' and "double" quotes, a=b, $(id) `id` \\\\ {"x": [1]} end"""
STACK = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  s3_use_path_style = true
}

variable "vpc_id" { type = string }
variable "motto" { type = string }
variable "password" {
  type      = string
  sensitive = true
}

data "aws_caller_identity" "me" {}

output "who" { value = data.aws_caller_identity.me.arn }
output "vpc" { value = var.vpc_id }
output "motto" { value = base64encode(var.motto) }
output "password" { value = nonsensitive(sha256(var.password)) }

resource "aws_s3_object" "page" {
  bucket  = "BUCKET"
  key     = "KEY"
  content = "TEXT"
}
"""


@dataclass
class World:
    """All of it. ``hidden``: what may show nowhere."""

    server: Server
    github: AtlantisGithub
    place: Place
    account: Account
    bucket: str
    org: OktaOrg
    hidden: dict[str, str]
    helper_log: Path
    numbers: list[int] = field(default_factory=lambda: [0])

    def stack(self, key: str, text: str = "hello") -> str:
        """A configuration that puts one object into the bucket, and says who it is."""
        return STACK.replace("BUCKET", self.bucket).replace("KEY", key).replace("TEXT", text)

    def next_number(self) -> int:
        """The number of the next pull request."""
        self.numbers[0] += 1
        return self.numbers[0]

    def content_of(self, key: str) -> str | None:
        """What is in the bucket."""
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            found = [one["Key"] for one in s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]
            return s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() if key in found else None

    def as_atlantis(self, *arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Our command as Atlantis's user, as code that a plan runs can have it."""
        place = {"PATH": "/usr/bin:/bin", "OKTA_AWS_ATLANTIS_SOCKET": str(self.place.socket)}
        command: list[str | Path] = [self.place.programs / "okta-aws", *arguments]
        return subprocess.run(
            command,
            env={**place, **environ},
            cwd="/",
            user=ATLANTIS,
            group=GROUP,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )

    def audit(self) -> list[dict[str, object]]:
        """The helper's lines about requests."""
        lines = [line[line.index("{") :] for line in self.helper_log.read_text().splitlines() if '"request"' in line]
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Not pytest's own, which one user alone may walk through."""
    made = Path(tempfile.mkdtemp(prefix="atlantis-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def world(folder: Path, emulator: Emulator) -> Iterator[World]:
    """Set up as docs/how-to/atlantis.md says, on one machine."""
    place, key = Place.made(folder), SigningKey.new("ES256", kid="atlantis")
    app = Client(CLIENT, jwks=[key.public_jwk()])
    with (
        OktaIssuer([app]) as issuer,
        OktaOrg() as org,
        StsFront(emulator) as front,
        AtlantisGithub(folder) as github,
        Names(github) as names,
    ):
        account = Account.new(front, emulator)
        bucket, hidden = prepared(account, issuer)
        people(github, org)
        owned(folder / "map.yaml", 0, 0o444, the_map(account, org))
        program = str(place.programs / "okta-aws")
        made = folder / "made"
        written = okta_aws(
            *("atlantis", "init", "--map", str(folder / "map.yaml"), "--output", str(made), "--program", program)
        )
        assert written.status == 0, written.err
        github.push("main", {"atlantis.yaml": (made / "repositories/acme/infra/atlantis.yaml").read_text()})
        where = {"AWS_ENDPOINT_URL": front.url, "OKTA_AWS_ATLANTIS_SOCKET": str(place.socket)}
        settings = {
            "OKTA_AWS_OKTA_ISSUER": issuer.issuer,
            "OKTA_AWS_OKTA_CLIENT_ID": CLIENT,
            "OKTA_AWS_OKTA_KEY_ID": key.kid,
            "OKTA_AWS_OKTA_ORG": org.org_issuer,
            "OKTA_AWS_OKTA_GROUPS_KEY_ID": org.signing.kid,
            "OKTA_AWS_STS_ENDPOINT": front.url,
            "AWS_ENDPOINT_URL": front.url,
            "GITHUB_API_URL": github.url,
        }
        secrets = {
            "okta-key": key.pem(),
            "groups-key": org.app_key.reveal(),
            "github-token": github.token("helper", PERMISSIONS),
        }
        with (
            helper(place, settings, secrets) as log,
            running(place, github, names, (made / "repos.yaml").read_text(), where) as server,
        ):
            known = hidden | {"key": "".join(key.pem().splitlines()[1:-1])[:60]}
            yield World(server, github, place, account, bucket, org, known, log)


def prepared(account: Account, issuer: OktaIssuer) -> tuple[str, dict[str, str]]:
    """Roles for plan and apply, a bucket, a secret and a parameter: the bucket's name, and the secret's value."""
    provider = account.provider(issuer.issuer, [issuer.audience])
    trusted = trust(provider, sub=CLIENT, aud=issuer.audience)
    for name in ("plan", "apply"):
        account.role(trusted, name, longest_s=7200)
    anybody = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account.number}:root"},
        "Action": "sts:AssumeRole",
    }
    account.role({"Version": "2012-10-17", "Statement": [anybody]}, "treasure")
    bucket = account.bucket("apply", prefix="")
    reads = ["s3:GetObject*", "s3:ListBucket", "secretsmanager:GetSecretValue", "ssm:GetParameter", "sts:AssumeRole"]
    allow(account, "plan", reads)
    allow(account, "apply", [*reads, "s3:PutObject*"])
    password = marked("password").replace('"', "").replace("\\", "")
    manager = BOTO.client(
        "secretsmanager",
        endpoint_url=account.front.url,
        aws_access_key_id=account.number,
        aws_secret_access_key=account.emulator.admin_secret,
    )
    manager.create_secret(Name="infra/db", SecretString=json.dumps({"password": password}))
    return bucket, {"password": password}


def allow(account: Account, role: str, actions: list[str]) -> None:
    """A role may do that everywhere."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam().put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=document)


def people(github: AtlantisGithub, org: OktaOrg) -> None:
    """bob and carol write; alice may apply by her group in Okta, frank by his team on GitHub; eve is a guest."""
    github.teams["acme/developers"] = dict.fromkeys(("alice", "bob", "carol"), "active")
    github.teams["acme/platform"] = {"frank": "active"}
    org.add_group("aws-deployers", org.add_person("alice"), org.add_person("grace"))
    org.add_person("bob")


def the_map(account: Account, org: OktaOrg) -> str:
    """The map of the server."""
    role = f"arn:aws:iam::{account.number}:role"
    return f"""version: 1
okta:
  issuer: {org.org_issuer}
  client-id: 0oaGROUPS
projects:
  - repository: github.com/acme/infra
    directory: stacks/network
    plan-role: {role}/plan
    apply-role: {role}/apply
    region: {REGION}
    apply-duration-seconds: 7200
    vars:
      vpc_id: {{environment: VPC_ID}}
      motto: {json.dumps(HOSTILE)}
      password: {{secret: infra/db, key: password}}
    plan: {{teams: [acme/developers, acme/platform]}}
    apply: {{okta-groups: [aws-deployers], teams: [acme/platform]}}
    autoplan: true
  - repository: github.com/acme/infra
    directory: stacks/readonly
    plan-role: {role}/plan
    region: {REGION}
    vars: {{vpc_id: none, motto: none, password: none}}
    plan: {{teams: [acme/developers]}}
    apply: {{teams: [acme/developers]}}
    autoplan: true
  - repository: github.com/acme/infra
    directory: stacks/checked
    apply-role: {role}/apply
    region: {REGION}
    verify-approval: true
    apply: {{teams: [acme/platform, acme/developers]}}
"""


@contextmanager
def helper(place: Place, environ: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Path]:
    """Our helper, as its own user; the path of its log. ``secrets``: by the names of their files."""
    log = place.folder / "helper.log"
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(place.folder / "helper-home"),
        "OKTA_AWS_ATLANTIS_MAP": str(place.folder / "map.yaml"),
        "OKTA_AWS_ATLANTIS_SOCKET": str(place.socket),
        "VPC_ID": "vpc-0a1b2c",
        **environ,
    }
    files = {name: owned(place.folder / name, HELPER, 0o400, text) for name, text in secrets.items()}
    options: list[str | Path] = [
        *("--okta-private-key-file", files["okta-key"], "--github-token-file", files["github-token"]),
        *("--okta-groups-key-file", files["groups-key"]),
    ]
    with process([place.programs / "okta-aws", "atlantis", "helper", *options], HELPER, environ, log) as started:
        wait_until(lambda: started.poll() is not None or place.socket.exists(), "the helper", log)
        assert started.poll() is None, log.read_text()
        yield log
