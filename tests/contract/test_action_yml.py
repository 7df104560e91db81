# SPDX-License-Identifier: Apache-2.0
"""action.yml and the reference pages are what the tables in the code say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from okta_aws.settings.options import BY_NAME, OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())


def _generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / "generate"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})


def test_everything_that_is_generated_is_current() -> None:
    checked = _generate(ROOT, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("scripts/generate", "scripts/terraform-docs", "action.yml", "composite/action.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for folder in ("src", "docs/reference", "terraform", ".github/workflows"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".terraform*"))
    return tmp_path


def test_a_stale_file_fails_the_check_and_is_named(copy: Path) -> None:
    assert _generate(copy, "--check").returncode == 0
    with (copy / "action.yml").open("a") as file:
        file.write("# by hand\n")
    (copy / "docs" / "reference" / "inputs.md").unlink()
    checked = _generate(copy, "--check")
    assert checked.returncode == 1
    assert "action.yml is stale" in checked.stderr
    assert "docs/reference/inputs.md is stale" in checked.stderr
    assert _generate(copy).returncode == 0
    assert _generate(copy, "--check").returncode == 0


def test_inputs_and_outputs_are_those_of_the_table_in_its_order() -> None:
    assert list(ACTION["inputs"]) == list(BY_NAME)
    assert list(ACTION["outputs"]) == [output.name for output in OUTPUTS]


@pytest.mark.parametrize("name", ACTION["inputs"])
def test_an_input_is_explained_and_its_default_is_left_to_the_table(name: str) -> None:
    declared = ACTION["inputs"][name]
    assert declared["description"].startswith(BY_NAME[name].help)
    assert declared["required"] is False
    assert ("default" in declared) is BY_NAME[name].internal


def test_the_hosts_path_is_told_by_a_default_that_the_runner_does_not_translate() -> None:
    assert ACTION["inputs"]["host-temp"]["default"] == "host:${{ runner.temp }}"


def test_the_form_without_docker_differs_in_how_it_runs_alone() -> None:
    other: dict[str, Any] = yaml.safe_load((ROOT / "composite/action.yml").read_text())
    public = {name: declared for name, declared in ACTION["inputs"].items() if not BY_NAME[name].internal}
    assert (other["inputs"], other["outputs"]) == (public, ACTION["outputs"])
    assert other["runs"]["using"] == "node24"
    for name in ("main", "post"):
        assert (ROOT / "composite" / other["runs"][name]).is_file()


def test_both_forms_end_the_job_after_success_and_failure_unless_asked_not_to() -> None:
    other: dict[str, Any] = yaml.safe_load((ROOT / "composite/action.yml").read_text())
    for runs in (ACTION["runs"], other["runs"]):
        assert runs["post-if"] == "always() && env.AWS_SKIP_CLEANUP_STEP != 'true'"


def test_the_two_executables_are_paths_without_arguments() -> None:
    # The runner takes the whole text for one executable.
    runs = ACTION["runs"]
    assert runs["using"] == "docker"
    for name in ("entrypoint", "post-entrypoint"):
        assert runs[name].startswith("/")
        assert not set(runs[name]) & set(" \t'\"")
    assert "args" not in runs
    assert "env" not in runs
