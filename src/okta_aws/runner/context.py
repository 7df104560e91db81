# SPDX-License-Identifier: Apache-2.0
"""What the runner's environment tells about the job. Variables: GitHub Docs, "Variables reference"."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.opening import CAREFULLY

# GitHub caps the payload of an event at 25 MB (GitHub Docs, "Webhook events and payloads").
_EVENT_BYTES = 25 * 1024 * 1024
# Of these, a run for a fork gets a token that can only read, and no OIDC; `pull_request_target` runs for the base.
_FORK_EVENTS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
# Where the runner mounts the workspace for a Docker action, and for nothing else (``ContainerActionHandler.cs``).
_DOCKER_WORKSPACE = "/github/workspace"


@dataclass(frozen=True, slots=True)
class Context:
    """The job as its environment describes it; texts are empty where a variable is not set.

    ``home``: the home folder that this process sees. ``docker_form``: this process is a Docker action in a container
    of its own, so that its paths are not the host's.
    """

    on_github: bool
    event_name: str
    event_path: str
    actor: str
    workspace: str
    debug: bool
    home: str
    docker_form: bool
    env_file: str
    output_file: str
    state_file: str
    summary_file: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Context:
        """The context that ``environ`` describes."""

        def text(name: str) -> str:
            return environ.get(name, "")

        return cls(
            on_github=text("GITHUB_ACTIONS") == "true",
            event_name=text("GITHUB_EVENT_NAME"),
            event_path=text("GITHUB_EVENT_PATH"),
            actor=text("GITHUB_ACTOR"),
            workspace=text("GITHUB_WORKSPACE"),
            debug=text("RUNNER_DEBUG") == "1",
            home=text("HOME") or text("USERPROFILE"),
            docker_form=text("GITHUB_WORKSPACE") == _DOCKER_WORKSPACE,
            env_file=text("GITHUB_ENV"),
            output_file=text("GITHUB_OUTPUT"),
            state_file=text("GITHUB_STATE"),
            summary_file=text("GITHUB_STEP_SUMMARY"),
        )

    @property
    def is_dependabot(self) -> bool:
        """Whether Dependabot started the run: its token can only read (GitHub Docs, "Dependabot on GitHub Actions")."""
        return self.actor == "dependabot[bot]"

    def is_fork_pull_request(self) -> bool:
        """Whether the run is for a pull request from another repository, or from one that was deleted since.

        An event that cannot be read counts as none: the answer only chooses the words of an error.
        """
        if self.event_name not in _FORK_EVENTS:
            return False
        pull_request = _mapping(_event(self.event_path).get("pull_request"))
        if not pull_request:
            return False
        head, base = (_mapping(pull_request.get(side)).get("repo") for side in ("head", "base"))
        return _identity(head) != _identity(base)


def _identity(repository: object) -> object:
    # The id outlives a rename in the middle of a run.
    known = _mapping(repository)
    return known.get("id") or known.get("full_name")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _event(path: str) -> Mapping[str, Any]:
    try:
        descriptor = os.open(path, os.O_RDONLY | CAREFULLY)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return {}
            data = file.read(_EVENT_BYTES + 1)
        return _mapping(json.loads(data)) if len(data) <= _EVENT_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
