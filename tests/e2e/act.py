# SPDX-License-Identifier: Apache-2.0
"""Workflows run by act, which builds the action's image from the Dockerfile as `uses: ./` makes a runner do.

act is no runner in what concerns a Docker action's home, of which it mounts none, and its end of the job, which it
runs without the state that the step saved (`runPostStep` in act's ``action.go``, seen in 0.2.89). The options given
here mount one folder as the home of all containers, as GitHub's runner does; that the end of the job takes everything
back, and whose paths are whose, is proven in tests/image.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from image.engine import ROOT

PLATFORM = "okta-aws-action-runner:local"
ACTION_FILES = ["action.yml", "Dockerfile", ".dockerignore", "composite", "image", "requirements", "src"]
DOCKER = "./"
ON_RUNNER = "./composite"
OURS = Path(__file__).with_name("repository")
HOME = "/github/home"
IDENTITY = {"NAME": "test", "EMAIL": "test@example.invalid"}
LONGEST_S = 300


@dataclass(frozen=True)
class Run:
    """What act said: whether the workflow succeeded, and its log without act's own marks."""

    succeeded: bool
    log: str

    @classmethod
    def of(cls, result: subprocess.CompletedProcess[str]) -> Run:
        """What a finished act said."""
        return cls(result.returncode == 0, re.sub(r"^\[[^]]*\]\s+\|? ?", "", result.stdout, flags=re.MULTILINE))

    def handed_over(self) -> list[str]:
        """The names of variables and files that the workflow's last step was given."""
        found: list[str] = json.loads(re.findall(r"OBSERVED (\[.*\])", self.log)[-1])
        return found


class Repository:
    """The repository of `tests/e2e/repository`, pushed, with the action in it as `uses: ./` wants it.

    ``form``: what the workflows use, ``DOCKER`` or ``ON_RUNNER``.
    """

    def __init__(self, folder: Path, form: str = DOCKER) -> None:
        self.form = form
        self.folder = folder / "infrastructure"
        self.home = folder / "home"
        self.runner_home = folder / "runner-home"
        for made in (self.home, self.runner_home):
            made.mkdir()
        for source in [*(ROOT / name for name in ACTION_FILES), *OURS.iterdir()]:
            copy(source, self.folder / source.name)
        for workflow in (self.folder / ".github" / "workflows").iterdir():
            workflow.write_text(workflow.read_text().replace("uses: ./\n", f"uses: {form}\n"))
        git(self.folder, "init", "--quiet", "--initial-branch=main")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", "A change")

    def run(
        self,
        workflow: str,
        variables: Mapping[str, str],
        *,
        secrets: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Run:
        """Run the workflow of that name; ``variables`` and ``secrets`` are the repository's.

        ``environ``: what the runner gives to the job.
        """
        # HOME is set here, since a variable in the container's options makes act drop all others.
        given = {"var": variables, "secret": secrets or {}, "env": {"HOME": HOME, **(environ or {})}}
        files = [f"--{kind}-file={self._file(kind, values)}" for kind, values in given.items()]
        result = self._act("push", "--workflows", f".github/workflows/{workflow}.yml", *files)
        return Run.of(result)

    def _file(self, kind: str, values: Mapping[str, str]) -> Path:
        path = self.home / f"{kind}s.yml"  # act reads YAML, of which JSON is a part
        path.write_text(json.dumps(dict(values)))
        return path

    def _act(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        mounts = [f"{self.runner_home}:{HOME}"]
        return act([*arguments, f"--platform=ubuntu-latest={PLATFORM}"], self.folder, self.home, mounts)


def act(arguments: Sequence[str], folder: Path, home: Path, mounts: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run act on the repository in ``folder``; ``mounts``: what every container has, as `docker run -v` takes it."""
    options = [
        "--pull=false",
        "--network=host",
        "--container-daemon-socket=-",
        f"--container-options={' '.join(f'-v {mount}' for mount in mounts)}",
        "--no-cache-server",
    ]
    environ = {
        **{name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ},
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    return subprocess.run(
        ["act", *arguments, *options],
        cwd=folder,
        env=environ,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
    )


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in IDENTITY.items()}
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    subprocess.run(["git", *arguments], cwd=folder, env=environ, check=True)
