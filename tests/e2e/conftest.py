# SPDX-License-Identifier: Apache-2.0
"""What the workflows run on, and one world for each test: an account with a bucket, and a repository."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.act import DOCKER, ON_RUNNER, Repository
from fakes.package_index import PackageIndex
from image.engine import ROOT, build


@pytest.fixture(scope="session", autouse=True)
def platform() -> None:
    """The image of the jobs; and ours is built once, so that act finds every layer that needs the network."""
    subprocess.run([ROOT / "scripts" / "images", "runner"], check=True)
    build(ROOT, "okta-aws-action:tests")


@pytest.fixture(params=[DOCKER, ON_RUNNER], ids=["with Docker", "on the runner itself"])
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> Repository:
    return Repository(tmp_path, request.param)


@pytest.fixture(scope="session")
def index() -> Iterator[PackageIndex]:
    """Where the form without Docker gets its libraries from, by the lock file."""
    subprocess.run([sys.executable, ROOT / "scripts" / "wheels"], check=True)
    with PackageIndex(ROOT / ".cache/wheels") as index:
        yield index
