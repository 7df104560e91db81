# SPDX-License-Identifier: Apache-2.0
"""A caller of our reusable workflows, and the index that its runners install libraries from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.package_index import PackageIndex
from image.engine import ROOT
from okta_aws.demo.emulator import Emulator
from workflows.callers import Caller
from workflows.terraform_world import World, world


@pytest.fixture(scope="session", autouse=True)
def platform() -> None:
    """The image that jobs run on."""
    subprocess.run([ROOT / "scripts/images", "runner"], check=True)


@pytest.fixture(scope="session")
def index() -> Iterator[PackageIndex]:
    """Where the runners' pip finds the locked libraries."""
    subprocess.run([sys.executable, ROOT / "scripts/wheels"], check=True)
    with PackageIndex(ROOT / ".cache/wheels") as index:
        yield index


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator, index: PackageIndex) -> Iterator[World]:
    """The tutorial's world. Each test that uses it opens pull requests of its own."""
    with world(tmp_path_factory.mktemp("world"), emulator, index) as made:
        yield made
