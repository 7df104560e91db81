# SPDX-License-Identifier: Apache-2.0
"""use-atlantis.yml, called from another repository: plan, approve, apply by a stand-in for Atlantis, and refusals.

What is refused in detail is proven in tests/integration/test_atlantis_client.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from e2e.act import Run
from fakes.atlantis import Applied, Atlantis
from fakes.github_api import JOB, GithubApi, Pull
from fakes.package_index import PackageIndex
from workflows.callers import REPOSITORY, REPOSITORY_ID, Caller

DIRECTORY = "stacks/network"
MAP = """\
version: 1
projects:
  - directory: stacks/network
    apply:
      users: [olga]
"""


@dataclass
class HandOff:
    """The caller's repository, GitHub's API and Atlantis, with pull request 7 by arthur."""

    caller: Caller
    github: GithubApi
    atlantis: Atlantis
    index: PackageIndex
    pull: Pull

    def run(self, event: str, payload: dict[str, Any], **changed: str) -> Run:
        """Run the caller's workflow by an event; ``changed``: its variables and secrets."""
        environ = {
            "GITHUB_API_URL": self.github.url,
            "PIP_INDEX_URL": f"{self.index.url}/simple/",
            "GITHUB_RUN_ID": "123",
            "GITHUB_RUN_ATTEMPT": "1",
        }
        secrets = {"GITHUB_TOKEN": self.github.token(permissions=JOB | {"statuses"})}
        secrets["ATLANTIS_TOKEN"] = changed.pop("ATLANTIS_TOKEN", self.atlantis.secret)
        variables = {"ENVIRONMENT": "production", "ATLANTIS_URL": self.atlantis.url, **changed}
        return self.caller.run("atlantis", event, payload, variables=variables, secrets=secrets, environ=environ)

    def pushed(self) -> dict[str, Any]:
        """GitHub's event for a new commit of the pull request."""
        repository = {"id": REPOSITORY_ID}
        head, base = {"sha": self.pull.head, "repo": repository}, {"ref": "main", "repo": repository}
        return {"action": "synchronize", "number": 7, "pull_request": {"number": 7, "head": head, "base": base}}

    def by_hand(self, command: str, head: str = "", number: str = "7") -> dict[str, Any]:
        """Somebody's choice in the form."""
        return {"inputs": {"command": command, "pull-request": number, "head": head}}


@pytest.fixture
def hand_off(caller: Caller, index: PackageIndex) -> Iterator[HandOff]:
    with GithubApi(REPOSITORY) as github, Atlantis(github) as atlantis:
        github.repository_id = REPOSITORY_ID
        github.commit("main", {".github/approvers.yml": MAP})
        github.commit("change", {f"{DIRECTORY}/main.tf": ""})
        yield HandOff(caller, github, atlantis, index, github.open_pull("arthur", "change"))


@pytest.mark.timeout(600)
def test_a_pull_request_is_planned_approved_and_applied(hand_off: HandOff) -> None:
    wrong = hand_off.run("workflow_dispatch", hand_off.by_hand("plan"), ATLANTIS_TOKEN="not-a-real-secret-at-all")
    assert not wrong.succeeded
    assert "give the very text of Atlantis's --api-secret" in wrong.log

    planned = hand_off.run("workflow_dispatch", hand_off.by_hand("plan"))
    assert planned.succeeded, planned.log
    (comment,) = hand_off.pull.comments
    assert "terraform_data.one will be created" in comment["body"]

    head = hand_off.pull.head
    early = hand_off.run("workflow_dispatch", hand_off.by_hand("apply", head))
    assert not early.succeeded
    assert "found no review" in early.log
    hand_off.github.review(hand_off.pull, "olga")
    moved = hand_off.run("workflow_dispatch", hand_off.by_hand("apply", "a" * 40))
    assert not moved.succeeded
    assert "wanted the head aaaaaaaaaaaa" in moved.log
    assert hand_off.atlantis.asked("apply") == []

    applied = hand_off.run("workflow_dispatch", hand_off.by_hand("apply", head))
    assert applied.succeeded, applied.log
    assert hand_off.atlantis.applied == [Applied(7, head, DIRECTORY, "default")]
    assert hand_off.atlantis.secret not in applied.log
    assert hand_off.caller.recorded("checkout") == [], "nothing of the pull request is there"


def test_a_pull_request_of_a_fork_is_not_planned(hand_off: HandOff) -> None:
    hand_off.pull.fork = True
    run = hand_off.run("workflow_dispatch", hand_off.by_hand("plan"))
    assert not run.succeeded
    assert "found one of a fork" in run.log
    assert hand_off.atlantis.requests == []


BY_HAND = {"inputs": {"command": "apply", "pull-request": "7", "head": "a" * 40}}


@pytest.mark.parametrize(
    ("event", "payload", "variables", "said"),
    [
        ("pull_request", {}, {}, "wanted workflow_dispatch"),
        ("workflow_dispatch", {"inputs": BY_HAND["inputs"] | {"pull-request": "0"}}, {}, "the number"),
        ("workflow_dispatch", {"inputs": BY_HAND["inputs"] | {"head": "main"}}, {}, "the commit"),
        ("workflow_dispatch", {"inputs": BY_HAND["inputs"] | {"command": "destroy"}}, {}, "plan or apply"),
        ("workflow_dispatch", {"ref": "refs/heads/change"}, {}, "wanted a run on the default branch"),
        ("workflow_dispatch", {}, {"ENVIRONMENT": "Terraform-Seal"}, "terraform-seal is the one"),
    ],
    ids=[
        "pull_request",
        "no number",
        "no commit",
        "another command",
        "another branch",
        "the seal's environment",
    ],
)
def test_a_run_that_must_not_be_is_refused_before_the_secret_is_there(
    hand_off: HandOff, event: str, payload: dict[str, Any], variables: dict[str, str], said: str
) -> None:
    given = BY_HAND | payload if event == "workflow_dispatch" else hand_off.pushed()
    run = hand_off.run(event, given, **variables)
    assert not run.succeeded
    assert said in run.log
    assert hand_off.atlantis.requests == []
