# SPDX-License-Identifier: Apache-2.0
"""A job of GitHub Actions as the runner makes it: folders, command files, variables, inputs, and what they say after.

``Job.step`` runs the action's main entry as a process of its own, ``Job.post`` its end of the job, ``Job.run`` any
later step. Between them variables and state travel as the runner carries them (actions/runner, ``ActionRunner.cs``).
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fakes.world import Account, trust
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import OktaIssuer
from okta_aws.demo.web import Request, StandIn
from unit.runner.protocol import Command, command_of, lines_of, pairs_of

ACTION = Path(__file__).resolve().parents[2] / "action.yml"
GITHUB_AUDIENCE = "sts.amazonaws.com"
LONGEST_S = 60
_FILES = ("ENV", "OUTPUT", "STATE", "STEP_SUMMARY")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step left: its exit status, what it printed, and what the runner reads in its files."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    files: Mapping[str, str] = field(repr=False)

    @property
    def variables(self) -> dict[str, str]:
        """What later steps get in their environment."""
        return dict(pairs_of(self.files["ENV"]))

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the step."""
        return dict(pairs_of(self.files["OUTPUT"]))

    @property
    def state(self) -> dict[str, str]:
        """What the post step gets."""
        return dict(pairs_of(self.files["STATE"]))

    @property
    def summary(self) -> str:
        """Its part of the job's summary, character references read as a browser reads them."""
        return re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), self.files["STEP_SUMMARY"])

    @property
    def credentials(self) -> dict[str, str]:
        """The exported keys, by the names that STS has for them."""
        names = {
            "AccessKeyId": "AWS_ACCESS_KEY_ID",
            "SecretAccessKey": "AWS_SECRET_ACCESS_KEY",
            "SessionToken": "AWS_SESSION_TOKEN",
        }
        return {ours: self.variables[theirs] for ours, theirs in names.items()}

    def commands(self, name: str) -> list[Command]:
        """The workflow commands of that name that the runner finds in the log."""
        found = (command_of(line) for stream in (self.stdout, self.stderr) for line in lines_of(stream))
        return [command for command in found if command is not None and command.name == name]

    def log(self) -> str:
        """What a person reads: the lines that are no commands."""
        return "\n".join(line for line in lines_of(self.stdout + self.stderr) if command_of(line) is None)

    def assert_refused(self, status: int, code: str) -> None:
        """That it ended as a refusal has to: told in log, annotation and summary, and nothing handed over."""
        assert self.status == status, self.log()
        (annotation,) = self.commands("error")
        assert annotation.properties["title"].endswith(f"[{code}]")
        assert f"error[{code}]" in self.log()
        assert f"[{code}]" in self.summary
        assert "Traceback" not in self.stdout
        # The form without Docker notes which Python it runs, before anything else.
        state = {name: value for name, value in self.state.items() if name != "python"}
        assert (self.stderr, self.variables, self.outputs, state) == ("", {}, {}, {})

    def shown(self) -> str:
        """The log with each mask put over it, as the runner does it from the mask's line on."""
        masks: list[str] = []
        shown: list[str] = []
        for line in lines_of(self.stdout + self.stderr):
            command = command_of(line)
            if command is not None and command.name == "add-mask":
                masks.append(command.data)
                continue
            shown.append(functools.reduce(lambda text, mask: text.replace(mask, "***"), masks, line))
        return "\n".join(shown)


class Job:
    """One job. ``inputs``: those of each of its steps. ``environ``: variables that the job or its runner sets.

    ``watch`` gets each process as soon as it runs.
    """

    main: tuple[str, ...] = (sys.executable, "-I", "-m", "okta_aws.action")
    end: tuple[str, ...] = (*main, "post")
    metadata = ACTION
    longest_s = LONGEST_S

    def __init__(self, folder: Path, inputs: Mapping[str, str], environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.workspace, self.home, self.temp = (folder / name for name in ("workspace", "home", "temp"))
        for made in (self.workspace, self.home, self.temp):
            made.mkdir(parents=True)
        self.inputs = dict(inputs)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "acme/infrastructure",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            # Where AWS credentials are looked for, no instance is to be asked: that would leave this machine.
            "AWS_EC2_METADATA_DISABLED": "true",
            **(environ or {}),
        }
        self.watch: Callable[[subprocess.Popen[bytes]], None] = lambda _: None
        self._state: dict[str, str] = {}

    def step(self, inputs: Mapping[str, str] | None = None, **environ: str) -> Step:
        """The action's step with ``inputs`` besides the job's."""
        given = {"host-temp": f"host:{self.temp}", **self.inputs, **(inputs or {})}
        named = {f"INPUT_{name.upper()}": given.get(name, "") for name in declared_inputs(self.metadata)}
        step = self._ended(list(self.main), named | environ)
        self._state = {f"STATE_{name}": value for name, value in step.state.items()}
        return step

    def post(self, **environ: str) -> Step:
        """The action's end of the job, with the state that its step saved."""
        return self._ended(list(self.end), self._state | environ)

    def run(self, *command: str, **environ: str) -> Step:
        """A later step of the job that runs ``command``."""
        return self._ended(list(command), environ)

    def _ended(self, command: list[str], environ: Mapping[str, str]) -> Step:
        files = self._command_files()
        named = {f"GITHUB_{name}": str(path) for name, path in files.items()}
        started = time.monotonic()
        with subprocess.Popen(
            command,
            env=self.environ | named | dict(environ),
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            self.watch(process)
            stdout, stderr = process.communicate(timeout=self.longest_s)
        seconds = time.monotonic() - started
        told = {name: path.read_text() for name, path in files.items()}
        step = Step(process.returncode, stdout.decode(), stderr.decode(), seconds, told)
        self.environ |= step.variables
        return step

    def _command_files(self) -> dict[str, Path]:
        folder = self.temp / "_runner_file_commands"
        folder.mkdir(exist_ok=True)
        suffix = secrets.token_hex(8)
        files = {name: folder / f"{name.lower()}_{suffix}" for name in _FILES}
        for file in files.values():
            file.touch()
        return files


def declared_inputs(metadata: Path = ACTION) -> list[str]:
    """The inputs that the action declares; the runner passes each of them, an unset one as empty text."""
    section = metadata.read_text().partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
    return re.findall(r"^  ([a-z-]+):$", section, re.MULTILINE)


def asked(stand_in: StandIn) -> list[Request]:
    """What the action asked ``stand_in``, without what AWS asked it for its keys."""
    return [request for request in stand_in.requests if request.headers.get("user-agent", "").startswith("okta-aws")]


def github_role(account: Account, github: GithubIssuer, *, name: str = "deploy", longest_s: int = 3600) -> str:
    """A role that trusts the job of ``github``; its ARN."""
    provider = account.provider(github.issuer, [GITHUB_AUDIENCE])
    return account.role(trust(provider, sub=github.job.subject(), aud=GITHUB_AUDIENCE), name, longest_s)


def okta_role(account: Account, okta: OktaIssuer, client_id: str) -> str:
    """A role that trusts one app of ``okta``; its ARN."""
    provider = account.provider(okta.issuer, [okta.audience])
    return account.role(trust(provider, sub=client_id, aud=okta.audience))
