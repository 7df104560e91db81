# SPDX-License-Identifier: Apache-2.0
"""A repository of somebody else that calls our reusable workflows, and a runner for it: act.

act takes both the workflows and every action from folders of this machine (``--local-repository``): ours from this
checkout, under the very reference that the workflows name; those of others from ``stand-ins``, which write down what
they were given. What GitHub does and act does not: permissions, environments (with their reviewers and secrets) and
concurrency; and its jobs all get one identity, so ``Jobs`` gives each job its own (tokens.py).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.act import HOME, PLATFORM, Run, act, copy, git
from image.engine import ROOT

OURS = "org/okta-aws-action"
OUR_FILES = [".github", "cli", "composite", "requirements", "src"]
STAND_INS = Path(__file__).with_name("stand-ins")
CALLERS = Path(__file__).with_name("callers")
USES = re.compile(r"uses: (?P<repository>[\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(?P<reference>\S+)")
# What stands in for an action of others.
REPLACED = {
    "actions/checkout": "checkout",
    "hashicorp/setup-terraform": "setup-terraform",
    "opentofu/setup-opentofu": "setup-opentofu",
    "github/codeql-action": "codeql-action",
}
REPOSITORY = "acme/infra"
REPOSITORY_ID = 2000002
OWNER_ID = 1000001
SHARED = "/stand-ins"


@dataclass
class Caller:
    """The repository ``acme/infra``: ``work`` is somebody's clone, ``shared`` what every job's container has.

    ``mounts``: more of this machine that the containers have.
    """

    folder: Path
    mounts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for made in (self.home, self.shared, self.runner_home):
            made.mkdir(parents=True)
        ours = self.folder / "ours"
        for name in OUR_FILES:
            copy(ROOT / name, ours / name)
        shutil.copytree(CALLERS, self.work / ".github/workflows")
        git(self.work, "init", "--quiet", "--initial-branch=main")
        self.commit("Call the workflows of others")

    @property
    def work(self) -> Path:
        return self.folder / "infra"

    @property
    def shared(self) -> Path:
        return self.folder / "shared"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def runner_home(self) -> Path:
        return self.folder / "runner-home"

    def commit(self, message: str, files: Mapping[str, str] | None = None, branch: str = "main") -> str:
        """Commits ``files`` to a branch, made from main where it is new, and pushes; the commit."""
        if branch != "main":
            git(self.work, "checkout", "--quiet", "-B", branch, "main")
        for name, text in (files or {}).items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "--message", message)
        commit = self.head()
        if branch != "main":
            git(self.work, "checkout", "--quiet", "main")
        self._push()
        return commit

    def merge(self, branch: str) -> str:
        """Merges a branch into main, as GitHub's button does; the merge commit."""
        git(self.work, "merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", branch)
        self._push()
        return self.head()

    def head(self) -> str:
        """The commit that is checked out."""
        return self._said("rev-parse", "HEAD").strip()

    def files(self, commit: str) -> dict[str, str]:
        """The texts of all files at a commit."""
        names = self._said("ls-tree", "-r", "-z", "--name-only", commit).split("\0")[:-1]
        return {name: self._said("show", f"{commit}:{name}") for name in names}

    def _said(self, *arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.work, check=True, stdout=subprocess.PIPE, text=True).stdout

    def run(
        self,
        workflow: str,
        event: str,
        payload: Mapping[str, Any] | None = None,
        *,
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Run:
        """Run a workflow of ``callers`` by an event of GitHub; ``environ``: what the runner gives to every job."""
        folder = Path(tempfile.mkdtemp(dir=self.home))
        given = {
            "var": variables or {},
            "secret": secrets or {},
            "env": {"HOME": HOME, "GITHUB_REPOSITORY": REPOSITORY, **(environ or {})},
        }
        files = {kind: folder / f"{kind}s.yml" for kind in given}
        for kind, path in files.items():
            path.write_text(json.dumps(given[kind]))  # act reads YAML, of which JSON is a part
        (folder / "event.json").write_text(json.dumps({**self.event(), **(payload or {})}))
        arguments = [
            event,
            f"--workflows=.github/workflows/{workflow}.yml",
            f"--eventpath={folder / 'event.json'}",
            *(f"--{kind}-file={path}" for kind, path in files.items()),
            f"--platform=ubuntu-24.04={PLATFORM}",
            "--no-skip-checkout",
            *(f"--local-repository={name}={folder}" for name, folder in self._repositories().items()),
        ]
        mounts = [f"{self.runner_home}:{HOME}", f"{self.shared}:{SHARED}", *self.mounts]
        done = Run.of(act(arguments, self.work, folder, mounts))
        (folder / "act.log").write_text(done.log)
        return done

    def event(self) -> dict[str, Any]:
        """What every event says of the repository; a push to main, unless more is said."""
        owner, _, name = REPOSITORY.partition("/")
        repository = {"id": REPOSITORY_ID, "name": name, "full_name": REPOSITORY, "default_branch": "main"}
        return {"repository": {**repository, "owner": {"login": owner}}, "ref": "refs/heads/main"}

    def recorded(self, action: str) -> list[dict[str, Any]]:
        """What the stand-in for an action was given, each time it ran."""
        record = self.shared / "record.jsonl"
        lines = record.read_text().splitlines() if record.exists() else []
        return [given for given in map(json.loads, lines) if given["action"] == action]

    def _push(self) -> None:
        git(self.work, "push", "--quiet", "--mirror", str(self._origin()))

    def _origin(self) -> Path:
        origin = self.shared / "origin.git"
        if not origin.exists():
            git(self.folder, "init", "--quiet", "--bare", str(origin))
        return origin

    def _repositories(self) -> dict[str, Path]:
        """Every ``repository@reference`` that our workflows and the callers use, and the folder that it is here."""
        callers = (self.work / ".github/workflows").glob("*.yml")
        texts = [path.read_text() for path in [*(ROOT / ".github/workflows").glob("use-*.yml"), *callers]]
        used = {match.group("repository", "reference") for text in texts for match in USES.finditer(text)}
        ours = self.folder / "ours"
        return {f"{name}@{ref}": ours if name == OURS else STAND_INS / REPLACED[name] for name, ref in sorted(used)}
