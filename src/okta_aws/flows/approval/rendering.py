# SPDX-License-Identifier: Apache-2.0
"""What a plan says, by Terraform itself, in a folder that holds nothing of the pull request but the plan file.

The plan is hostile: Terraform gets no credentials, no token, no home and no cache of the job, a time limit, and its
output is read up to a bound. Providers come from the base branch's lock file; showing asks them for their schema alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okta_aws.approval.comment import clean
from okta_aws.approval.lock_file import NAME, Provider, configuration
from okta_aws.errors import Error

INIT_S = 300.0
SHOW_S = 120.0
MAX_OUTPUT = 64 << 20
_SAID = 2000


class CannotShow(ValueError):  # noqa: N818  (named for what is wrong)
    """Terraform does not show this plan; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Terraform:
    """The program. ``path``: where programs are looked for. ``cli_config``: its own configuration file, or empty.

    ``proxies``: variables that only the installation of providers gets.
    """

    program: str
    path: str
    cli_config: str
    proxies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rendering:
    """``text``: as people read it. ``plan``: Terraform's JSON; it holds values, sensitive ones too."""

    text: str
    plan: Any


def rendered(plan: bytes, providers: Mapping[str, Provider], lock_file: str, terraform: Terraform) -> Rendering:
    """The plan, shown. Raises ``CannotShow``, and ``Error`` (terraform) where that is not the plan's fault."""
    with tempfile.TemporaryDirectory(prefix="okta-aws-seal-") as folder:
        run = _Run(terraform, folder)
        run.write("plan", plan)
        if providers:
            run.write("work/providers.tf", configuration(providers).encode())
            run.write(f"work/{NAME}", lock_file.encode())
            run.install()
        text = run.show("-no-color")
        try:
            value = json.loads(run.show("-json"))
        except (ValueError, RecursionError):
            raise CannotShow("wanted JSON, found something else") from None
    return Rendering(text.strip("\n") + "\n", value)


def version_of(terraform: Terraform) -> str:
    """Name and version of the program: ``Terraform v1.11.4``. Raises ``Error`` (terraform) where it tells none."""
    with tempfile.TemporaryDirectory(prefix="okta-aws-seal-") as folder:
        return _Run(terraform, folder).version()


class _Run:
    def __init__(self, terraform: Terraform, folder: str) -> None:
        self._folder = folder
        self._terraform = terraform
        program = shutil.which(terraform.program, path=terraform.path)
        if program is None:
            raise _failed(f"no program {terraform.program} on PATH", "install Terraform, or name it with --terraform")
        self._program = os.path.abspath(program)
        for name in ("work", "home"):
            os.mkdir(os.path.join(folder, name), 0o700)
        self.write("empty.tfrc", b"")

    def write(self, name: str, data: bytes) -> None:
        """A file below the folder, nobody else's to read."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(os.path.join(self._folder, name), flags, 0o600), "wb") as file:
            file.write(data)

    def install(self) -> None:
        """The providers of the lock file, and no others."""
        arguments = ["init", "-input=false", "-no-color", "-backend=false", "-lockfile=readonly"]
        try:
            self._said(arguments, self._terraform.proxies, INIT_S)
        except CannotShow as cause:
            fix = "check that the lock file of the base branch has hashes for this platform, and the registry answers"
            raise _failed(str(cause), fix) from None

    def version(self) -> str:
        """What it says that it is, in its first line."""
        try:
            return self._said(["version"], {}, SHOW_S).partition("\n")[0][:_SAID]
        except CannotShow as cause:
            raise _failed(str(cause), "name Terraform or OpenTofu with --terraform") from None

    def show(self, form: str) -> str:
        """The plan in one of the two forms."""
        return self._said(["show", form, os.path.join(self._folder, "plan")], {}, SHOW_S)

    def _said(self, arguments: Sequence[str], more: Mapping[str, str], within_s: float) -> str:
        environment = {
            "PATH": self._terraform.path,
            "HOME": os.path.join(self._folder, "home"),
            "TF_CLI_CONFIG_FILE": self._terraform.cli_config or os.path.join(self._folder, "empty.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            **more,
        }
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(  # noqa: S603  (our own words)
                    [self._program, *arguments],
                    cwd=os.path.join(self._folder, "work"),
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                )
            except OSError as cause:
                raise _failed(cause.strerror or "an error", "name a program with --terraform") from None
            output = _output(process, within_s)
            if process.returncode == 0:
                return output
            errors.seek(0)
            said = clean(errors.read(_SAID).decode("utf-8", "replace")).replace("\n", " ").strip()
        raise CannotShow(said or f"an end with status {process.returncode}")


def _output(process: subprocess.Popen[bytes], within_s: float) -> str:
    """All that it prints, up to the bound; it and whatever it started are ended with it, or when the time is up."""

    def end() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(within_s, end)
    timer.start()
    try:
        with process:
            assert process.stdout is not None  # noqa: S101  (for the reader of types)
            data = process.stdout.read(MAX_OUTPUT + 1)
            if len(data) > MAX_OUTPUT:
                end()  # before it is waited for, which could take for ever
                raise CannotShow(f"more than {MAX_OUTPUT} bytes")
            process.wait()
    finally:
        timer.cancel()
    return data.decode("utf-8", "replace")


def _failed(found: str, fix: str) -> Error:
    return Error("terraform", "rendering the plan", wanted="Terraform and the providers", found=found, fix=fix)
