# SPDX-License-Identifier: Apache-2.0
"""The root module, applied, and then the action, which takes the roles that Terraform made."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from fakes import terraform
from fakes.job import Job
from fakes.leaks import found
from fakes.terraform import Configuration
from fakes.world import Account, may_write, s3_client
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.sts_front import StsFront
from okta_aws.policies.document import parse_document
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate

ROLES = ("machine", "person", "job")
PEOPLE_APP = "0oaPEOPLE"
Roles = dict[str, dict[str, Any]]
BUCKET = f"artifacts-{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def account(front: StsFront, emulator: Emulator) -> Account:
    made = Account.new(front, emulator)
    with s3_client(front, made.number, emulator.admin_secret) as s3:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


@pytest.fixture(scope="module")
def applied(account: Account, okta: OktaIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Configuration]:
    """What Terraform made; at the end it takes all of it away."""
    folder = tmp_path_factory.mktemp("both")
    terraform.copied(folder)
    configured = Path(shutil.copytree(Path(__file__).with_name("both"), folder / "both"))
    inputs = {"issuer": okta.issuer, "bucket": BUCKET}
    with Configuration.against(account, configured, inputs).with_running_provider() as made:
        made.apply()
        yield made
        made.destroy()
    assert account.iam().list_roles()["Roles"] == []
    assert account.iam().list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


@pytest.fixture(scope="module")
def roles(applied: Configuration) -> Roles:
    """The roles that Terraform made, as its outputs tell them."""
    told: Roles = applied.outputs["roles"]
    return told


@pytest.fixture
def person(okta: OktaIssuer) -> str:
    """The ID token of a person who signed in with two factors."""
    return id_token(okta, amr=["pwd", "mfa"])


def id_token(okta: OktaIssuer, **changes: object) -> str:
    claims = {"ver": 1, "jti": "ID.x", "aud": PEOPLE_APP, "sub": "00u1234567890", "cid": None, "scp": None, **changes}
    return okta.token_for(Client(PEOPLE_APP), **claims)  # type: ignore[arg-type]


def inputs(roles: Roles, role: str) -> dict[str, str]:
    return {"role-to-assume": roles[role]["arn"]}


def test_a_second_plan_has_nothing_to_change(applied: Configuration) -> None:
    applied.assert_nothing_to_change()


def test_the_version_of_the_provider_that_ran_is_one_the_modules_allow(
    applied: Configuration, record_property: Callable[[str, object], None]
) -> None:
    (version,) = applied.providers.values()
    record_property("hashicorp/aws", version)
    assert (5, 81) <= tuple(int(part) for part in version.split(".")[:2]) < (7, 0)


def test_a_machine_takes_its_role_with_its_key_and_writes_where_it_may(
    roles: Roles, job: Job, as_machine: dict[str, str], front: StsFront
) -> None:
    step = job.step(inputs(roles, "machine") | as_machine)
    assert step.status == 0, step.log()
    assert may_write(front, step.credentials, BUCKET, "machine/report")
    assert not may_write(front, step.credentials, BUCKET, "person/report")


def test_a_person_takes_their_role_and_writes_where_they_may(
    roles: Roles, job: Job, person: str, front: StsFront
) -> None:
    step = job.step(inputs(roles, "person") | {"web-identity-token": person})
    assert step.status == 0, step.log()
    assert may_write(front, step.credentials, BUCKET, "person/report")
    assert not may_write(front, step.credentials, BUCKET, "machine/report")


def test_a_job_of_github_takes_its_role_and_writes_where_it_may(roles: Roles, job: Job, front: StsFront) -> None:
    step = job.step(inputs(roles, "job"))
    assert step.status == 0, step.log()
    assert may_write(front, step.credentials, BUCKET, "job/report")
    assert not may_write(front, step.credentials, BUCKET, "machine/report")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "machine"])
def test_a_machine_gets_no_other_role(roles: Roles, job: Job, as_machine: dict[str, str], role: str) -> None:
    job.step(inputs(roles, role) | as_machine).assert_refused(5, "role-refused")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "person"])
def test_a_person_gets_no_other_role(roles: Roles, job: Job, person: str, role: str) -> None:
    job.step(inputs(roles, role) | {"web-identity-token": person}).assert_refused(5, "role-refused")


@pytest.mark.parametrize("role", [role for role in ROLES if role != "job"])
def test_a_job_of_github_gets_no_other_role(roles: Roles, job: Job, role: str) -> None:
    job.step(inputs(roles, role)).assert_refused(5, "role-refused")


@pytest.mark.parametrize("changes", [{"amr": ["pwd"]}, {"sub": "0oaPIPELINE"}, {"aud": "api://aws"}], ids=str)
def test_a_person_without_two_factors_or_a_machine_dressed_up_gets_no_role_of_people(
    roles: Roles, job: Job, okta: OktaIssuer, changes: dict[str, object]
) -> None:
    token = id_token(okta, **{"amr": ["pwd", "mfa"], **changes})
    job.step(inputs(roles, "person") | {"web-identity-token": token}).assert_refused(5, "role-refused")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("bearer", ROLES)
def test_our_own_evaluator_reads_terraform_s_trust_policies_as_aws_does(
    roles: Roles, okta: OktaIssuer, github: GithubIssuer, person: str, role: str, bearer: str
) -> None:
    tokens = {
        "machine": okta.token_for(Client("0oaPIPELINE")),
        "person": person,
        "job": github.token_for("sts.amazonaws.com"),
    }
    policy = parse_document(roles[role]["trust_policy"])
    verdict = evaluate(policy, Request(jwt.decode(tokens[bearer], options={"verify_signature": False})))
    assert verdict.answer == ("allow" if role == bearer else "deny")


def test_neither_state_nor_plan_holds_a_secret(applied: Configuration, account: Account, key: SigningKey) -> None:
    hidden = {"administrator": account.emulator.admin_secret, "private key": key.pem()}
    assert found(hidden, applied.written()) == set()


@pytest.mark.parametrize("sensitive", ["false", "true"])
def test_a_secret_in_state_or_plan_would_be_found(tmp_path: Path, key: SigningKey, sensitive: str) -> None:
    """Proves that the test above can fail, in both places."""
    text = 'variable "key" {\n  sensitive = SENSITIVE\n}\nresource "terraform_data" "kept" {\n  input = var.key\n}\n'
    (tmp_path / "main.tf").write_text(text.replace("SENSITIVE", sensitive))
    leaky = Configuration(tmp_path, {"key": key.pem()})
    leaky.apply()
    places = {leak.place for leak in found({"private key": key.pem()}, leaky.written())}
    assert "terraform.tfstate" in places
    assert "plan.out: tfplan" in places
