# SPDX-License-Identifier: Apache-2.0
"""The module that runs Atlantis, applied as far as the stand-in for AWS goes.

It keeps roles, keys, logs, network, load balancer, file system, task definition and service, as AWS would. It starts no
container, and its load balancer forwards nothing: what those would do stands in the plan, whose JSON is read here.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.command import okta_aws
from fakes.leaks import found, marked
from fakes.terraform import CHANGES, MODULES, Configuration, copied
from fakes.world import BOTO, Account
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.sts_front import StsFront

pytestmark = pytest.mark.timeout(600)
EXAMPLE = MODULES / "examples" / "atlantis"
DIGEST = "@sha256:" + "0" * 64
NAMES = (
    *("github_app_key", "github_webhook", "github_token"),
    *("okta_client", "cookie", "okta_roles_key", "okta_groups_key"),
)
HIDDEN = {name: marked(name) for name in NAMES}


def client(account: Account, service: str) -> Any:  # noqa: ANN401 - boto3's clients have one type for each service
    """An administrator's client of any service."""
    return BOTO.client(
        service,  # type: ignore[call-overload]
        endpoint_url=account.front.url,
        aws_access_key_id=account.number,
        aws_secret_access_key=account.emulator.admin_secret,
    )


@pytest.fixture(scope="module")
def account(front: StsFront, emulator: Emulator) -> Account:
    return Account.new(front, emulator)


@pytest.fixture(scope="module")
def variables(account: Account) -> dict[str, object]:
    """An account with a network and the secrets, as the how-to has them made."""
    ec2, manager = client(account, "ec2"), client(account, "secretsmanager")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{at}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for at, zone in enumerate("abab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    made = {name: manager.create_secret(Name=f"atlantis/{name}", SecretString=text) for name, text in HIDDEN.items()}
    arns = {name: secret["ARN"] for name, secret in made.items()}
    return {
        "region": REGION,
        "certificate_arn": f"arn:aws:acm:{REGION}:{account.number}:certificate/{secrets.token_hex(16)}",
        "vpc_id": vpc,
        "public_subnet_ids": ids[:2],
        "private_subnet_ids": ids[2:],
        "people_cidrs": ["203.0.113.0/24"],
        "atlantis_image": f"ghcr.io/runatlantis/atlantis:v0.47.1{DIGEST}",
        "atlantis_version": "0.47.1",
        "oauth2_proxy_image": f"quay.io/oauth2-proxy/oauth2-proxy:v7.13.0{DIGEST}",
        "github_app_id": "123456",
        "github_app_slug": "acme-atlantis",
        "okta_client_id": "0oaATLANTIS",
        "secret_arns": arns,
        "okta_roles": {
            "issuer": "https://acme.okta.com/oauth2/aus123",
            "client_id": "0oaROLES",
            "key_id": "roles-2026",
            "groups_key_id": "groups-2026",
        },
        "deletion_protection": False,
        "wait_for_steady_state": False,
    }


@pytest.fixture(scope="module")
def applied(
    account: Account, variables: Mapping[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Configuration]:
    """The example, applied; at the end it is taken away."""
    example = copied(tmp_path_factory.mktemp("atlantis")) / "examples" / "atlantis"
    made = Configuration.against(account, example, variables)
    made.apply()
    yield made
    made.destroy()
    assert account.iam().list_roles()["Roles"] == []


def test_only_what_the_stand_in_forgets_is_left_for_a_second_plan(applied: Configuration) -> None:
    """It does not keep whether a service is spread over zones again; AWS does."""
    applied.run("plan", "-input=false", "-no-color", "-out=second.out", "-detailed-exitcode", status=CHANGES)
    changed = [change for change in planned(applied, "second.out") if change["change"]["actions"] != ["no-op"]]
    assert [change["type"] for change in changed] == ["aws_ecs_service"]
    before, after = changed[0]["change"]["before"], changed[0]["change"]["after"]
    assert {key for key in after if after[key] != before.get(key)} == {"availability_zone_rebalancing"}


def test_neither_state_nor_plan_holds_a_secret(applied: Configuration, account: Account) -> None:
    assert found(HIDDEN | {"administrator": account.emulator.admin_secret}, applied.written()) == set()


def test_a_secret_written_where_its_arn_belongs_is_refused_and_would_be_found(
    account: Account, variables: Mapping[str, object], tmp_path: Path
) -> None:
    """Proves that the test above can fail: Terraform writes the plan that it refuses, with the value in it."""
    arns = variables["secret_arns"]
    assert isinstance(arns, dict)
    example = copied(tmp_path) / "examples" / "atlantis"
    wrong = Configuration.against(account, example, {**variables, "secret_arns": {**arns, "cookie": HIDDEN["cookie"]}})
    wrong.run("init", "-input=false", "-no-color")
    refused = wrong.tried("plan", "-input=false", "-no-color", "-out=plan.out")
    assert refused.returncode == 1
    assert "cookie_secret_arn are ARNs of existing secrets" in " ".join(refused.stderr.replace("│", " ").split())
    assert {leak.secret for leak in found(HIDDEN, wrong.written())} == {"cookie"}


def test_the_secrets_reach_the_containers_by_their_arns(
    applied: Configuration, variables: Mapping[str, object]
) -> None:
    arns = variables["secret_arns"]
    assert isinstance(arns, dict)
    (definition,) = of_type(applied, "aws_ecs_task_definition")
    containers = {one["name"]: one for one in json.loads(definition["container_definitions"])}
    handed = {name: {one["name"]: one["valueFrom"] for one in box["secrets"]} for name, box in containers.items()}
    assert handed == {
        "atlantis": {
            "ATLANTIS_GH_APP_KEY": arns["github_app_key"],
            "ATLANTIS_GH_WEBHOOK_SECRET": arns["github_webhook"],
        },
        "oauth2-proxy": {
            "OAUTH2_PROXY_CLIENT_SECRET": arns["okta_client"],
            "OAUTH2_PROXY_COOKIE_SECRET": arns["cookie"],
        },
        "credentials": {
            "OKTA_AWS_OKTA_PRIVATE_KEY": arns["okta_roles_key"],
            "OKTA_AWS_OKTA_GROUPS_KEY": arns["okta_groups_key"],
            "OKTA_AWS_GITHUB_TOKEN": arns["github_token"],
        },
    }


def test_the_helper_is_another_user_and_shares_its_socket_alone(applied: Configuration) -> None:
    (definition,) = of_type(applied, "aws_ecs_task_definition")
    containers = {one["name"]: one for one in json.loads(definition["container_definitions"])}
    atlantis, helper = containers["atlantis"], containers["credentials"]
    assert (atlantis["user"], helper["user"]) == ("100:1000", "101:1000")
    shared = {one["sourceVolume"] for one in atlantis["mountPoints"]} & {
        one["sourceVolume"] for one in helper["mountPoints"]
    }
    assert shared == {"credentials"}
    assert [one["readOnly"] for one in atlantis["mountPoints"] if one["sourceVolume"] == "credentials"] == [True]
    told = {one["name"]: one["value"] for one in helper["environment"]}
    assert told["OKTA_AWS_ATLANTIS_MAP_TEXT"] == (EXAMPLE / "atlantis-map.yaml").read_text()
    assert not [one["name"] for one in atlantis["environment"] if one["name"].startswith("OKTA_AWS_")]


def test_the_command_of_the_helper_writes_the_map_that_it_was_given(applied: Configuration, tmp_path: Path) -> None:
    """The container's own shell command, with our program's place taken by one that says what it finds."""
    (definition,) = of_type(applied, "aws_ecs_task_definition")
    helper = next(one for one in json.loads(definition["container_definitions"]) if one["name"] == "credentials")
    told = {one["name"]: one["value"] for one in helper["environment"]}
    script = helper["command"][0].replace("/tmp/", f"{tmp_path}/")
    program = tmp_path / "okta-aws"
    program.write_text(
        f'#!/bin/sh\necho "$@ ${{OKTA_AWS_ATLANTIS_MAP_TEXT-unset}}"; cat {tmp_path}/atlantis-map.yaml\n'
    )
    program.chmod(0o755)
    environ = {**told, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    said = subprocess.run([*helper["entryPoint"], script], env=environ, check=True, capture_output=True, text=True)
    assert said.stdout == "atlantis helper unset\n" + (EXAMPLE / "atlantis-map.yaml").read_text()
    assert (tmp_path / "atlantis-map.yaml").stat().st_mode & 0o777 == 0o600


def test_the_generated_files_of_the_example_are_what_its_map_says() -> None:
    options = ["--map", str(EXAMPLE / "atlantis-map.yaml"), "--output", str(EXAMPLE / "generated"), "--check"]
    done = okta_aws("atlantis", "init", *options)
    assert (done.status, done.out) == (0, ""), done.err


@pytest.mark.usefixtures("applied")
def test_the_roles_in_the_account_may_do_what_the_plan_said(account: Account) -> None:
    iam = account.iam()
    allowed: dict[str, set[str]] = {}
    for role in ("atlantis-execution", "atlantis-task"):
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in document["Statement"]:
                assert "*" not in statement["Resource"]
                allowed.setdefault(role, set()).update(statement["Action"])
    assert allowed == {
        "atlantis-execution": {"logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue"},
        "atlantis-task": {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"},
    }


@pytest.mark.usefixtures("applied")
def test_the_data_cannot_be_reached_without_tls(account: Account) -> None:
    efs = client(account, "efs")
    (system,) = efs.describe_file_systems()["FileSystems"]
    assert system["Encrypted"]
    policy = json.loads(efs.describe_file_system_policy(FileSystemId=system["FileSystemId"])["Policy"])
    denied = [one for one in policy["Statement"] if one["Effect"] == "Deny"]
    assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    allowed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert [one["Principal"]["AWS"] for one in allowed] == [f"arn:aws:iam::{account.number}:role/atlantis-task"]


def test_one_atlantis_runs_at_a_time(account: Account, applied: Configuration) -> None:
    ecs = client(account, "ecs")
    (service,) = ecs.describe_services(cluster="atlantis", services=["atlantis"])["services"]
    configured = service["deploymentConfiguration"]
    assert (configured["minimumHealthyPercent"], configured["maximumPercent"]) == (0, 100)
    assert service["desiredCount"] == 1
    assert not service["enableExecuteCommand"]
    assert applied.outputs["webhook_url"] == "https://atlantis.acme.com/events"


def planned(made: Configuration, plan: str) -> list[Any]:
    changes: list[Any] = json.loads(made.run("show", "-json", plan))["resource_changes"]
    return changes


def of_type(made: Configuration, kind: str) -> list[Any]:
    """What the first plan said of the resources of a kind, as they are to be."""
    return [change["change"]["after"] for change in planned(made, "plan.out") if change["type"] == kind]
