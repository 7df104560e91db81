# SPDX-License-Identifier: Apache-2.0
"""Docker as the tests use it: the image built as GitHub's runner builds it, and containers of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one docker command; a failure shows what docker said."""
    result = subprocess.run(["docker", *arguments], check=False, capture_output=True, text=True)
    assert not check or result.returncode == 0, f"docker {' '.join(arguments)}\n{result.stdout}{result.stderr}"
    return result


def build(folder: Path, tag: str) -> str:
    """Build the Dockerfile of a folder; the tag."""
    subprocess.run([ROOT / "scripts" / "images", "base"], check=True)
    # The runner's own command, with the network of the host: an engine in a sandbox may have no other.
    docker("build", "--network=host", "--tag", tag, "--file", str(folder / "Dockerfile"), str(folder))
    return tag


def configuration(image: str) -> dict[str, Any]:
    """What the image says about running it."""
    found: dict[str, Any] = json.loads(docker("image", "inspect", image).stdout)[0]["Config"]
    return found


def python(image: str, arguments: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run the image's Python, isolated as our executables start it."""
    return docker("run", "--rm", *options, "--entrypoint=/usr/bin/python3", image, "-I", *arguments, check=False)


def socket() -> Path | None:
    """The engine's socket, where it listens on one of this machine."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return Path(address.removeprefix("unix://")) if address.startswith("unix://") else None
