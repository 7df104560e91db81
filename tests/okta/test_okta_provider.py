# SPDX-License-Identifier: Apache-2.0
"""What the real Okta provider makes of the module and the examples, against a fake of Okta's management API.

By request only (`scripts/test okta`): the provider is on few machines. Where it is not, this lane fails and says so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import terraform
from fakes.okta_api import SECRET_MARK, OktaApi, okta_api
from fakes.terraform import Configuration
from okta_aws.demo.signing import SigningKey

HERE = Path(__file__).parent
PLAN = ("plan", "-input=false", "-no-color")
APPLY = ("apply", "-auto-approve", "-input=false", "-no-color")
SECRET_KEPT = """
resource "okta_app_oauth" "careless" {
  label          = "careless"
  type           = "web"
  grant_types    = ["authorization_code"]
  response_types = ["code"]
  redirect_uris  = ["https://acme.example/back"]
}
"""
AWS_OF_NOBODY = {"account_id": "123456789012", "bucket": "releases"}
NO_AWS = """
provider "aws" {
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""


@pytest.fixture(scope="module")
def keys() -> tuple[SigningKey, SigningKey]:
    return SigningKey.new("RS256", kid="first"), SigningKey.new("ES256", kid="second")


@pytest.fixture
def org() -> Iterator[OktaApi]:
    with okta_api() as running:
        yield running


@pytest.fixture
def configuration(org: OktaApi, keys: tuple[SigningKey, SigningKey], tmp_path: Path) -> Configuration:
    """Our module in a configuration of its own, with one key."""
    terraform.copied(tmp_path)
    folder = Path(shutil.copytree(HERE / "org", tmp_path / "org"))
    made = Configuration(folder, with_keys(keys[0]), access_to(org))
    made.run("init", "-input=false", "-no-color")
    return made


def with_keys(*keys: SigningKey) -> dict[str, object]:
    return {"public_keys": [json.dumps(key.public_jwk()) for key in keys]}


def access_to(org: OktaApi) -> dict[str, str]:
    return {
        "OKTA_ORG_NAME": "acme",
        "OKTA_BASE_URL": "okta.com",
        "OKTA_API_TOKEN": org.token,
        "OKTA_HTTP_PROXY": org.url,
    }


def client_keys(org: OktaApi, label: str) -> list[str]:
    """Ids of the keys of an application, as the org has them."""
    (app,) = [app for app in org.children("/api/v1/apps") if app["label"] == label]
    return [key["kid"] for key in app["settings"]["oauthClient"]["jwks"]["keys"]]


def left(org: OktaApi) -> list[str]:
    """All that is no part of the org from its start."""
    return [
        path for path, value in org.objects.items() if not value.get("system") and "Default Policy" not in str(value)
    ]


def changed(org: OktaApi, since: int) -> list[tuple[str, str]]:
    """The calls since then that change anything."""
    return [(method, path) for method, path in org.calls[since:] if method != "GET"]


def test_what_is_applied_stays_as_it_is_and_goes_away_whole(org: OktaApi, configuration: Configuration) -> None:
    configuration.apply()
    configuration.assert_nothing_to_change()
    assert len(org.children("/api/v1/apps")) == 3
    configuration.destroy()
    assert left(org) == []


def test_a_key_is_rotated_with_both_in_place_for_a_while(
    org: OktaApi, configuration: Configuration, keys: tuple[SigningKey, SigningKey]
) -> None:
    configuration.apply()
    client_id = configuration.outputs["okta"]["services"]["deploy"]["client_id"]
    for step in (keys, keys[1:]):
        now = replace(configuration, variables=with_keys(*step))
        now.apply()
        now.assert_nothing_to_change()
        assert client_keys(org, "aws-deploy") == [key.kid for key in step]
        assert now.outputs["okta"]["services"]["deploy"]["client_id"] == client_id


def test_the_sign_on_policy_refuses_all_but_two_factors(org: OktaApi, configuration: Configuration) -> None:
    configuration.apply()
    (policy,) = [policy for policy in org.children("/api/v1/policies") if policy["name"] == "aws-people"]
    rules = {
        rule["name"]: rule["actions"]["appSignOn"] for rule in org.children(f"/api/v1/policies/{policy['id']}/rules")
    }
    assert rules["Catch-all Rule"]["access"] == "DENY"
    assert (rules["two-factors"]["access"], rules["two-factors"]["verificationMethod"]["factorMode"]) == (
        "ALLOW",
        "2FA",
    )
    (app,) = [app for app in org.children("/api/v1/apps") if app["label"] == "aws-people"]
    assert app["_links"]["accessPolicy"]["href"].endswith(policy["id"])


def test_the_rule_for_machines_reaches_okta_without_groups(org: OktaApi, configuration: Configuration) -> None:
    configuration.apply()
    (rule,) = [rule for path, rule in org.objects.items() if "/rules/" in path and rule["name"] == "client-credentials"]
    assert rule["conditions"]["people"] == {"groups": {}, "users": {}}
    assert rule["conditions"]["grantTypes"] == {"include": ["client_credentials"]}


def test_an_assignment_that_somebody_else_made_stays(org: OktaApi, configuration: Configuration) -> None:
    configuration.apply()
    (app,) = [app["id"] for app in org.children("/api/v1/apps") if app["label"] == "aws-people"]
    group = org.create("/api/v1/groups", {"profile": {"name": "by-hand"}})["id"]
    org.assign({}, f"/api/v1/apps/{app}", group)
    configuration.assert_nothing_to_change()
    configuration.run(*APPLY)
    assert f"/api/v1/apps/{app}/groups/{group}" in org.objects


def test_no_secret_is_in_the_state_or_the_plan(
    org: OktaApi, configuration: Configuration, keys: tuple[SigningKey, SigningKey]
) -> None:
    configuration.apply()
    secret = [SECRET_MARK, org.token, *keys[0].pem().splitlines()[1:-1]]
    assert not [
        (name, text) for name, kept in configuration.written().items() for text in secret if text.encode() in kept
    ]


def test_a_secret_in_the_state_would_be_found(configuration: Configuration) -> None:
    (configuration.folder / "careless.tf").write_text(SECRET_KEPT)
    configuration.apply()
    assert SECRET_MARK.encode() in configuration.written()["terraform.tfstate"]


WRONG_KEYS = {
    "a private member": ({"d": "not-a-real-value", "p": "x"}, ['"deploy":[["d","p"]]', "okta-aws jwk KEY.pem"]),
    "too short": ({"n": "u" * 171}, ["2048 bits or more", "about 1024 bits"]),
    "no id": ({"kid": ""}, ["wanted JWKs with kid", "kty RSA with e, kid, kty, n"]),
    "for encryption": ({"use": "enc"}, ['use "sig" or no use', "use enc"]),
}


@pytest.mark.parametrize(("change", "said"), WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_wrong_key_is_refused_with_what_is_wrong_and_nothing_is_made(
    org: OktaApi,
    configuration: Configuration,
    keys: tuple[SigningKey, SigningKey],
    change: dict[str, str],
    said: list[str],
) -> None:
    jwk = keys[0].public_jwk()
    wrong = {"kid": jwk["kid"], "kty": jwk["kty"], "n": jwk["n"], "e": jwk["e"], **change}
    before = len(org.calls)
    done = replace(configuration, variables={"public_keys": [json.dumps(wrong)]}).tried(*PLAN, "-out=plan.out")
    told = " ".join(done.stderr.replace("│", "").split())
    assert done.returncode == 1
    assert [text for text in said if text not in told] == []
    assert change.get("d", "nothing private") not in done.stdout + done.stderr
    assert changed(org, before) == []


@pytest.mark.parametrize("name", ["complete", "okta-service", "okta-people", "okta-github"])
def test_an_example_is_valid(name: str, tmp_path: Path) -> None:
    example = Configuration(terraform.copied(tmp_path) / "examples" / name)
    example.run("init", "-input=false", "-no-color")
    example.run("validate", "-no-color")


@pytest.mark.parametrize("name", ["complete", "okta-service", "okta-people"])
def test_an_example_can_be_planned_before_anything_exists(
    org: OktaApi, keys: tuple[SigningKey, SigningKey], name: str, tmp_path: Path
) -> None:
    folder = terraform.copied(tmp_path) / "examples" / name
    (folder / "stand_in_override.tf").write_text(NO_AWS)
    keyed = {} if name == "okta-people" else with_keys(keys[0])
    example = Configuration(folder, {"okta_org_name": "acme", **AWS_OF_NOBODY, **keyed}, access_to(org))
    example.run("init", "-input=false", "-no-color")
    example.run(*PLAN, "-detailed-exitcode", status=terraform.CHANGES)


def test_approvers_are_assigned_to_the_application_for_github(org: OktaApi, tmp_path: Path) -> None:
    client = {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"]}}
    label = "GitHub Enterprise Cloud - Organization"
    github = {"label": label, "name": "githubcloud", "signOnMode": "OPENID_CONNECT", "settings": client}
    app = org.create("/api/v1/apps", github)["id"]
    managers = org.create("/api/v1/groups", {"profile": {"name": "release-managers"}, "type": "OKTA_GROUP"})["id"]
    by_hand = org.create("/api/v1/groups", {"profile": {"name": "by-hand"}, "type": "OKTA_GROUP"})["id"]
    org.assign({}, f"/api/v1/apps/{app}", by_hand)
    inputs = {"okta_org_name": "acme", "github_app_label": label, "existing_approvers": ["release-managers"]}
    example = Configuration(terraform.copied(tmp_path) / "examples/okta-github", inputs, access_to(org))
    example.apply()
    example.assert_nothing_to_change()
    new = example.outputs["group_ids"]["aws-approvers-production"]
    assert {each["id"] for each in org.children(f"/api/v1/apps/{app}/groups")} == {managers, by_hand, new}
    example.destroy()
    assert [each["id"] for each in org.children(f"/api/v1/apps/{app}/groups")] == [by_hand]
