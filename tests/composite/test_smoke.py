# SPDX-License-Identifier: Apache-2.0
"""What the matrix of systems runs, runs here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from composite.conftest import NODE


def test_the_form_works_once_through_with_what_every_system_has() -> None:
    script = Path(__file__).with_name("smoke.py")
    done = subprocess.run([sys.executable, script, NODE], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith("the form without Docker works here\n")
