# SPDX-License-Identifier: Apache-2.0
"""How scripts/test counts what its lanes did."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = spec_from_loader("lanes", SourceFileLoader("lanes", str(ROOT / "scripts/test")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "lanes", module)  # a dataclass looks its module up
    spec.loader.exec_module(module)
    return module


def outcome(folder: Path, tests: str) -> tuple[str, int]:
    """Output and exit status of a real pytest on a file of tests."""
    (folder / "test_probe.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    environ = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True, text=True)
    return result.stdout, result.returncode


@pytest.mark.parametrize(
    ("tests", "passed", "failed"),
    [
        ("def test_a(): pass\ndef test_b(): pass", 2, 0),
        ("def test_a(): pass\ndef test_b(): assert False", 1, 1),
        ("import pytest\n@pytest.fixture\ndef broken(): 1 / 0\ndef test_a(broken): pass\ndef test_b(): pass", 1, 1),
        ("import no_such_module", 0, 1),
        ("", 0, 1),
    ],
    ids=["passing", "failing", "broken fixture", "broken import", "no test at all"],
)
def test_it_counts_as_pytest_does(lanes: ModuleType, tmp_path: Path, tests: str, passed: int, failed: int) -> None:
    result = lanes.count(*outcome(tmp_path, tests))
    assert (result.passed, result.failed) == (passed, failed)


@pytest.mark.parametrize(("status", "passed", "failed"), [(0, 1, 0), (3, 0, 1)])
def test_a_lane_without_pytest_counts_as_one(lanes: ModuleType, status: int, passed: int, failed: int) -> None:
    result = lanes.count("all linters ran\n", status)
    assert (result.passed, result.failed) == (passed, failed)


def test_a_run_that_dies_after_passing_tests_is_a_failure(lanes: ModuleType) -> None:
    result = lanes.count("===== 7 passed in 1.00s =====\n", 139)
    assert (result.passed, result.failed) == (7, 1)


def test_every_folder_of_tests_is_run_by_a_lane(lanes: ModuleType) -> None:
    folders = {file.relative_to(ROOT / "tests").parts[0] for file in (ROOT / "tests").rglob("test_*.py")}
    assert folders <= {lane.name for lane in lanes.LANES}


def test_two_lanes_of_one_folder_run_each_of_its_files_once(lanes: ModuleType) -> None:
    integration, approval = (
        next(one for one in lanes.LANES if one.name == name) for name in ("integration", "approval")
    )
    folder, left_out = integration.tests
    assert folder == "tests/integration"
    assert set(approval.tests) == {str(file) for file in ROOT.glob(left_out.removeprefix("--ignore-glob="))} != set()


def test_a_lane_that_does_not_exist_is_refused() -> None:
    command = [sys.executable, str(ROOT / "scripts/test"), "unti"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert "found unti" in result.stdout
