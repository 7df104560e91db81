# SPDX-License-Identifier: Apache-2.0
"""The form of the action that runs on the runner itself, in a job as the runner makes it: node, then Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fakes.job import Job
from fakes.package_index import PackageIndex
from okta_aws.demo.emulator import REGION
from okta_aws.demo.sts_front import StsFront

ROOT = Path(__file__).resolve().parents[2]
FORM = ROOT / "composite"
NODE = str(ROOT / ".tools/bin/node")
WHEELS = ROOT / ".cache/wheels"


class OnRunner(Job):
    """A job whose steps are `uses: org/okta-aws-action/composite@v1`."""

    main = (NODE, str(FORM / "main.js"))
    end = (NODE, str(FORM / "post.js"))
    metadata = FORM / "action.yml"
    longest_s = 240  # pip may be at work

    def __init__(self, folder: Path, inputs: Mapping[str, str], environ: Mapping[str, str] | None = None) -> None:
        self.tool_cache = folder / "tool-cache"
        # The Python that runs the tests is in the folder that comes first.
        path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "RUNNER_TOOL_CACHE": str(self.tool_cache)}
        super().__init__(folder, inputs, {**path, **(environ or {})})
        self.tool_cache.mkdir()


@pytest.fixture
def job(tmp_path: Path, aws: StsFront) -> OnRunner:
    """A job whose AWS is the stand-in; its steps need a role and a token yet."""
    return OnRunner(tmp_path / "job", {"aws-region": REGION, "sts-endpoint": aws.url})


@pytest.fixture(scope="session")
def wheels() -> Path:
    """The wheels of the lock file, for every Python that tests use."""
    subprocess.run([sys.executable, ROOT / "scripts" / "wheels"], check=True)
    return WHEELS


@pytest.fixture
def index(wheels: Path) -> Iterator[PackageIndex]:
    """The package index of the runner."""
    with PackageIndex(wheels) as index:
        yield index
