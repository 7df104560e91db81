# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, or that cannot be written: the export fails whole, with the reason, and nothing has changed."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from okta_aws.errors import ExportError
from okta_aws.exporters.base import apply_all
from okta_aws.exporters.select import plan
from unit.exporters.values import REGION, context, credentials, hand_over, job, no_waiting, written_under

# Only root may mount; others meet the same code by a limit on the size of files.
FULL = ["file size", "disk", "read-only disk"] if os.geteuid() == 0 else ["file size"]


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """A disk of 64 KiB at ``folder``."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def full(home: Path, kind: str) -> Iterator[None]:
    """No more room under ``home`` than one page: enough for the first file, not for the second."""
    if kind == "file size":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    elif kind == "disk":
        ballast = home / "ballast"
        ballast.write_bytes(b"x" * (64 * 1024 - written_bytes(home) - 4096))
        yield
        ballast.unlink()
    else:
        subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        yield


def written_bytes(home: Path) -> int:
    """What files occupy, in whole pages."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", FULL)
def test_without_room_nothing_changes_and_the_error_says_why(tmp_path: Path, kind: str) -> None:
    environ = job(tmp_path)
    home = Path(environ["HOME"])
    with mounted(home) if "disk" in kind else no_mount():
        aws = home / ".aws"
        aws.mkdir()
        (aws / "credentials").write_text("[mine]\nk = v\n" + "# " + "x" * 8000 + "\n")
        (aws / "config").write_text("[mine]\n")
        before = written_under(tmp_path)
        wanted = hand_over(profile="dev", as_variables=False)
        with full(home, kind):
            effects = plan(credentials(), wanted, REGION, ("issuer", "sub"), environ, context(environ), no_waiting)
            with pytest.raises(ExportError) as caught:
                # The state goes to the runner's own disk; what happens there is another test's matter.
                apply_all(effects[1:])
        assert written_under(tmp_path) == before
        assert {path.name for path in aws.iterdir()} == {"credentials", "config"}
        assert caught.value.code == "export-failed"
        assert str(aws) in caught.value.headline()
        reasons = {
            "disk": "no space left on device",
            "read-only disk": "read-only file system",
            "file size": "file too large",
        }
        assert caught.value.found == reasons[kind]


@contextmanager
def no_mount() -> Iterator[None]:
    yield
