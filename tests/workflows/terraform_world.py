# SPDX-License-Identifier: Apache-2.0
"""What use-terraform.yml needs: all that the tutorial sets up, by its own files and commands, and GitHub's API."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from e2e.act import Run
from fakes.github_api import GithubApi, Pull
from fakes.package_index import PackageIndex
from fakes.terraform import Configuration, copied
from fakes.world import Account, s3_client, trust
from okta_aws.demo.emulator import Emulator
from okta_aws.demo.github import Job
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from workflows.callers import OWNER_ID, REPOSITORY, REPOSITORY_ID, Caller
from workflows.programs import Programs, programs
from workflows.sts_claims import StsWithClaims
from workflows.tokens import Jobs
from workflows.tutorial import Tutorial

OUR_FILE = "org/okta-aws-action/.github/workflows/use-terraform.yml@refs/tags/v1"
ACCOUNT_OF_THE_TUTORIAL, KEY_OF_THE_TUTORIAL = "123456789012", "11111111-2222-3333-4444-555555555555"
REGION, SITE, STATES = "eu-central-1", "acme-site", "acme-terraform-state"
WORKSPACE = "eu"
APPLY_APP, PLAN_APP = "0oaAPPLIES0000000000", "0oaPLANS000000000000"
# The stand-in for AWS has no host names for buckets.
OVERRIDE = """# SPDX-License-Identifier: Apache-2.0
terraform {
  backend "s3" {
    use_path_style = true
  }
}

provider "aws" {
  s3_use_path_style = true
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
    """One repository and all around it. ``variables`` and ``secrets``: the repository's.

    ``with_okta``: variables with which plan and apply role are had by tokens of Okta.
    """

    caller: Caller
    api: GithubApi
    account: Account
    tutorial: Tutorial
    variables: dict[str, str]
    secrets: dict[str, str]
    with_okta: dict[str, str]
    environ: dict[str, str]
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    def open_pull(self, number: int, files: Mapping[str, str]) -> Pull:
        """A pull request of bob's."""
        head = self.caller.commit("A change", files, f"change-{number}")
        self.publish(f"change-{number}", head)
        return self.api.open_pull("bob", f"change-{number}", number)

    def merge(self, pull: Pull) -> str:
        """Merges it; the commit of that."""
        pull.merge_commit, pull.state = self.caller.merge(f"change-{pull.number}"), "closed"
        self.publish("main", pull.merge_commit)
        return pull.merge_commit

    def publish(self, branch: str, head: str) -> None:
        """GitHub's API shows what is on a branch."""
        self.api.branches[branch] = head
        self.api.files |= {(head, name): text for name, text in self.caller.files(head).items()}

    def catch_up(self) -> None:
        """GitHub's clock was moved by hand; it goes on with everybody's, and a little time passes."""
        self.api.now = max(self.api.now, datetime.now(UTC).replace(microsecond=0)) + timedelta(seconds=5)

    def run(self, event: str, payload: Mapping[str, Any], workflow: str = "terraform", **changed: str) -> Run:
        """Run the caller's workflow by an event; ``changed`` of its variables and secrets."""
        environ = {**self.environ, "GITHUB_RUN_ID": str(next(self.runs)), "GITHUB_RUN_ATTEMPT": "1"}
        secrets = {name: changed.pop(name, value) for name, value in self.secrets.items()}
        given = self.variables | changed
        return self.caller.run(workflow, event, payload, variables=given, secrets=secrets, environ=environ)

    def pull_request(self, pull: Pull) -> dict[str, Any]:
        """GitHub's event for a new commit of a pull request."""
        head = {"sha": pull.head, "ref": f"change-{pull.number}", "repo": {"id": REPOSITORY_ID}}
        base = {"ref": "main", "sha": self.caller.head(), "repo": {"id": REPOSITORY_ID}}
        one = {"number": pull.number, "head": head, "base": base}
        return {"action": "synchronize", "number": pull.number, "pull_request": one}

    def objects(self, bucket: str) -> dict[str, tuple[str, bytes]]:
        """What a bucket holds: the version and the bytes of each object."""
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            names = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
            found = {name: s3.get_object(Bucket=bucket, Key=name) for name in names}
            return {name: (one.get("VersionId", ""), one["Body"].read()) for name, one in found.items()}

    def site(self) -> dict[str, str]:
        """The pages of the site."""
        return {name: body.decode() for name, (_, body) in self.objects(SITE).items()}

    def in_state(self) -> list[str]:
        """The resources that the state of ``WORKSPACE`` knows."""
        state = json.loads(self.objects(STATES)[f"env:/{WORKSPACE}/site/terraform.tfstate"][1])
        return [one["name"] for one in state["resources"] if one["mode"] == "managed"]

    def write_state(self) -> str:
        """Somebody writes the state of ``WORKSPACE`` again; the version of that, which can be taken back."""
        key = f"env:/{WORKSPACE}/site/terraform.tfstate"
        body = self.objects(STATES)[key][1]
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            return str(s3.put_object(Bucket=STATES, Key=key, Body=body)["VersionId"])

    def take_back(self, version: str) -> None:
        """Takes a version of that state away."""
        with s3_client(self.account.front, self.account.number, self.account.emulator.admin_secret) as s3:
            s3.delete_object(Bucket=STATES, Key=f"env:/{WORKSPACE}/site/terraform.tfstate", VersionId=version)

    def untouched(self) -> tuple[object, object]:
        """State and site, to be compared."""
        return self.objects(STATES), self.objects(SITE)


@contextmanager
def world(folder: Path, emulator: Emulator, index: PackageIndex) -> Iterator[World]:
    """Everything, in an account of its own, as far as the tutorial's third part has it."""
    key = SigningKey.new("ES256")
    with (
        Jobs(jobs(), "token.actions.githubusercontent.com") as tokens,
        StsWithClaims(emulator, issuers=[tokens]) as front,
        GithubApi(REPOSITORY) as api,
        OktaIssuer([Client(one, jwks=[key.public_jwk()]) for one in (APPLY_APP, PLAN_APP)], default_scopes=()) as okta,
    ):
        account, ready = Account.new(front, emulator), programs()
        tutorial = Tutorial({ACCOUNT_OF_THE_TUTORIAL: account.number})
        desk = ready.on_a_desk(folder / "desk") | administrator(account)
        told = roles(tutorial, account, folder / "roles", desk)
        front.know(account.iam(), told["seal_role_arn"])
        trust_okta(account, okta, told)
        tutorial.mine[KEY_OF_THE_TUTORIAL] = told["seal_key_arn"].rpartition("/")[2]
        caller = Caller(folder / "caller", ready.mounts)
        ready.link(caller.shared)
        first_commit(tutorial, caller, desk)
        make_workspace(folder / "workspace", desk)
        api.repository_id = REPOSITORY_ID
        made = World(
            caller=caller,
            api=api,
            account=account,
            tutorial=tutorial,
            variables=variables(told) | {"OKTA_AWS_STS_ENDPOINT": front.url},
            secrets={
                "GITHUB_TOKEN": api.token(),
                "APPROVER_TOKEN": api.token("app", frozenset({"members"})),
                "OKTA_PRIVATE_KEY": key.pem(),
                "OKTA_PLAN_PRIVATE_KEY": key.pem(),
            },
            with_okta={
                "OKTA_ISSUER": okta.issuer,
                "OKTA_CLIENT_ID": APPLY_APP,
                "OKTA_PLAN_CLIENT_ID": PLAN_APP,
                "OKTA_KEY_ID": key.kid,
                "OKTA_SCOPE": "aws",
            },
            environ=of_the_runner(tokens, front, api, index, ready),
        )
        made.publish("main", caller.head())
        yield made


def administrator(account: Account) -> dict[str, str]:
    """Variables of a shell of the account's administrator."""
    return {
        "AWS_ENDPOINT_URL": account.front.url,
        "AWS_ACCESS_KEY_ID": account.number,
        "AWS_SECRET_ACCESS_KEY": account.emulator.admin_secret,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # AWS's command line reads no other
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def of_the_runner(
    tokens: Jobs, front: StsWithClaims, api: GithubApi, index: PackageIndex, ready: Programs
) -> dict[str, str]:
    """Variables that every job finds."""
    return {
        **tokens.environment(),
        **ready.settings,
        "AWS_ENDPOINT_URL": front.url,
        "GITHUB_API_URL": api.url,
        "PIP_INDEX_URL": f"{index.url}/simple/",
        "OKTA_AWS_TERRAFORM_CLI_CONFIG": ready.cli_config,
    }


def roles(tutorial: Tutorial, account: Account, folder: Path, desk: Mapping[str, str]) -> Mapping[str, Any]:
    """The tutorial's first part: bucket, policies, and our example; its outputs."""
    example = copied(folder) / "examples/plan-apply"
    for name in ("read-site.json", "write-site.json"):
        (folder / name).write_text(tutorial.file(name))
    tutorial.run("aws s3 mb", folder, desk)
    tutorial.skip("git clone")  # there is no such place here
    (example / "terraform.tfvars").write_text(tutorial.file("terraform.tfvars"))
    (example / "more.auto.tfvars").write_text(f'workspaces = ["default", "{WORKSPACE}"]\n')
    # The stand-in for AWS has no TLS and knows no aws:PrincipalArn; of the third part the provider waits for half a
    # minute to see whether it lasts.
    without(example / "storage.tf", r'^resource "aws_s3_bucket_policy" "tls" \{\n.*?^\}\n')
    without(example / "keys.tf", r'^ +\{\n +Sid += "OnlyTheSealSigns".*?^      \},\n')
    without(example / "storage.tf", r'^resource "aws_s3_bucket_lifecycle_configuration" "this" \{\n.*?^\}\n')
    made = Configuration.against(account, example, {})
    said = tutorial.run("terraform init", example, desk)
    assert "seal_key_arn" in said
    return made.outputs


def without(file: Path, part: str) -> None:
    """Takes a part of the example away."""
    text = file.read_text()
    changed = re.sub(part, "", text, flags=re.DOTALL | re.MULTILINE)
    assert changed != text
    file.write_text(changed)


def trust_okta(account: Account, okta: OktaIssuer, told: Mapping[str, Any]) -> None:
    """Lets an app of Okta have the plan role, and another the apply role."""
    provider = account.provider(okta.issuer, [okta.audience])
    for app, arn in {PLAN_APP: told["plan_role_arn"], APPLY_APP: told["apply_role_arn"]}.items():
        name = arn.rpartition("/")[2]
        policy: Any = account.iam().get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        policy["Statement"] += trust(provider, sub=app, aud=okta.audience)["Statement"]
        account.iam().update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(policy))


def first_commit(tutorial: Tutorial, caller: Caller, desk: Mapping[str, str]) -> None:
    """The tutorial's third part, on main."""
    files = [".gitignore", "site/main.tf", ".github/approvers.yml", ".github/workflows/terraform.yml"]
    texts = {name: tutorial.file(name) for name in files} | {"site/stand_in_override.tf": OVERRIDE}
    for name, text in texts.items():
        (caller.work / name).parent.mkdir(exist_ok=True)
        (caller.work / name).write_text(text)
    tutorial.run("terraform -chdir=site init", caller.work, desk)
    caller.commit("A site without pages")


def make_workspace(folder: Path, desk: Mapping[str, str]) -> None:
    """Makes ``WORKSPACE``, as an administrator."""
    folder.mkdir()
    settings = {"bucket": STATES, "key": "site/terraform.tfstate", "region": REGION}
    lines = "".join(f'    {name} = "{value}"\n' for name, value in settings.items())
    backend = f'terraform {{\n  backend "s3" {{\n{lines}    use_path_style = true\n  }}\n}}\n'
    (folder / "main.tf").write_text(backend)
    made = Configuration(folder, environ=desk)
    made.run("init", "-input=false", "-no-color")
    made.run("workspace", "new", WORKSPACE)


def variables(told: Mapping[str, Any]) -> dict[str, str]:
    """The caller's variables; the tutorial's workflow names the same."""
    return {
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


def pushed(commit: str) -> dict[str, Any]:
    """GitHub's event for a push to main."""
    return {"after": commit, "deleted": False}


def comment_of(pull: Pull, marker: str) -> str:
    """The one comment with that mark."""
    (found,) = [one["body"] for one in pull.comments if re.search(f"<!-- {marker} ", one["body"])]
    return str(found)
