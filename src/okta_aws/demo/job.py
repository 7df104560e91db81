# SPDX-License-Identifier: Apache-2.0
"""A job as GitHub's runner gives it to the action: environment, files, folders, mounts; and what it reads back.

The image gets exactly the mounts of a Docker action (actions/runner, ``ContainerActionHandler.cs``). Without an engine
the same entry point runs in a process of its own, with the paths as they are. Nothing of the caller's environment
goes in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

STEP_S = 120
ENGINE_S = 10
# Folder on the host, below the runner's temporary one, and where a Docker action finds it.
MOUNTS = {
    "_github_home": "/github/home",
    "_github_workflow": "/github/workflow",
    "_runner_file_commands": "/github/file_commands",
    "workspace": "/github/workspace",
}
FILES = {"GITHUB_ENV": "env", "GITHUB_OUTPUT": "output", "GITHUB_STATE": "state", "GITHUB_STEP_SUMMARY": "summary"}


def engine_answers() -> bool:
    """Whether ``docker`` is here and its engine answers. Loopback inside a container is the host's on Linux alone."""
    if sys.platform != "linux" or shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "version"], capture_output=True, check=False, timeout=ENGINE_S).returncode == 0  # noqa: S607
    except subprocess.TimeoutExpired:
        return False


@dataclass(frozen=True, slots=True)
class Finished:
    """A step's end: its exit status, its log as a reader of GitHub's page sees it, and what it wrote for others."""

    status: int
    log: Sequence[str]
    variables: Mapping[str, str]
    outputs: Mapping[str, str]
    state: Mapping[str, str]


class Job:
    """The folders of one job. Use it as a context manager; they go away with it."""

    def __init__(self, image: str | None, extra: Mapping[str, str] | None = None) -> None:
        """``image``: what to run; ``None`` is this Python. ``extra``: more variables that the runner sets."""
        self._image = image
        self._extra = dict(extra or {})
        self._temp = Path(tempfile.mkdtemp(prefix="okta-aws-demo-"))

    def __enter__(self) -> Self:
        for folder in MOUNTS:
            (self._temp / folder).mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._temp, ignore_errors=True)

    def step(self, inputs: Mapping[str, str]) -> Finished:
        """``uses: org/okta-aws-action@v1`` with these inputs."""
        given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        return self._run("main", given)

    def post(self, main: Finished) -> Finished:
        """The end of the job for a step that has finished."""
        return self._run("post", {f"STATE_{name}": value for name, value in main.state.items()})

    def _run(self, phase: str, given: Mapping[str, str]) -> Finished:
        commands = self._temp / "_runner_file_commands"
        for name in FILES.values():
            (commands / name).write_bytes(b"")
        variables = {**self._variables(), **self._extra, **given}
        command, environment = self._in_container(phase, variables) if self._image else self._here(phase, variables)
        done = subprocess.run(  # noqa: S603 - our own entry point
            command,
            env=environment,
            cwd=self._temp / "workspace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=STEP_S,
        )
        written = {name: _entries((commands / file).read_text()) for name, file in FILES.items() if file != "summary"}
        log = _as_shown(done.stdout)
        return Finished(done.returncode, log, written["GITHUB_ENV"], written["GITHUB_OUTPUT"], written["GITHUB_STATE"])

    def _variables(self) -> dict[str, str]:
        at = self._place
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "acme/infrastructure",
            "GITHUB_JOB": "deploy",
            "GITHUB_RUN_ID": "3000003",
            "GITHUB_WORKSPACE": at("workspace"),
            "HOME": at("_github_home"),
            "INPUT_HOST-TEMP": f"host:{self._temp}",
            **{name: f"{at('_runner_file_commands')}/{file}" for name, file in FILES.items()},
        }

    def _place(self, folder: str) -> str:
        return MOUNTS[folder] if self._image else str(self._temp / folder)

    def _here(self, phase: str, variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        command = [sys.executable, "-I", "-m", "okta_aws.action", *(["post"] if phase == "post" else [])]
        return command, {"PATH": os.defpath, **variables}

    def _in_container(self, phase: str, variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        # Variables go by name, as the runner passes them: a value would stand in the process list.
        # HOME is the client's own in its environment; the container's is no secret.
        names = [part for name in variables if name != "HOME" for part in ("--env", name)]
        mounts = [part for host, inside in MOUNTS.items() for part in ("--volume", f"{self._temp / host}:{inside}")]
        entry = "/okta-aws-action-post" if phase == "post" else "/okta-aws-action"
        command = [
            *("docker", "run", "--rm", "--network", "host", "--workdir", "/github/workspace"),
            *("--entrypoint", entry, "--env", f"HOME={variables['HOME']}"),
            *names,
            *mounts,
            str(self._image),
        ]
        return command, {**os.environ, **variables, "HOME": os.environ.get("HOME", "/")}


def _entries(text: str) -> dict[str, str]:
    """What is in a file of the kind of GITHUB_ENV: ``NAME=VALUE``, or ``NAME<<END``, lines, ``END``."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        heredoc = re.fullmatch(r"([^=]+?)<<(.+)", line)
        if heredoc is None:
            name, _, found_value = line.partition("=")
            found[name] = found_value
            continue
        name, end = heredoc.groups()
        value: list[str] = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


def _as_shown(output: str) -> list[str]:
    """The log after the runner has taken the commands out of it and hidden what is to be masked."""
    lines = output.splitlines()
    masks = {_unescaped(line.removeprefix("::add-mask::")) for line in lines if line.startswith("::add-mask::")} - {""}
    shown = [line for line in lines if not line.startswith("::")]
    for mask in sorted(masks, key=len, reverse=True):
        shown = [line.replace(mask, "***") for line in shown]
    return shown


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
