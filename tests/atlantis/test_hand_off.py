# SPDX-License-Identifier: Apache-2.0
"""Our commands and a real Atlantis, asked through its API, with both of its ways to check out a pull request."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from atlantis.server import Place, Server, running
from fakes.atlantis_github import AtlantisGithub
from fakes.command import Outcome, okta_aws
from fakes.github_api import JOB, Pull
from fakes.leaks import marked
from fakes.wire import get
from okta_aws.demo.names import Names

DIRECTORY = "stacks/network"
MAP = "version: 1\nprojects:\n  - directory: stacks/*\n    apply: {users: [olga]}\n"
REPOS = """repos:
- id: /.*/
  plan_requirements: []
  apply_requirements: [approved, mergeable]
  allowed_overrides: []
  allow_custom_workflows: false
"""


@dataclass
class HandOff:
    """A server with its API on, and what a job has. ``numbers``: of the pull requests so far.

    ``strategy``: how Atlantis checks out.
    """

    server: Server
    github: AtlantisGithub
    secret: str
    folder: Path
    strategy: str
    numbers: list[int]

    def opened(self) -> Pull:
        """A new pull request, of which Atlantis has heard nothing."""
        self.numbers.append(len(self.numbers) + 1)
        number = self.numbers[-1]
        return self.github.pull("arthur", f"change-{number}", code(f"first-of-{number}"), number)

    def command(self, name: str, pull: Pull, *arguments: str, secret: str = "") -> Outcome:
        environ = {
            "HOME": str(self.folder),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_TOKEN": self.github.token(permissions=JOB),
            "GITHUB_RUN_ID": "123",
            "GITHUB_RUN_ATTEMPT": "1",
            "OKTA_AWS_ATLANTIS_URL": self.server.url,
            "OKTA_AWS_ATLANTIS_TOKEN": secret or self.secret,
            "OKTA_AWS_DIRECTORY": DIRECTORY,
            "OKTA_AWS_PULL_REQUEST": str(pull.number),
            "OKTA_AWS_TIMEOUT_S": "55",
        }
        return okta_aws("atlantis", name, "--head", pull.head, *arguments, environ=environ)


def code(text: str) -> dict[str, str]:
    """A configuration without providers, whose text is seen in plan and apply."""
    resource = f'resource "terraform_data" "x" {{ input = "{text}" }}'
    return {f"{DIRECTORY}/main.tf": f'{resource}\noutput "x" {{ value = "{text}" }}\n'}


@pytest.fixture(scope="module", params=["merge", "branch"])
def hand_off(request: pytest.FixtureRequest) -> Iterator[HandOff]:
    folder = Path(tempfile.mkdtemp(prefix="hand-off-", dir="/tmp"))
    place, secret = Place.made(folder), marked("api").replace('"', "").replace("\\", "")
    more = {"ATLANTIS_CHECKOUT_STRATEGY": request.param, "ATLANTIS_API_SECRET": secret}
    with AtlantisGithub(folder) as github, Names(github) as names:
        github.push("main", {".github/approvers.yml": MAP, "README": "text\n"})
        github.files[github.branches["main"], ".github/approvers.yml"] = MAP
        with running(place, github, names, REPOS, more) as server:
            yield HandOff(server, github, secret, folder, request.param, [])
    shutil.rmtree(folder)


def test_a_pull_request_that_atlantis_never_saw_is_planned_and_applied(hand_off: HandOff) -> None:
    pull = hand_off.opened()
    planned = hand_off.command("plan", pull)
    assert planned.status == 0, planned.err
    assert "first-of-" in planned.err
    refused = hand_off.command("apply", pull)
    assert refused.status == 11
    hand_off.github.review(pull, "olga")
    applied = hand_off.command("apply", pull)
    assert applied.status == 0, applied.err
    assert "1 added" in json.loads(applied.out)["projects"][0]["output"]


def test_what_was_pushed_later_is_what_is_planned_and_applied(hand_off: HandOff) -> None:
    pull = hand_off.opened()
    assert hand_off.command("plan", pull).status == 0
    hand_off.github.again(pull, f"change-{pull.number}", code("second"))
    planned = hand_off.command("plan", pull)
    assert planned.status == 0, planned.err
    assert "second" in planned.err
    assert "first-of-" not in planned.err
    hand_off.github.review(pull, "olga")
    applied = hand_off.command("apply", pull)
    assert applied.status == 0, applied.err
    assert "second" in json.loads(applied.out)["projects"][0]["output"]


def test_another_secret_and_a_folder_without_a_project_are_told(hand_off: HandOff) -> None:
    pull = hand_off.opened()
    assert "give the very text" in hand_off.command("plan", pull, secret="not-a-real-secret").err
    nowhere = hand_off.command("plan", pull, "--directory", "stacks/nowhere")
    assert nowhere.status == 8, nowhere.err


def test_the_status_of_a_real_server_is_understood(hand_off: HandOff) -> None:
    done = okta_aws("atlantis", "status", "--atlantis-url", hand_off.server.url)
    assert done.status == 0, done.err
    assert json.loads(done.out)["locks"] == []
    assert get(f"{hand_off.server.url}/healthz").status == 200


def more_on_main(hand_off: HandOff, pull: Pull) -> None:
    commit = hand_off.github.push("main", {"README": f"more than {pull.number} texts\n"})
    hand_off.github.files[commit, ".github/approvers.yml"] = MAP


def test_what_the_base_got_since_keeps_nobody_from_planning_and_applying(hand_off: HandOff) -> None:
    pull = hand_off.opened()
    assert hand_off.command("plan", pull).status == 0
    more_on_main(hand_off, pull)
    planned = hand_off.command("plan", pull)
    assert planned.status == 0, planned.err
    hand_off.github.review(pull, "olga")
    applied = hand_off.command("apply", pull)
    assert applied.status == 0, applied.err


def test_of_a_base_that_moved_on_before_the_apply_nothing_is_merged_and_applied(hand_off: HandOff) -> None:
    pull = hand_off.opened()
    assert hand_off.command("plan", pull).status == 0
    hand_off.github.review(pull, "olga")
    more_on_main(hand_off, pull)
    applied = hand_off.command("apply", pull)
    if hand_off.strategy == "branch":
        assert applied.status == 0, applied.err
        return
    assert applied.status == 8, applied.err
    again = hand_off.command("plan", pull)
    assert again.status == 0, again.err
    assert "1 to add" in again.err, "nothing had been applied"
