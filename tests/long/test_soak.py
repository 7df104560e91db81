# SPDX-License-Identifier: Apache-2.0
"""Ten thousand exchanges in one process: it holds no more of the machine at the end than after the first of them."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOAK = ROOT / "tests/long/soak.py"
RESULT = ROOT / "tests/long/results/soak.json"
EXCHANGES = 10_000
# By then every module is loaded and every pool of the allocator has its size.
WARM = EXCHANGES // 10
# CPython takes memory from the system in arenas of 1 MiB (Objects/obmalloc.c), one of which may become due at any time.
ALLOWANCE = 1024 * 1024


@pytest.mark.timeout(1800)
def test_ten_thousand_exchanges_leave_nothing_behind(tmp_path: Path) -> None:
    environ = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'src'}", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-s", str(SOAK)]
    started = time.monotonic()
    with subprocess.Popen(
        [*command, "servers"], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as servers:
        assert servers.stdout is not None
        url = servers.stdout.readline().strip()
        harness = [*command, "harness", url, str(EXCHANGES), str(tmp_path)]
        printed = subprocess.run(harness, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout
    samples = [json.loads(line) for line in printed.splitlines()]
    RESULT.parent.mkdir(exist_ok=True)
    told = {
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "seconds": round(time.monotonic() - started, 1),
        "samples": samples,
    }
    RESULT.write_text(json.dumps(told, indent=2) + "\n")
    warm, last = next(one for one in samples if one["exchanges"] >= WARM), samples[-1]
    assert last["exchanges"] == EXCHANGES
    # Both ways through it were taken.
    assert 0 < last["refused"] < EXCHANGES
    for held in ("descriptors", "threads", "files"):
        assert {one[held] for one in samples[1:]} == {warm[held]}, held
    assert last["resident"] - warm["resident"] <= ALLOWANCE
    assert last["objects"] - warm["objects"] <= EXCHANGES // 100


def commit() -> str:
    """The commit that was measured; empty before the first one."""
    asked = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    return subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()
