# SPDX-License-Identifier: Apache-2.0
"""Installing the AWS emulator, which takes too long for every change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from okta_aws.demo.emulator import Emulator, install

CODE = "import sys, pathlib; from okta_aws.demo.emulator import install; print(install(pathlib.Path(sys.argv[1])))"


def test_two_processes_at_once_install_it_once(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", CODE, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert printed == {str(install(tmp_path))}
    with Emulator(install(tmp_path)) as running:
        assert running.iam("123456789012").list_roles()["Roles"] == []


def test_an_interrupted_installation_is_begun_anew(tmp_path: Path) -> None:
    python = install(tmp_path)
    home = python.parents[1]
    (home / "complete").unlink()
    (home / "left-over").touch()
    assert install(tmp_path) == python
    assert (home / "complete").exists()
    assert not (home / "left-over").exists()
