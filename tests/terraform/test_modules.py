# SPDX-License-Identifier: Apache-2.0
"""Each module's own tests, run by `terraform test`: no network, no account, the real AWS provider."""

from __future__ import annotations

import functools
import json
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import hcl2
import pytest

from fakes.terraform import MODULES, Configuration, copied, okta_provider

# Five runs of Terraform in one test; a loaded machine takes its time.
pytestmark = pytest.mark.timeout(600)
FEWEST_RUNS = 80
TESTED = sorted({str(file.parent.parent.relative_to(MODULES)) for file in MODULES.rglob("*.tftest.hcl")})
READY = [name for name in TESTED if okta_provider() or "okta" not in Configuration(MODULES / name).wanted_providers()]


@functools.cache
def outcomes(name: str) -> Counter[str]:
    """How many runs of a module's tests ended in which way."""
    with tempfile.TemporaryDirectory() as folder:
        module = Configuration(copied(Path(folder)) / name)
        module.initialise()
        with module.with_running_provider() if "aws" in module.wanted_providers() else nullcontext(module) as ready:
            said = ready.tried("test", "-json").stdout
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    complete = [line for line in lines if line.get("type") == "test_run" and line["test_run"]["progress"] == "complete"]
    for line in lines:
        if line.get("@level") == "error":
            print(line["@message"], json.dumps(line.get("diagnostic", {}).get("detail", "")))
    return Counter(line["test_run"]["status"] for line in complete)


def written(name: str) -> int:
    """How many runs a module's test files hold."""
    files = (MODULES / name).glob("tests/*.tftest.hcl")
    return sum(len(hcl2.loads(file.read_text())["run"]) for file in files)


@pytest.mark.parametrize("name", READY)
def test_every_run_of_a_module_s_tests_passes(name: str) -> None:
    assert outcomes(name) == {"pass": written(name)}


def test_there_are_as_many_runs_as_were_promised() -> None:
    assert sum(outcomes(name)["pass"] for name in READY) >= FEWEST_RUNS


def test_a_run_that_fails_is_counted_as_such(tmp_path: Path) -> None:
    """Proves that the tests above can fail."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "main.tf").write_text('output "one" {\n  value = 1\n}\n')
    failing = 'assert {\n    condition = output.one == 2\n    error_message = "is not two"\n  }'
    (tmp_path / "tests/one.tftest.hcl").write_text(f'run "one" {{\n  command = plan\n  {failing}\n}}\n')
    done = Configuration(tmp_path).tried("test", "-json")
    assert '"status":"fail"' in done.stdout
    assert done.returncode == 1


def test_every_test_s_name_is_a_sentence() -> None:
    names = [
        name
        for file in MODULES.rglob("*.tftest.hcl")
        for run in hcl2.loads(file.read_text())["run"]
        for name in (key.strip('"') for key in run)
        if not name.startswith("__")
    ]
    assert not [name for name in names if name.count("_") < 2]
