# SPDX-License-Identifier: Apache-2.0
"""THE one writer of files that hold secrets.

A reader sees the old file or the new one, never half of one: the new content goes to a temporary file beside it, to
the disk, and then into its place in one step. Whoever is killed in the middle leaves at most that temporary file, which
the next writer removes, and a lock file that nobody holds.

Nothing in the way is trusted: every name below the trusted root is opened relative to its folder, and a symbolic link,
a directory, a FIFO, a hard link or somebody else's file in the place is refused. On Windows, where files have neither
modes nor such an owner, the access list of the user's folder protects them; links are refused there as well.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from okta_aws.errors import ExportError
from okta_aws.folder import Folder, open_folder
from okta_aws.opening import CAREFULLY, NO_LINK

# Larger than any file a person keeps here; smaller than what a run may hold in memory.
MAX_BYTES = 4 * 1024 * 1024
_TEMPORARY = ".okta-aws-"
_LOCK_STEP_S = 0.02
_FIX_LINK = "give the path of the file itself (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE), or remove what is there"
_UNSAFE = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EINVAL, errno.ENXIO, errno.EISDIR})

Edit = Callable[[bytes | None], bytes | None]
"""New content from the old one; ``None``: there is no file, or there shall be none."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who files are given to, as numbers."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Rules:
    """How files are written.

    ``root``: the folder that is trusted as it is, links and all; below it no folder may be a link. For a path elsewhere
    it is the nearest folder that exists, which then was named on purpose. ``owner``: whom new files and folders belong
    to, ``None``: us. ``wait_s``: how long another writer is waited for. ``sleep`` waits that many seconds.
    """

    root: str
    owner: Owner | None
    wait_s: float
    sleep: Callable[[float], None]


def owner_of(folder: str) -> Owner | None:
    """The owner of ``folder`` where files can be given to it, that is where we are root; else ``None``.

    A Docker action is root, and its files would be of no use to the runner's user.
    """
    if _user() != 0:
        return None
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return Owner(found.st_uid, found.st_gid)


def read_small(path: str, limit: int) -> bytes:
    """The content of the regular file ``path``, at most ``limit`` bytes of it.

    Raises ``OSError`` where it cannot be read, is a link, is larger, or is no regular file (both ``EINVAL``).
    """
    with _regular(os.open(path, os.O_RDONLY | NO_LINK | CAREFULLY)) as descriptor:
        return _content(descriptor, limit)


def missing(path: str) -> list[str]:
    """What ``rewrite`` would have to make for ``path``: the file, then its folders from the inside out."""
    made: list[str] = []
    while not os.path.lexists(path):
        made.append(path)
        path = os.path.dirname(path)
    return made


def rewrite(path: str, edit: Edit, rules: Rules) -> None:
    """Puts what ``edit`` makes of the content of ``path`` (absolute) in its place, while no other writer is at it.

    The file ends up with mode 0600; folders that are missing are made with 0700. Raises ``ExportError``, and what
    ``edit`` raises; then nothing was changed.
    """
    doing = f"writing {path}"
    try:
        with _folder(path, rules, make=True) as folder, _lock(folder, path, rules):
            _replace(folder, path, edit, rules)
    except OSError as cause:
        raise _failed(doing, cause) from None


def take_back(path: str, edit: Edit, rules: Rules) -> None:
    """``rewrite`` for what was written before: makes no folder, and does nothing where there is no such file."""
    try:
        with _folder(path, rules, make=False) as folder:
            if not folder.has(os.path.basename(path)):
                return
            with _lock(folder, path, rules):
                _replace(folder, path, edit, rules)
    except FileNotFoundError:
        return
    except OSError as cause:
        raise _failed(f"cleaning {path}", cause) from None


def remove_empty_folder(path: str, rules: Rules) -> bool:
    """Removes the folder ``path`` if nothing is in it; tells whether it did."""
    try:
        with _folder(path, rules, make=False) as parent:
            parent.remove_folder(os.path.basename(path))
    except OSError:
        return False
    return True


def _replace(folder: Folder, path: str, edit: Edit, rules: Rules) -> None:
    name = os.path.basename(path)
    _sweep(folder, name)
    before = _current(folder, name, path, rules)
    after = edit(before)
    if after is not None:
        _put(folder, name, after, rules)
    elif before is not None:
        folder.remove(name)
    folder.sync()


def _current(folder: Folder, name: str, path: str, rules: Rules) -> bytes | None:
    try:
        with _regular(folder.open(name, os.O_RDONLY)) as descriptor:
            _check_owner(descriptor, path, rules)
            if os.fstat(descriptor).st_nlink > 1:
                raise _unsafe(path, "a file that has other names too (hard links)")
            return _content(descriptor, MAX_BYTES)
    except FileNotFoundError:
        return None


def _check_owner(descriptor: int, path: str, rules: Rules) -> None:
    owner = os.fstat(descriptor).st_uid
    ours = {0, _user()} | ({rules.owner.uid} if rules.owner else set())
    if owner not in ours:
        raise _unsafe(path, f"something that belongs to user {owner}")


def _user() -> int:
    # Windows knows no such number, and gives every file 0.
    return os.geteuid() if hasattr(os, "geteuid") else -1


def _put(folder: Folder, name: str, data: bytes, rules: Rules) -> None:
    temporary = f".{name}{_TEMPORARY}{os.urandom(8).hex()}"
    descriptor = folder.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        _fill(descriptor, data, rules)
        folder.rename(temporary, name)
    except BaseException:
        folder.remove(temporary)
        raise


def _fill(descriptor: int, data: bytes, rules: Rules) -> None:
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)  # the umask may have taken even the owner's rights
        _give(descriptor, rules)
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give(descriptor: int, rules: Rules) -> None:
    if rules.owner is None:
        return
    try:
        os.chown(descriptor, rules.owner.uid, rules.owner.gid)
    except OSError as cause:
        # A user namespace (rootless engines) or a network file system; a file that later steps cannot read is no use.
        raise ExportError(
            "export-failed",
            "handing a file to the runner's user",
            wanted=f"to give it to user {rules.owner.uid}",
            found=(cause.strerror or "a refusal").lower(),
            fix="use org/okta-aws-action/composite@v1, which runs as that user, or export variables instead",
        ) from None


def _sweep(folder: Folder, name: str) -> None:
    # Safe under the lock: no living writer of this file has a temporary one.
    for entry in folder.names():
        if entry.startswith(f".{name}{_TEMPORARY}"):
            folder.remove(entry)


@contextmanager
def _folder(path: str, rules: Rules, *, make: bool) -> Iterator[Folder]:
    """The folder that ``path`` is in, reached from the trusted root one name at a time."""
    wanted = os.path.dirname(os.path.normpath(path))
    root = os.path.normpath(rules.root)
    start = root if _is_within(wanted, root) else wanted
    while not os.path.isdir(start):
        start = os.path.dirname(start)
    folder = open_folder(start)
    try:
        for name in os.path.relpath(wanted, start).split(os.sep):
            inner = _step_into(folder, name, path, rules, make=make)
            folder.close()
            folder = inner
        yield folder
    finally:
        folder.close()


def _is_within(path: str, root: str) -> bool:
    try:
        return os.path.commonpath([root, path]) == root
    except ValueError:  # on different drives
        return False


def _step_into(folder: Folder, name: str, path: str, rules: Rules, *, make: bool) -> Folder:
    is_new = False
    if make and not folder.has(name):
        try:
            folder.make_folder(name)
            is_new = True
        except FileExistsError:
            pass  # another job was faster
    inner = folder.folder(name)
    try:
        if is_new and inner.descriptor is not None:
            _give(inner.descriptor, rules)
        elif name != os.curdir and inner.descriptor is not None:
            _check_owner(inner.descriptor, os.path.dirname(path), rules)
    except BaseException:
        inner.close()
        raise
    return inner


@contextmanager
def _lock(folder: Folder, path: str, rules: Rules) -> Iterator[None]:
    """The lock of ``path``, for as long as the block runs; its file is gone afterwards."""
    name = f"{os.path.basename(path)}.lock"
    descriptor = _locked(folder, name, path, rules)
    try:
        yield
    finally:
        # Removed while still held: whoever waits on this file sees that it is no longer in its place, and starts anew.
        # Windows removes no open file; there it stays.
        with suppress(FileNotFoundError, PermissionError):
            folder.remove(name)
        os.close(descriptor)


def _locked(folder: Folder, name: str, path: str, rules: Rules) -> int:
    for _ in range(int(rules.wait_s / _LOCK_STEP_S) + 1):
        descriptor = _try_lock(folder, name, rules)
        if descriptor is not None:
            return descriptor
        rules.sleep(_LOCK_STEP_S)
    raise ExportError(
        "export-failed",
        f"writing {path}",
        wanted=f"the lock {path}.lock within {rules.wait_s:g} s",
        found="that another process holds it",
        fix=(
            "let the other job finish and run this one again",
            "give each job its own file with AWS_SHARED_CREDENTIALS_FILE",
        ),
    )


def _try_lock(folder: Folder, name: str, rules: Rules) -> int | None:
    try:
        descriptor = _open_lock(folder, name, rules)
    except FileNotFoundError:
        return None  # its holder removed it just now
    try:
        _take(descriptor)
        held, there = os.fstat(descriptor), folder.look_at(name)
        if (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _take(descriptor: int) -> None:
    """The system's lock on an open file, let go when its process ends, however; ``BlockingIOError`` if it is taken."""
    # Imported here: each of the two modules is missing on the other's systems.
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as cause:
            raise BlockingIOError(*cause.args) from None
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _open_lock(folder: Folder, name: str, rules: Rules) -> int:
    try:
        descriptor = folder.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        return folder.open(name, os.O_RDWR)
    try:
        # Given away only if it is new: one that was there could be a hard link to anything.
        _give(descriptor, rules)
    except BaseException:
        folder.remove(name)
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _regular(descriptor: int) -> Iterator[int]:
    """``descriptor``, closed at the end; ``OSError`` unless it is a regular file."""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _content(descriptor: int, limit: int) -> bytes:
    data = bytearray()
    while len(data) <= limit:
        piece = os.read(descriptor, 65536)
        if not piece:
            return bytes(data)
        data += piece
    raise OSError(errno.EINVAL, f"more than {limit} bytes")


def _failed(doing: str, cause: OSError) -> ExportError:
    found = (cause.strerror or str(cause)).lower()
    if cause.errno in _UNSAFE:
        if cause.errno in {errno.ELOOP, errno.ENOTDIR}:
            found = "a symbolic link, or something else that is no folder, on the way"
        wanted = "a regular file of our own, or none yet"
        return ExportError("unsafe-file", doing, wanted=wanted, found=found, fix=_FIX_LINK)
    fixes = {
        errno.ENOSPC: "make room on the disk; what was there is unchanged",
        errno.EDQUOT: "make room in the quota; what was there is unchanged",
        errno.EROFS: "choose a folder that can be written with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE",
        errno.EACCES: "check who owns the folder and the files in it",
    }
    fix = fixes.get(cause.errno or 0, "check the folder and its file system; what was there is unchanged")
    return ExportError("export-failed", doing, wanted="to write the file", found=found, fix=fix)


def _unsafe(path: str, found: str) -> ExportError:
    wanted = "a regular file of our own, or none yet"
    return ExportError("unsafe-file", f"writing {path}", wanted=wanted, found=found, fix=_FIX_LINK)
