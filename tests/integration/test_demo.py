# SPDX-License-Identifier: Apache-2.0
"""The demo from the installed package, without an image: the same program that `make demo` runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fakes.fixtures import CACHE
from okta_aws.demo.emulator import install


def demo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "okta_aws.demo.run", "--no-docker", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **environ}
    )


def test_the_demo_ends_well_and_shows_no_secret() -> None:
    result = demo("--cache", str(CACHE))
    assert result.returncode == 0, result.stdout
    done = [line for line in result.stdout.splitlines() if line.startswith("  ok      ")]
    for step in (
        "terraform apply",
        "the next step writes",
        "it may not write",
        "refused, nothing exported",
        "the post step blanks",
    ):
        assert any(step in line for line in done), step
    assert "error[provider-audience]" in result.stdout
    for secret in ("ASIA", "eyJ", "PRIVATE KEY"):
        assert secret not in result.stdout + result.stderr
    assert re.search(r"exit status [45]", result.stdout)


def test_where_terraform_cannot_be_had_the_demo_says_so_and_prepares_the_same_by_calls() -> None:
    result = demo("--cache", str(CACHE), TERRAFORM_PROVIDER_MIRROR="/nowhere")
    assert result.returncode == 0, result.stdout
    assert "without Terraform, by calls of IAM: terraform: TERRAFORM_PROVIDER_MIRROR" in result.stdout
    assert "terraform apply" not in result.stdout
    assert '  ok      provider for GitHub, role "deploy-github"' in result.stdout


def test_the_demo_fails_when_a_part_cannot_be_had(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = demo("--cache", str(tmp_path / "file"))
    assert result.returncode == 1
    assert "  FAILED  AWS emulator installed" in result.stdout


def test_an_emulator_that_is_installed_is_not_installed_again() -> None:
    python = install(CACHE)
    before = python.parent.stat().st_mtime_ns
    assert install(CACHE) == python
    assert python.parent.stat().st_mtime_ns == before
