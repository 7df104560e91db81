# SPDX-License-Identifier: Apache-2.0
"""The cache of role sessions: one small file each, named by a digest of all that shapes the session.

A cached answer must cost next to nothing, so what reads one imports nothing that Python has not loaded at its start,
but for ``hashlib``; what writes imports the rest late (docs/adr/0011-sessions-are-kept-by-command-line.md). POSIX
only: elsewhere there is no cache.

A file is a line with the format's name, a line with the digest of all below, a line with times, a line for each file
that the settings came from, and the answer. It is never taken on trust: regular, ours, 0600, in a folder that is ours
and 0700, or it counts for nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from okta_aws import __version__

TYPE_CHECKING = False  # what `typing` says too, without its cost
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from okta_aws.retry import Time

COMMAND = "credential-process"
"""The command whose answers are kept."""
RENEW_BEFORE_S = 300
"""Seconds before its end from which on a session is no longer given out."""
LONGEST_SESSION_S = 43200
SHAPING_PREFIXES = ("OKTA_AWS", "ACTIONS_ID_TOKEN_REQUEST_")
"""Every variable that begins so is part of what a session is made from."""
SHAPING = frozenset(
    {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "GITHUB_ACTIONS", "AWS_CA_BUNDLE", "AWS_REGION", "AWS_DEFAULT_REGION"}
    | {"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "NO_PROXY", "no_proxy"}
    | {"HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"}
)
"""The others, by name."""
_NOT_SHAPING = "OKTA_AWS_INSIDE"
_FORMAT = f"okta-aws session {__version__}"
_MAX_BYTES = 1 << 17
# Another process may be at the exchange that we would make; after this we make our own.
_LOCK_WAIT_S = 30.0


def path_of(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Where the session for this command line and environment is kept; empty where there is no place for it.

    Two calls share a session only if they say the very same: that costs an exchange now and then, and needs no settings
    to be read. Secrets among them go into the digest and cannot be had from it.
    """
    folder = folder_of(environ)
    if not folder:
        return ""
    shaping = sorted(
        (name, value)
        for name, value in environ.items()
        if (name in SHAPING or name.startswith(SHAPING_PREFIXES)) and name != _NOT_SHAPING
    )
    said = repr((__version__, list(arguments), shaping))
    return os.path.join(folder, hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())


def root_of(environ: Mapping[str, str]) -> str:
    """The user's own folder for caches (XDG Base Directory Specification); empty where none is known."""
    base = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME", "")
    if not os.path.isabs(base):  # the specification: a relative one is to be ignored
        base = os.path.join(home, ".cache") if os.path.isdir(home) else ""  # service users have /dev/null
    return os.path.normpath(base) if os.name == "posix" and os.path.isabs(base) else ""


def folder_of(environ: Mapping[str, str]) -> str:
    """The folder of all sessions; empty where there is none."""
    root = root_of(environ)
    return os.path.join(root, "okta-aws", "sessions") if root else ""


def fingerprint(path: str) -> str:
    """What changes when the file at ``path`` is written, replaced, given away or removed."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return "-"
    parts = (
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_mode,
        found.st_uid,
    )
    return ":".join(map(str, parts))


def cached(path: str, clock_s: float, monotonic_s: float) -> str | None:
    """The answer kept at ``path`` while it is good; ``None`` where there is none, for whatever reason."""
    try:
        data, doubt = _read(path)
    except OSError:
        return None
    return None if doubt else answer_in(data, clock_s, monotonic_s)


def doubt_about(path: str) -> str:
    """Why what is at ``path`` must not be trusted; empty where it may, or where there is nothing."""
    try:
        return _read(path)[1]
    except OSError as cause:
        # Anything but a link says that there is nothing to be had; that is for the one who writes to find out.
        return "a symbolic link" if cause.errno == errno.ELOOP else ""


def entry(
    answer: str, lasts_s: float, files: Mapping[str, str], here: str, clock_s: float, monotonic_s: float
) -> bytes:
    """The file for ``answer``, which is good for ``lasts_s`` seconds from now.

    ``files``: the fingerprint of each file that the settings came from, taken before it was read. ``here``: the working
    directory where the answer depends on it, else empty.
    """
    lines = [f"{clock_s!r} {monotonic_s!r} {lasts_s!r} {_hex(here)}"]
    lines += [f"{value} {_hex(path)}" for path, value in files.items()]
    body = "\n".join([*lines, answer]).encode()
    return f"{_FORMAT}\n{hashlib.sha256(body).hexdigest()}\n".encode() + body


def answer_in(data: bytes, clock_s: float, monotonic_s: float) -> str | None:
    """The answer in the file ``data``, if it is whole, nothing that it came from has changed, and it is good yet."""
    try:
        head, digest, body = data.split(b"\n", 2)
        if head.decode() != _FORMAT or digest.decode() != hashlib.sha256(body).hexdigest():
            return None
        times, *files, answer = body.decode().split("\n")
        made, started, lasts, *here = times.split(" ")
        if not _is_good(clock_s - float(made), monotonic_s - float(started), float(lasts)):
            return None
    except ValueError:
        return None
    if here != [""] and here != [_hex(os.getcwd())]:
        return None
    return answer if all(_is_unchanged(line) for line in files) else None


def _is_good(elapsed_s: float, ran_s: float, lasts_s: float) -> bool:
    # The clock may be set in between. Back beyond the beginning shows by itself; less than that shows on the other
    # clock, which nobody sets, unless the machine was started anew (then it is behind and says nothing).
    return elapsed_s >= 0 and max(elapsed_s, ran_s) < lasts_s - RENEW_BEFORE_S


def _is_unchanged(line: str) -> bool:
    known, _, path = line.partition(" ")
    return fingerprint(os.fsdecode(bytes.fromhex(path))) == known


def _hex(path: str) -> str:
    return os.fsencode(path).hex()


def _read(path: str) -> tuple[bytes, str]:
    """The content of ``path`` and why it must not be trusted, empty where it may. Raises ``OSError``."""
    folder = os.lstat(os.path.dirname(path))
    if not stat.S_ISDIR(folder.st_mode):
        return b"", "a folder that is none, or a symbolic link to one"
    doubt = _others(folder, "a folder")
    if doubt:
        return b"", doubt
    # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        # No name at all is fine: another process put a newer file in its place just now.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            return b"", "something else than a file of its own"
        return os.read(descriptor, _MAX_BYTES), _others(found, "a file")
    finally:
        os.close(descriptor)


def _others(found: os.stat_result, kind: str) -> str:
    if found.st_uid != os.geteuid():
        return f"{kind} that belongs to user {found.st_uid}"
    if found.st_mode & 0o077:
        return f"{kind} that others may read or write (mode {stat.S_IMODE(found.st_mode):04o})"
    return ""


def rewrite(path: str, root: str, edit: Callable[[bytes | None], bytes | None], time: Time) -> None:
    """Puts what ``edit`` makes of the file at ``path`` in its place, while no other process is at it.

    Raises what ``edit`` raises, and ``ExportError`` (unsafe-file, export-failed).
    """
    from okta_aws import files

    rules = files.Rules(root=root, owner=None, wait_s=_LOCK_WAIT_S, sleep=time.sleep)
    files.rewrite(path, edit, rules)
    _sweep(os.path.dirname(path), time.clock() - LONGEST_SESSION_S)


def _sweep(folder: str, before_s: float) -> None:
    """Removes the sessions that were written before then: each has ended."""
    with os.scandir(folder) as entries:
        for one in entries:
            try:
                if one.stat(follow_symlinks=False).st_mtime < before_s:
                    os.unlink(one.path)
            except OSError:
                continue


def forget_all(environ: Mapping[str, str]) -> int:
    """Removes every session that is kept, as somebody signs in or out; tells how many there were.

    Raises ``OSError`` where one cannot be removed.
    """
    folder = folder_of(environ)
    if not folder or not os.path.isdir(folder) or os.path.islink(folder):
        return 0
    names = [name for name in os.listdir(folder) if not name.endswith(".lock")]
    failure: OSError | None = None
    for name in names:
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            continue
        except OSError as cause:
            failure = cause  # the others go all the same
    if failure is not None:
        raise failure
    return len(names)
