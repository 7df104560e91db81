# SPDX-License-Identifier: Apache-2.0
"""A folder by descriptor, and by path as on Windows: the same promises."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from okta_aws.folder import Folder, _ByPath, open_folder

KINDS = pytest.mark.parametrize("opened", [open_folder, _ByPath], ids=["by descriptor", "by path"])
Opened = Callable[[str], Folder]


@KINDS
def test_files_are_made_for_their_owner_alone_renamed_and_removed(tmp_path: Path, opened: Opened) -> None:
    folder = opened(str(tmp_path))
    with open(folder.open("new", os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(b"\n\r\n\x1a")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    (tmp_path / "old").write_text("replaced")
    folder.rename("new", "old")
    assert (tmp_path / "old").read_bytes() == b"\n\r\n\x1a"
    assert folder.names() == ["old"]
    folder.remove("old")
    assert not folder.has("old")
    folder.sync()
    folder.close()


@KINDS
def test_inner_folders_are_made_entered_and_removed(tmp_path: Path, opened: Opened) -> None:
    folder = opened(str(tmp_path))
    folder.make_folder("inner")
    assert (tmp_path / "inner").stat().st_mode & 0o777 == 0o700
    inner = folder.folder("inner")
    os.close(inner.open("file", os.O_WRONLY | os.O_CREAT))
    assert inner.has("file")
    with pytest.raises(OSError, match="not empty"):
        folder.remove_folder("inner")
    inner.remove("file")
    inner.close()
    folder.remove_folder("inner")
    assert not (tmp_path / "inner").exists()
    folder.close()


@KINDS
def test_links_are_followed_neither_to_files_nor_to_folders(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("theirs")
    (tmp_path / "to-folder").symlink_to("elsewhere")
    (tmp_path / "to-file").symlink_to("elsewhere/file")
    (tmp_path / "to-nothing").symlink_to("nothing")
    folder = opened(str(tmp_path))
    for name in ("to-file", "to-nothing"):
        with pytest.raises(OSError):  # noqa: PT011  (which one differs by system)
            folder.open(name, os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError):  # noqa: PT011
        folder.folder("to-folder")
    assert folder.has("to-nothing")
    assert (tmp_path / "elsewhere" / "file").read_text() == "theirs"
    assert not (tmp_path / "nothing").exists()
    folder.close()


_WITHOUT_DESCRIPTORS = """
import os, sys, time
os.supports_dir_fd.clear()
for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "geteuid", "fchmod"):
    delattr(os, name)
from okta_aws import files
from okta_aws.errors import ExportError
rules = files.Rules(sys.argv[1], files.owner_of(sys.argv[1]), 1.0, time.sleep)
try:
    files.rewrite(sys.argv[2], lambda before: (before or b"") + b"more\\n", rules)
except ExportError as error:
    sys.exit(error.code)
"""


def _written_without_descriptors(root: Path, path: Path) -> str:
    command = [sys.executable, "-I", "-c", _WITHOUT_DESCRIPTORS, str(root), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stderr.strip()


def test_a_secret_file_is_written_on_a_system_that_opens_no_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "credentials"
    assert _written_without_descriptors(tmp_path, path) == ""
    assert _written_without_descriptors(tmp_path, path) == ""
    assert path.read_text() == "more\nmore\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["credentials"]


def test_a_link_in_the_place_is_refused_on_a_system_that_opens_no_folders(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("theirs")
    (tmp_path / "credentials").symlink_to("target")
    (tmp_path / "inner").symlink_to(tmp_path)
    assert _written_without_descriptors(tmp_path, tmp_path / "credentials") == "unsafe-file"
    assert _written_without_descriptors(tmp_path, tmp_path / "inner" / "other") == "unsafe-file"
    assert (tmp_path / "target").read_text() == "theirs"
    assert not (tmp_path / "other").exists()
