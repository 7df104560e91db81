# SPDX-License-Identifier: Apache-2.0
"""The action as a process, without the cost of starting Python: one that has loaded it forks for each run.

What is run is the entry point itself, with an environment, a working directory and streams of its own. For tests that
run it hundreds of times, and for texts longer than ``execve`` takes in a variable (128 KiB).
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from fakes.job import Job, Step

# Reads requests line by line, answers each with a status. Nothing else runs in it, so forking is safe.
_PARENT = """
import json, os, sys
import okta_aws.action, okta_aws.flows.with_token, okta_aws.flows.with_keys, okta_aws.exporters.profile
import okta_aws.sources.given, okta_aws.sources.okta_client, okta_aws.runner.summary, botocore.auth, botocore.session
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(asked["folder"])
        for number, path in ((0, os.devnull), (1, asked["stdout"]), (2, asked["stderr"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
        os.environ.clear()
        os.environ.update(asked["environ"])
        try:
            okta_aws.action.post() if asked["post"] else okta_aws.action.main()
        except SystemExit as ended:
            sys.stdout.flush()
            os._exit(ended.code)
        except BaseException:
            import traceback
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(99)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Prefork:
    """The process that forks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, asked: Mapping[str, object]) -> int:
        """The exit status of one run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextlib.contextmanager
def prefork() -> Iterator[Prefork]:
    """Starts it, and ends it."""
    command = [sys.executable, "-I", "-c", _PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Prefork(process)


class PreforkJob(Job):
    """A job whose steps are forked. Its command files are read as the runner reads them, whatever bytes they hold."""

    def __init__(
        self, folder: Path, inputs: Mapping[str, str], environ: Mapping[str, str] | None, process: Prefork
    ) -> None:
        super().__init__(folder, inputs, environ)
        self._process = process

    def _ended(self, command: list[str], environ: Mapping[str, str]) -> Step:
        files = self._command_files()
        streams = {name: self.folder / name for name in ("stdout", "stderr")}
        for stream in streams.values():
            stream.unlink(missing_ok=True)
        named = {f"GITHUB_{name}": str(path) for name, path in files.items()}
        asked = {
            "environ": self.environ | named | dict(environ),
            "folder": str(self.workspace),
            "post": command[-1] == "post",
            **{name: str(path) for name, path in streams.items()},
        }
        started = time.monotonic()
        status = self._process.run(asked)
        seconds = time.monotonic() - started
        told = {name: path.read_text(errors="surrogateescape") for name, path in files.items()}
        stdout, stderr = (path.read_bytes().decode(errors="surrogateescape") for path in streams.values())
        return Step(status, stdout, stderr, seconds, told)
