# SPDX-License-Identifier: Apache-2.0
"""Nothing of the working directory runs in the command line; started with ``-I``, nothing of ``PYTHONPATH`` either."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fakes.command import PROGRAM, environment

NAMES = ["json.py", "ssl.py", "click.py", "sitecustomize.py", "usercustomize.py", "okta_aws/__init__.py"]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    for name in NAMES:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    return tmp_path


def ran(command: list[str | Path], cwd: Path, **more: str) -> bool:
    subprocess.run(
        [*command, "--version"], cwd=cwd, env=environment({}) | more, check=True, capture_output=True, timeout=60
    )
    return (cwd / "ran").exists()


def test_the_check_sees_what_runs(hostile: Path) -> None:
    code = "import sys; sys.argv[0] = 'x'"
    subprocess.run([sys.executable, "-c", code], cwd=hostile, env={"PYTHONPATH": str(hostile)}, check=True)
    assert (hostile / "ran").exists()


def test_the_command_runs_nothing_of_the_working_directory(hostile: Path) -> None:
    assert not ran([PROGRAM], hostile)


def test_started_isolated_it_heeds_no_python_path_either(hostile: Path) -> None:
    assert not ran([Path(PROGRAM).with_name("python"), "-I", "-m", "okta_aws.cli"], hostile, PYTHONPATH=str(hostile))
