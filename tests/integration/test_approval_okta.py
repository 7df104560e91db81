# SPDX-License-Identifier: Apache-2.0
"""A plan approved by somebody of a group of Okta: the real command, with stand-ins for GitHub, AWS and Okta."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.github_api import GithubApi
from fakes.okta_org import OktaOrg
from fakes.sealing import PLAN_FREE, StateStore, Story, code

MAP = """\
version: 1
okta:
  issuer: {org}
  client-id: 0oaGROUPS
projects:
  - directory: stacks/*
    apply:
      okta-groups: [AWS approvers]
"""


@pytest.fixture(name="org")
def an_org() -> Iterator[OktaOrg]:
    with OktaOrg() as org:
        org.add_group("AWS approvers", org.add_person("Olga"))
        yield org


@pytest.fixture(name="story")
def a_story(store: StateStore, org: OktaOrg, tmp_path: Path) -> Iterator[Story]:
    """Sealed, and approved by olga, whom only Okta knows."""
    with GithubApi() as github:
        story = Story(store, github, tmp_path)
        github.commit("main", {".github/approvers.yml": MAP.format(org=org.url)})
        story.sealed(store.plan(code(PLAN_FREE)))
        github.review(story.pull, "olga")
        key = {"OKTA_AWS_OKTA_GROUPS_KEY": org.app_key.reveal(), "OKTA_AWS_OKTA_GROUPS_KEY_ID": "groups"}
        story.environ = {**story.environ, "OKTA_AWS_OKTA_ORG": org.url, **key}
        yield story


def test_a_member_of_the_group_approves(story: Story, org: OktaOrg) -> None:
    done = story.verify()
    assert done.status == 0, done.err
    assert json.loads(done.out)["approved-by"] == "olga"
    assert [request.path for request in org.requests].count("/oauth2/v1/token") == 1


def test_somebody_else_does_not(story: Story, org: OktaOrg) -> None:
    org.members[next(iter(org.groups))].clear()
    assert "olga: not entitled" in story.refused()


def test_who_left_does_not(story: Story, org: OktaOrg) -> None:
    next(iter(org.people.values()))["status"] = "SUSPENDED"
    told = story.refused()
    assert "olga: whether in Okta group AWS approvers (in Okta olga is not active but SUSPENDED) cannot be told" in told


def test_nobody_does_while_okta_refuses_and_the_log_says_what_to_change(story: Story, org: OktaOrg) -> None:
    org.clients["0oaGROUPS"] = replace(org.clients["0oaGROUPS"], scopes=())
    told = story.refused()
    assert "error[okta-policy]" in told
    assert "Okta API Scopes: grant okta.users.read and okta.groups.read" in told
    assert "cannot be told" in told


def test_without_a_key_nobody_can_tell(story: Story, org: OktaOrg) -> None:
    assert "no key for Okta's groups is given" in story.refused(OKTA_AWS_OKTA_GROUPS_KEY="")
    assert org.requests == []


def test_a_key_goes_to_no_org_but_its_own(story: Story, org: OktaOrg) -> None:
    told = story.refused(OKTA_AWS_OKTA_ORG="https://acme.okta.com")
    assert "line 2 of the map names another issuer" in told
    assert org.requests == []


def test_a_key_without_its_org_is_a_setting_that_makes_no_sense(story: Story, org: OktaOrg) -> None:
    done = story.verify(OKTA_AWS_OKTA_ORG="")
    assert done.status == 2
    assert "--okta-org" in done.err
    assert org.requests == []


def test_the_map_of_now_counts_too(story: Story, org: OktaOrg) -> None:
    without = MAP.format(org=org.url).replace("okta:\n  issuer", "x-okta:\n  issuer")
    story.github.commit("main", {".github/approvers.yml": without})
    assert "found 'x-okta'" in story.refused()
    story.github.commit("main", {".github/approvers.yml": "version: 1\n" + without[without.index("projects") :]})
    assert "the map has no section okta" in story.refused()


def test_the_key_is_never_shown(story: Story, org: OktaOrg) -> None:
    done = story.command("verify", "--plan-output", str(story.output), "--debug")
    assert done.status == 0, done.err
    secrets = [*org.tokens, *(line for line in org.app_key.reveal().splitlines() if "-----" not in line)]
    assert not [secret for secret in secrets if secret in done.out + done.err]
