# SPDX-License-Identifier: Apache-2.0
"""AWS's own command line, in an environment of its own (``requirements/awscli.lock``), because it pins botocore."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements/awscli.lock"


def install(cache: Path) -> Path:
    """The program ``aws`` under ``cache``, installed if it is not there yet; a second process waits for the first."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = cache / f"awscli-{wanted}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "awscli.installing").open("w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([sys.executable, "-I", "-m", "venv", home], check=True)
            pip = [str(home / "bin/python"), "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            # Not compiled: of its thousands of modules a few are ever imported.
            subprocess.run([*pip, "--no-compile", "--require-hashes", "--no-deps", "-r", str(LOCK)], check=True)
            (home / "complete").touch()
    return home / "bin/aws"
