# SPDX-License-Identifier: Apache-2.0
"""The runner's command files: ``GITHUB_ENV``, ``GITHUB_OUTPUT``, ``GITHUB_STATE`` and ``GITHUB_STEP_SUMMARY``.

Format (actions/runner, ``FileCommandManager.cs``): ``NAME<<DELIMITER``, the value, the delimiter on a line of its own.
The runner reads a file when the step has ended, so what was appended can be taken back until then.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from okta_aws.errors import ExportError
from okta_aws.opening import CAREFULLY, NO_LINK

_FIX_STEP = "run this as a step of a GitHub job, or name a regular file"
_FIX_DISK = "make room on the runner's disk"
# Names of outputs, state and variables alike; stricter than the runner, which would take a blank or a `<` in a name.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", re.ASCII)


def entry(name: str, value: str) -> str:
    """``name`` and ``value`` as a file holds them; the value may have any number of lines and say anything.

    Raises ``ExportError`` for a name that could be read as more than a name, and for a value that no environment or
    no UTF-8 can hold. Its text names the variable and never shows the value.
    """
    if not _NAME.fullmatch(name):
        raise _refused("a name of letters, digits, - and _", ascii(name))
    if "\0" in value:
        raise _refused("a value without NUL", f"one in {name}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused("text that UTF-8 can hold", f"something else in {name}") from None
    delimiter = _delimiter()
    while delimiter in value:
        delimiter = _delimiter()
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _delimiter() -> str:
    # 128 bits that nobody can foresee: whoever chose the value (a claim, a message) cannot end it early. A name cannot
    # hold it: the first `<<` of the line is ours, as names have none.
    return f"end_{os.urandom(16).hex()}"


def append(path: str, entries: Iterable[str]) -> Callable[[], None]:
    """Writes ``entries`` to the end of the command file ``path`` at once, and gives the act that takes them back.

    Raises ``ExportError`` where the file is none that can be trusted, or the write fails; then nothing was added.
    """
    data = "".join(entries).encode()
    doing = f"writing to the runner's file {path or '(none)'}"
    if not path:
        raise ExportError("export-failed", doing, wanted="a file of the runner", found="no path", fix=_FIX_STEP)
    try:
        before = _append(path, data)
    except OSError as cause:
        raise _failed(doing, cause) from None
    return lambda: _truncate(path, before, before + len(data), doing)


def _append(path: str, data: bytes) -> int:
    """Appends and answers the file's size before. What a full disk cut short is removed again."""
    with _opened(path, os.O_CREAT) as descriptor:
        before = os.fstat(descriptor).st_size
        written = 0
        try:
            # One write as a rule; a file system may still take less than it was given.
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError:
            os.ftruncate(descriptor, before)
            raise
        return before


def _truncate(path: str, before: int, after: int, doing: str) -> None:
    try:
        with _opened(path, 0) as descriptor:
            # Longer than we left it: somebody else has written since, and what is theirs stays.
            if os.fstat(descriptor).st_size == after:
                os.ftruncate(descriptor, before)
    except OSError as cause:
        raise _failed(f"undoing: {doing}", cause) from None


@contextmanager
def _opened(path: str, more_flags: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | NO_LINK | CAREFULLY | more_flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _failed(doing: str, cause: OSError) -> ExportError:
    found = "a symbolic link" if cause.errno == errno.ELOOP else (cause.strerror or str(cause)).lower()
    if cause.errno in {errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EISDIR}:
        wanted = "the regular file that the runner made"
        return ExportError("unsafe-file", doing, wanted=wanted, found=found, fix=_FIX_STEP)
    fix = _FIX_DISK if cause.errno in {errno.ENOSPC, errno.EDQUOT} else "check the runner's temporary folder"
    return ExportError("export-failed", doing, wanted="to write", found=found, fix=fix)


def _refused(wanted: str, found: str) -> ExportError:
    doing = "preparing a line for the runner"
    return ExportError("export-failed", doing, wanted=wanted, found=found, fix="check the settings for such a text")
