# SPDX-License-Identifier: Apache-2.0
"""A folder held open, so that nobody can put another one in its place between two steps.

Windows opens no folders: there the path stands for it, and each name is looked at before it is used. That leaves a gap
between look and use, for those who may write to the folder at all: the user and the machine's administrators.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Protocol

from okta_aws.opening import CAREFULLY, FOLDER, NO_LINK


class Folder(Protocol):
    """What is done in a folder; each name is one of its own, and never followed where it is a link."""

    @property
    def descriptor(self) -> int | None:
        """Of the folder itself; ``None`` where there is none (Windows)."""

    def open(self, name: str, flags: int) -> int:
        """A descriptor of the file ``name``; a new one gets mode 0600."""

    def folder(self, name: str) -> Folder:
        """The folder ``name`` in this one."""

    def look_at(self, name: str) -> os.stat_result:
        """What ``name`` is."""

    def has(self, name: str) -> bool:
        """Whether there is something called ``name``."""

    def names(self) -> list[str]:
        """All that is there."""

    def make_folder(self, name: str) -> None:
        """Makes a folder with mode 0700."""

    def rename(self, name: str, new_name: str) -> None:
        """Puts the file into the place of ``new_name``, in one step."""

    def remove(self, name: str) -> None:
        """Removes a file."""

    def remove_folder(self, name: str) -> None:
        """Removes an empty folder."""

    def sync(self) -> None:
        """Has the disk know about what was renamed and removed."""

    def close(self) -> None:
        """Lets the folder go."""


def open_folder(path: str) -> Folder:
    """The folder ``path``, links and all. Raises ``OSError``."""
    return _Posix(os.open(path, os.O_RDONLY | FOLDER | CAREFULLY)) if _HAS_DESCRIPTORS else _ByPath(path)


_HAS_DESCRIPTORS = bool(FOLDER) and os.open in os.supports_dir_fd


class _Posix:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def open(self, name: str, flags: int) -> int:
        return os.open(name, flags | NO_LINK | CAREFULLY, 0o600, dir_fd=self.descriptor)

    def folder(self, name: str) -> Folder:
        return _Posix(self.open(name, os.O_RDONLY | FOLDER))

    def look_at(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)

    def has(self, name: str) -> bool:
        return _is_there(self, name)

    def names(self) -> list[str]:
        return os.listdir(self.descriptor)

    def make_folder(self, name: str) -> None:
        os.mkdir(name, 0o700, dir_fd=self.descriptor)

    def rename(self, name: str, new_name: str) -> None:
        os.rename(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        os.unlink(name, dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        os.rmdir(name, dir_fd=self.descriptor)

    def sync(self) -> None:
        os.fsync(self.descriptor)

    def close(self) -> None:
        os.close(self.descriptor)


class _ByPath:
    descriptor = None

    def __init__(self, path: str) -> None:
        self._path = path

    def open(self, name: str, flags: int) -> int:
        path = self._inside(name)
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(errno.ELOOP, "a link, or no regular file")
        return os.open(path, flags | CAREFULLY, 0o600)

    def folder(self, name: str) -> Folder:
        if not stat.S_ISDIR(self.look_at(name).st_mode):
            raise OSError(errno.ENOTDIR, "a link, or no folder")
        return _ByPath(self._inside(name))

    def look_at(self, name: str) -> os.stat_result:
        return os.lstat(self._inside(name))

    def has(self, name: str) -> bool:
        return _is_there(self, name)

    def names(self) -> list[str]:
        return os.listdir(self._path)

    def make_folder(self, name: str) -> None:
        os.mkdir(self._inside(name), 0o700)

    def rename(self, name: str, new_name: str) -> None:
        os.replace(self._inside(name), self._inside(new_name))

    def remove(self, name: str) -> None:
        os.unlink(self._inside(name))

    def remove_folder(self, name: str) -> None:
        os.rmdir(self._inside(name))

    def sync(self) -> None:
        """Windows writes its folders itself."""

    def close(self) -> None:
        """A path needs no closing."""

    def _inside(self, name: str) -> str:
        return os.path.join(self._path, name)


def _is_there(folder: Folder, name: str) -> bool:
    try:
        folder.look_at(name)
    except FileNotFoundError:
        return False
    return True
