# SPDX-License-Identifier: Apache-2.0
"""GitHub's runner as a Docker action sees it: mounts, environment, translated paths, files and log commands.

Source: actions/runner, ``ContainerActionHandler.cs`` (mounts, HOME, working directory), ``ContainerInfo.cs`` (which
values are translated), ``DockerCommandManager.cs`` (the command line), ``FileCommandManager.cs`` (files). What the
runner does not do is not done here either: nothing translates the paths that the action writes.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import ne
from pathlib import Path
from typing import Any

import yaml

from image.engine import ROOT, socket

FILES = {"GITHUB_ENV": "set_env", "GITHUB_OUTPUT": "set_output", "GITHUB_STATE": "save_state"}
OTHER_FILES = {"GITHUB_STEP_SUMMARY": "step_summary", "GITHUB_PATH": "add_path"}


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return found


@dataclass(frozen=True)
class Step:
    """What came of one step."""

    status: int
    log: str
    outputs: Mapping[str, str]
    summary: str

    @property
    def masks(self) -> set[str]:
        return set(re.findall(r"^::add-mask::(.*)$", self.log, re.MULTILINE))


@dataclass
class Runner:
    """One job on one runner.

    ``environ`` is what steps handed on through GITHUB_ENV, on top of the job's own. ``options``: more for docker run.
    """

    temp: Path
    workspace: Path
    image: str
    user: int
    environ: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    steps: int = 0

    @classmethod
    def installed(cls, folder: Path, image: str, user: int) -> Runner:
        runner = cls(folder / "_work/_temp", folder / "_work/infrastructure/infrastructure", image, user)
        for place in [runner.workspace, *runner.mounts.values()]:
            place.mkdir(parents=True, exist_ok=True)
        (runner.temp / "_github_workflow/event.json").write_text("{}")
        runner.give_to_user(folder)
        return runner

    @property
    def mounts(self) -> dict[str, Path]:
        """Container path to host path; the order is that in which the runner tries them for translation."""
        return {
            "/github/workspace": self.workspace,
            "/github/file_commands": self.temp / "_runner_file_commands",
            "/github/workflow": self.temp / "_github_workflow",
            "/github/home": self.temp / "_github_home",
            "/github/runner_temp": self.temp,
        }

    def give_to_user(self, folder: Path) -> None:
        """Make the runner's user the owner, as of everything below a runner's folder."""
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.user, self.user if os.getuid() == 0 else -1, follow_symlinks=False)

    def main(self, inputs: Mapping[str, str], *, environ: Mapping[str, str] | None = None) -> Step:
        """The step `uses: org/okta-aws-action` with these inputs; ``environ`` is the job's `env`."""
        return self._run_action(action()["runs"]["entrypoint"], inputs, environ or {})

    def post(self, inputs: Mapping[str, str], *, environ: Mapping[str, str] | None = None) -> Step:
        """Its end of the job: inputs and environment again, and the state that the step saved."""
        state = {f"STATE_{name}": value for name, value in self.state.items()}
        return self._run_action(action()["runs"]["post-entrypoint"], inputs, {**(environ or {}), **state})

    def on_host(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A `run:` step: the job's environment, not translated, as the runner's user."""
        environ = {"PATH": os.environ["PATH"], **self.environ}
        runs = partial(subprocess.run, env=environ, cwd=self.workspace, check=False, capture_output=True, text=True)
        if os.getuid() == 0:
            return runs(command, user=self.user, group=self.user, extra_groups=[])
        return runs(command)

    def in_container(self, image: str, entrypoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another Docker action: the same mounts, the job's environment translated."""
        return self._docker_run(image, entrypoint, arguments, self.environ)

    def _run_action(self, entrypoint: str, inputs: Mapping[str, str], environ: Mapping[str, str]) -> Step:
        files = self._command_files()
        variables = {
            **self._job_variables(),
            **environ,
            **self.environ,
            **self._inputs(inputs),
            **{name: str(path) for name, path in files.items()},
        }
        result = self._docker_run(self.image, entrypoint, [], variables)
        self.environ |= assignments(files["GITHUB_ENV"])
        self.state |= assignments(files["GITHUB_STATE"])
        log = result.stdout + result.stderr
        return Step(
            result.returncode, log, assignments(files["GITHUB_OUTPUT"]), files["GITHUB_STEP_SUMMARY"].read_text()
        )

    def _docker_run(
        self, image: str, entrypoint: str, arguments: Sequence[str], variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        translated = {name: self._translated(value) for name, value in variables.items()}
        translated["HOME"] = "/github/home"
        options = ["--workdir", "/github/workspace", "--rm"]
        options += [part for name in translated for part in ("-e", name)]
        options += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true", "--entrypoint", entrypoint]
        # The stand-ins listen on loopback; on GitHub, AWS and Okta are reached over the default network.
        options += ["--network", "host"]
        options += [part for inside, outside in self.mounts.items() for part in ("-v", f"{outside}:{inside}")]
        if engine := socket():
            options += ["-v", f"{engine}:/var/run/docker.sock"]
        # As the runner does it: names on the command line, values in the environment of docker.
        command = ["docker", "run", *options, *self.options, image, *arguments]
        docker_environ = {name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ}
        return subprocess.run(command, env=translated | docker_environ, check=False, capture_output=True, text=True)

    def _translated(self, value: str) -> str:
        for inside, outside in self.mounts.items():
            if value == str(outside) or value.startswith(f"{outside}/"):
                return inside + value[len(str(outside)) :]
        return value

    def _command_files(self) -> dict[str, Path]:
        self.steps += 1
        folder = self.mounts["/github/file_commands"]
        files = {name: folder / f"{kind}_{self.steps}" for name, kind in (FILES | OTHER_FILES).items()}
        for path in files.values():
            path.touch()
        self.give_to_user(folder)
        return files

    def _inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every input of action.yml, unset ones empty, `runner.temp` put into defaults."""
        defaults = {name: str(declared.get("default", "")) for name, declared in action()["inputs"].items()}
        assert not given.keys() - defaults.keys(), "action.yml does not have such an input"
        evaluated = {name: text.replace("${{ runner.temp }}", str(self.temp)) for name, text in defaults.items()}
        return {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in {**evaluated, **given}.items()}

    def _job_variables(self) -> dict[str, str]:
        return {
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.temp / "_github_workflow/event.json"),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_JOB": "deploy",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "acme/infrastructure",
            "GITHUB_RUN_ID": "1",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_WORKFLOW": "deploy",
            "RUNNER_ARCH": "X64",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_WORKSPACE": str(self.workspace.parent),
        }


def assignments(file: Path) -> dict[str, str]:
    """The lines `NAME=VALUE` and the blocks `NAME<<DELIMITER` … `DELIMITER` of one of the runner's files."""
    found: dict[str, str] = {}
    lines = iter(file.read_text().splitlines())
    for line in lines:
        name, separator, rest = re.split(r"(=|<<)", line, maxsplit=1)
        found[name] = rest if separator == "=" else "\n".join(itertools.takewhile(partial(ne, rest), lines))
    return found
