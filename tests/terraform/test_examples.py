# SPDX-License-Identifier: Apache-2.0
"""Each example, planned, applied, planned again, used by the action where it makes a role for it, and destroyed.

The Okta provider cannot be had on every machine. Where an example needs it, the resources of modules/okta are replaced
here by values of the stand-in for Okta; the module's variables, validations and outputs, and all of the AWS side, run
as they are. Where the provider can be had, the examples are validated with it, unchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes.job import Job
from fakes.leaks import found
from fakes.terraform import MODULES, Configuration, copied, okta_provider
from fakes.world import Account, may_write, s3_client
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront

ALL = sorted(folder.name for folder in (MODULES / "examples").iterdir() if list(folder.glob("*.tf")))
# Five runs of Terraform in one test; a loaded machine takes its time.
pytestmark = pytest.mark.timeout(600)
# What the job's token says.
REPOSITORY = {
    "github_owner": "acme",
    "github_owner_id": "1000001",
    "github_repository": "infrastructure",
    "github_repository_id": "2000002",
}
# It has nothing but Okta in it.
OKTA_ALONE = {"okta-github"}
# Resources that outputs.tf of modules/okta reads, with what the stand-in for Okta would answer.
STAND_IN = """
locals {
  okta_auth_server       = { this = var.create ? [{ id = "aus1", issuer = ISSUER }] : [] }
  okta_auth_server_scope = { this = var.create ? [{ name = var.scope }] : [] }
  okta_app_oauth = {
    service = { for name in keys(var.services) : name => { id = "0oa1", client_id = "0oaPIPELINE", label = name } }
    people  = var.people == null ? [] : [{ id = "0oa2", client_id = "0oaPEOPLE", label = "people" }]
  }
  group_ids = {}
}
"""


@pytest.fixture
def account(front: StsFront, emulator: Emulator) -> Account:
    """An account with the bucket that the examples take for granted."""
    made = Account.new(front, emulator)
    with s3_client(front, made.number, emulator.admin_secret) as s3:
        s3.create_bucket(Bucket=bucket_of(made), CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


def bucket_of(account: Account) -> str:
    return f"releases-{account.number}"


def with_okta(account: Account, **more: object) -> dict[str, object]:
    """The variables of each example of Okta, and more."""
    return {"okta_org_name": "acme", "region": REGION, "bucket": bucket_of(account), **more}


def without_okta_s_provider(modules: Path, issuer: str) -> None:
    """Replaces the resources of modules/okta, and takes the provider out of everything."""
    okta = modules / "modules/okta"
    (okta / "main.tf").write_text(STAND_IN.replace("ISSUER", json.dumps(issuer)))
    outputs = okta / "outputs.tf"
    outputs.write_text(
        re.sub(r"\bokta_(auth_server|auth_server_scope|app_oauth)\.", r"local.okta_\1.", outputs.read_text())
    )
    for file in [*okta.glob("*.tf"), *modules.glob("examples/*/*.tf")]:
        text = re.sub(r'^provider "okta" \{\n.*?^\}\n', "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
        if file.name == "versions.tf":
            text = re.sub(r"^    okta = \{\n.*?^    \}\n", "", text, flags=re.DOTALL | re.MULTILINE)
        file.write_text(text)


@contextmanager
def applied(account: Account, folder: Path, name: str, variables: Mapping[str, object]) -> Iterator[Configuration]:
    """The example, applied, and found to be what a second plan wants; at the end it is taken away."""
    modules = copied(folder)
    without_okta_s_provider(modules, "https://acme.okta.com/oauth2/ausDEMO0000000000000")
    with Configuration.against(account, modules / "examples" / name, variables).with_running_provider() as made:
        made.apply()
        try:
            made.assert_nothing_to_change()
            yield made
        finally:
            made.destroy()
    assert account.iam().list_roles()["Roles"] == []
    assert account.iam().list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_every_example_is_run_here() -> None:
    tests = "".join(Path(__file__).with_name(name).read_text() for name in ("test_examples.py", "test_atlantis.py"))
    assert not [name for name in set(ALL) - OKTA_ALONE if f'"{name}"' not in tests]


@pytest.mark.parametrize("name", ALL if okta_provider() else sorted(OKTA_ALONE))
def test_an_example_is_valid_as_it_stands(tmp_path: Path, name: str) -> None:
    example = Configuration(copied(tmp_path) / "examples" / name)
    if okta_provider():
        example.run("init", "-input=false", "-no-color")
        example.run("validate", "-no-color")
    else:
        example.run("fmt", "-check", "-diff")  # syntax; its names are checked against the provider's schema elsewhere


def test_complete_lets_the_pipeline_and_the_people_in_each_with_their_own(
    tmp_path: Path,
    account: Account,
    job: Job,
    okta: OktaIssuer,
    key: SigningKey,
    as_machine: dict[str, str],
    front: StsFront,
) -> None:
    public = json.dumps(key.public_jwk())
    with applied(account, tmp_path, "complete", with_okta(account, public_keys=[public])) as complete:
        told = complete.outputs
        machine = job.step(as_machine | told["action_inputs"])
        assert machine.status == 0, machine.log()
        assert may_write(front, machine.credentials, bucket_of(account), "releases/app.tar")
        assert not may_write(front, machine.credentials, bucket_of(account), "app.tar")
        token = {"web-identity-token": person(okta), "role-to-assume": told["login"]["role-to-assume"]}
        developer = job.step(token)
        assert developer.status == 0, developer.log()
        assert not may_write(front, developer.credentials, bucket_of(account), "releases/app.tar")
        job.step({**as_machine, "role-to-assume": told["role_arns"]["developer"]}).assert_refused(5, "role-refused")
        job.step({**token, "role-to-assume": told["role_arns"]["deploy"]}).assert_refused(5, "role-refused")
        assert told["action_inputs"]["okta-issuer"] == okta.issuer
        hidden = {"private key": key.pem(), "administrator": account.emulator.admin_secret}
        assert found(hidden, complete.written()) == set()


def test_okta_service_lets_the_pipeline_in(
    tmp_path: Path, account: Account, job: Job, key: SigningKey, as_machine: dict[str, str], front: StsFront
) -> None:
    public = json.dumps(key.public_jwk())
    with applied(account, tmp_path, "okta-service", with_okta(account, public_keys=[public])):
        step = job.step(as_machine | {"role-to-assume": arn(account, "example-okta-service")})
        assert step.status == 0, step.log()
        assert may_write(front, step.credentials, bucket_of(account), "releases/app.tar")
        assert not may_write(front, step.credentials, bucket_of(account), "app.tar")


def test_okta_people_lets_people_in_and_no_machine(
    tmp_path: Path, account: Account, job: Job, okta: OktaIssuer, as_machine: dict[str, str]
) -> None:
    with applied(account, tmp_path, "okta-people", with_okta(account)):
        role = {"role-to-assume": arn(account, "example-okta-people")}
        step = job.step({**role, "web-identity-token": person(okta)})
        assert step.status == 0, step.log()
        job.step(as_machine | role).assert_refused(5, "provider-audience")


def test_github_basic_lets_the_job_in(tmp_path: Path, account: Account, job: Job, front: StsFront) -> None:
    variables = {**REPOSITORY, "environment": "production", "bucket": bucket_of(account), "region": REGION}
    with applied(account, tmp_path, "github-basic", variables) as basic:
        step = job.step({"role-to-assume": basic.outputs["role_arn"]})
        assert step.status == 0, step.log()
        assert may_write(front, step.credentials, bucket_of(account), "site/index.html")
        assert not may_write(front, step.credentials, bucket_of(account), "index.html")


def test_plan_apply_lets_the_environment_apply_and_not_plan(
    tmp_path: Path, account: Account, job: Job, front: StsFront
) -> None:
    buckets = {name: f"{name.replace('_', '-')}-{account.number}" for name in ("state_bucket", "plan_bucket")}
    # The stand-in has none of AWS's own managed policies.
    variables = {**REPOSITORY, **buckets, "plan_policies": {}, "force_destroy": True, "region": REGION}
    with applied(account, tmp_path, "plan-apply", variables) as pair:
        step = job.step({"role-to-assume": pair.outputs["apply_role_arn"]})
        assert step.status == 0, step.log()
        assert not may_write(front, step.credentials, buckets["plan_bucket"], "infrastructure/plan.out")
        job.step({"role-to-assume": pair.outputs["plan_role_arn"]}).assert_refused(5, "role-refused")


def arn(account: Account, role: str) -> str:
    return f"arn:aws:iam::{account.number}:role/{role}"


def person(okta: OktaIssuer) -> str:
    """The ID token of a person who signed in with two factors."""
    claims = {"aud": "0oaPEOPLE", "sub": "00u1234567890", "amr": ["pwd", "mfa"], "cid": None, "scp": None}
    return okta.token_for(Client("0oaPEOPLE"), **claims)  # type: ignore[arg-type]
