# SPDX-License-Identifier: Apache-2.0
"""`scripts/engine run` inside another one, which is where these tests run."""

from __future__ import annotations

import os
import subprocess

import pytest

from image.engine import ROOT, docker


def engine(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts/engine", *command], env=os.environ | environ, check=False, capture_output=True, text=True
    )


def test_an_engine_that_answers_is_used_as_it_is() -> None:
    this = docker("info", "--format", "{{.ID}}").stdout
    assert engine("run", "--", "docker", "info", "--format", "{{.ID}}").stdout == this


@pytest.mark.parametrize(
    ("program", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)], ids=["success", "failure", "signal"]
)
def test_the_status_is_the_commands(program: str, status: int) -> None:
    assert engine("run", "--", "sh", "-c", program).returncode == status


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "--"], ["start", "--", "true"]])
def test_it_says_how_it_is_called(arguments: list[str]) -> None:
    result = engine(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("usage: ")
