# SPDX-License-Identifier: Apache-2.0
"""What the environment and the event tell about a job."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from okta_aws.runner.context import Context

OWN: object = {"id": 1, "full_name": "org/repo"}


def context(tmp_path: Path, event: object, name: str = "pull_request") -> Context:
    path = tmp_path / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    return Context.from_environ({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)})


def pull_request(head: object, base: object = OWN) -> object:
    return {"pull_request": {"head": {"repo": head}, "base": {"repo": base}}}


def test_a_job_of_the_runner_is_told_by_its_variables() -> None:
    found = Context.from_environ(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "dependabot[bot]",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_ENV": "/github/file_commands/env",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            "HOME": "/github/home",
            "RUNNER_DEBUG": "1",
        }
    )
    assert found.on_github
    assert found.docker_form
    assert found.debug
    assert found.is_dependabot
    assert (found.home, found.env_file, found.summary_file) == (
        "/github/home",
        "/github/file_commands/env",
        "/github/file_commands/summary",
    )


def test_a_laptop_is_no_job() -> None:
    found = Context.from_environ({"HOME": "/home/me"})
    assert [found.on_github, found.docker_form, found.debug, found.is_dependabot] == [False] * 4
    assert not found.is_fork_pull_request()
    assert found.env_file == ""


@pytest.mark.parametrize(
    ("head", "is_fork"),
    [
        (OWN, False),
        ({"id": 2, "full_name": "other/repo"}, True),
        ({"id": 1, "full_name": "org/renamed"}, False),
        (None, True),
        ({"full_name": "other/repo"}, True),
    ],
    ids=["own branch", "fork", "renamed in between", "deleted fork", "without id"],
)
def test_a_fork_is_told_by_the_repositories_of_the_event(tmp_path: Path, head: object, *, is_fork: bool) -> None:
    assert context(tmp_path, pull_request(head)).is_fork_pull_request() is is_fork


@pytest.mark.parametrize("name", ["push", "pull_request_target"])
def test_other_events_run_for_the_repository_itself(tmp_path: Path, name: str) -> None:
    assert not context(tmp_path, pull_request(None), name).is_fork_pull_request()


@pytest.mark.parametrize("event", ["", "{", "[]", "null", "[" * 100_000, {"pull_request": 1}, {"pull_request": None}])
def test_an_event_that_cannot_be_read_is_no_fork(tmp_path: Path, event: object) -> None:
    assert not context(tmp_path, event).is_fork_pull_request()


def test_an_event_larger_than_githubs_is_not_read(tmp_path: Path) -> None:
    event = json.dumps(pull_request(None))
    assert context(tmp_path, event).is_fork_pull_request()
    assert not context(tmp_path, event + " " * (25 * 1024 * 1024)).is_fork_pull_request()


def test_an_event_that_is_no_file_does_not_hang(tmp_path: Path) -> None:
    fifo = tmp_path / "event"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, tmp_path / "missing"):
        environ = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path)}
        assert not Context.from_environ(environ).is_fork_pull_request()
