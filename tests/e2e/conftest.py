# SPDX-License-Identifier: Apache-2.0
"""What the workflows run on, and one world for each test: an account with a bucket, and a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.act import Repository
from image.engine import ROOT, build


@pytest.fixture(scope="session", autouse=True)
def platform() -> None:
    """The image of the jobs; and ours is built once, so that act finds every layer that needs the network."""
    subprocess.run([ROOT / "scripts" / "images", "runner"], check=True)
    build(ROOT, "okta-aws-action:tests")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)
