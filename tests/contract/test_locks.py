# SPDX-License-Identifier: Apache-2.0
"""What is installed is fixed by version and hash, from wherever the machine takes its packages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE_LOCK = ROOT / "requirements/npm/package-lock.json"
PYTHON_LOCKS = sorted([*ROOT.glob("requirements/*.lock"), *ROOT.glob("src/okta_aws/demo/*.lock")])
PINNED = re.compile(r"[\w.]+ .*--hash=sha256:[0-9a-f]{64}")


def requirements(lock: Path) -> dict[str, str]:
    """Name and everything after it, continued lines included, of each requirement of a lock."""
    text = re.sub(r"#.*", "", lock.read_text()).replace("\\\n", " ")
    return dict(line.strip().split("==", 1) for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda lock: str(lock.name))
def test_every_python_package_has_a_version_and_hashes(lock: Path) -> None:
    loose = [name for name, rest in requirements(lock).items() if not PINNED.match(rest)]
    assert requirements(lock)
    assert not loose


def test_every_node_package_has_an_integrity() -> None:
    packages = {name: package for name, package in json.loads(NODE_LOCK.read_text())["packages"].items() if name}
    assert packages
    assert not [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")]


@pytest.mark.parametrize("lock", [*PYTHON_LOCKS, NODE_LOCK], ids=lambda lock: str(lock.name))
def test_no_lock_says_where_packages_come_from(lock: Path) -> None:
    assert not re.findall(r"--(?:extra-)?index-url|--find-links|\"resolved\"| @ https?:", lock.read_text())


def test_the_image_gets_the_versions_that_the_tests_run_with() -> None:
    image, tested = requirements(ROOT / "requirements/image.lock"), requirements(ROOT / "requirements/dev.lock")
    # On which machines a package is wanted is each lock's own matter, which file of it is not.
    assert {name: without_marker(rest) for name, rest in image.items()} == {
        name: without_marker(tested.get(name, "")) for name in image
    }


def without_marker(rest: str) -> str:
    return re.sub(r" ;.*?(?= +--hash)", "", rest)
