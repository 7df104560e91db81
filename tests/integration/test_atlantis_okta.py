# SPDX-License-Identifier: Apache-2.0
"""Groups of Okta decide who gets what of the real helper, with stand-ins for Okta's org, its issuer and AWS."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes import faults
from fakes.atlantis_helper import HEAD, STEP, Beside
from fakes.okta_org import OktaOrg
from fakes.world import Account
from okta_aws.atlantis.helper_socket import ask
from okta_aws.demo.issuer import OktaIssuer


@pytest.fixture(name="org")
def an_org() -> Iterator[OktaOrg]:
    with OktaOrg() as org:
        org.add_group("aws-deployers", org.add_person("Octocat"))
        yield org


@pytest.fixture(name="beside")
def a_helper_with_the_key(tmp_path: Path, account: Account, issuer: OktaIssuer, org: OktaOrg) -> Beside:
    """Its map names the group alone."""
    beside = Beside.new(tmp_path / "beside", account, issuer)
    path = beside.folder / "map.yaml"
    named = path.read_text().replace("{users: [octocat, admin]}", "{okta-groups: [aws-deployers]}")
    path.write_text(f"{named}okta:\n  issuer: {org.url}\n  client-id: 0oaGROUPS\n")
    beside.environ["OKTA_AWS_OKTA_GROUPS_KEY"] = org.app_key.reveal()
    beside.options = ["--okta-org", org.url, "--okta-groups-key-id", "groups", "--debug"]
    return beside


def asked(beside: Beside, **changes: str) -> Mapping[str, Any]:
    """The helper's answer about `atlantis apply` of ``STEP``."""
    request = {"request": "authorize", "command": "apply", "repository": "acme/infra", "user": STEP["USER_NAME"]}
    place = {"pull": STEP["PULL_NUM"], "head": HEAD, "directory": STEP["REPO_REL_DIR"], "teams": []}
    return ask(str(beside.socket), {**request, **place, **changes}, timeout_s=60, helper_uid=os.geteuid())


def test_a_member_gets_the_role_that_applies_and_the_keys_stay_with_the_helper(beside: Beside, org: OktaOrg) -> None:
    with beside.running():
        assert asked(beside)["allowed"] is True
        done = beside.unasked("apply")
        assert done.status == 0, done.err
        assert "AWS_SESSION_TOKEN" in done.out
    said = beside.log.read_text() + done.out + done.err
    secrets = [*org.tokens, *(line for line in org.app_key.reveal().splitlines() if "-----" not in line)]
    assert len(secrets) > 2
    assert not [secret for secret in secrets if secret in said]


@pytest.mark.parametrize("changes", [{"pull": "13"}, {"head": "b" * 40}, {"user": "mallory"}, {"command": "plan"}])
def test_what_was_allowed_is_good_for_nothing_else(beside: Beside, changes: Mapping[str, str]) -> None:
    with beside.running():
        asked(beside, **changes)
        done = beside.unasked("apply")
    assert (done.status, done.out) == (8, "")
    assert "about whom it was not asked" in done.err


def test_while_okta_is_down_nobody_gets_anything(beside: Beside, org: OktaOrg) -> None:
    org.faults.append(faults.unavailable().forever())
    with beside.running():
        assert "cannot be told" in asked(beside)["reason"]
        assert beside.unasked("apply").status == 8
    assert "error[okta-unavailable]" in beside.log.read_text()


def test_a_key_goes_to_no_org_but_its_own(beside: Beside, org: OktaOrg) -> None:
    beside.options[1] = "https://acme.okta.com"
    with beside.running():
        assert "names another issuer than the org of the key" in asked(beside)["reason"]
    assert org.requests == []


def test_without_a_key_nobody_of_a_group_may(beside: Beside, org: OktaOrg) -> None:
    beside.environ["OKTA_AWS_OKTA_GROUPS_KEY"] = ""
    with beside.running():
        assert "no key for Okta's groups is given" in asked(beside)["reason"]
    assert org.requests == []
