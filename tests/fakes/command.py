# SPDX-License-Identifier: Apache-2.0
"""``okta-aws`` as a real process, with an environment of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "okta-aws"


@dataclass(frozen=True)
class Outcome:
    """How a process ended, and all it said."""

    status: int
    out: str
    err: str


def okta_aws(*arguments: str, environ: Mapping[str, str] = {}, given: str = "", cwd: Path | None = None) -> Outcome:
    """Runs the command with ``given`` on standard input."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=given.encode(),
        capture_output=True,
        check=False,
        env=environment(environ),
        cwd=cwd,
        timeout=60,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """As little as a process needs, so that the machine's own settings do not reach it."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "100", **environ}
