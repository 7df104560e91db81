# SPDX-License-Identifier: Apache-2.0
"""The image, built once from the real Dockerfile, and a runner that runs it."""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.engine import ROOT, build, docker
from image.runner import Runner


@pytest.fixture(scope="session")
def image() -> str:
    return build(ROOT, "okta-aws-action:tests")


@pytest.fixture(scope="session")
def files(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tarfile.TarFile]:
    """Everything in the image, as a container would see it."""
    exported = tmp_path_factory.mktemp("image") / "files.tar"
    container = docker("create", image).stdout.strip()
    try:
        docker("export", "--output", str(exported), container)
    finally:
        docker("rm", container)
    with tarfile.open(exported) as archive:
        yield archive


@pytest.fixture
def runner(image: str) -> Iterator[Runner]:
    """A GitHub runner on this machine, whose user is not root."""
    with tempfile.TemporaryDirectory(prefix="runner-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Runner.installed(Path(folder), image, user=os.getuid() or 1001)
