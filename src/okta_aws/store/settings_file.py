# SPDX-License-Identifier: Apache-2.0
"""Where ``okta-aws.toml`` is, and whether it may be believed: whoever can write it decides where keys are sent.

It is never looked for in the working directory, which may be a checkout of somebody else's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from okta_aws.errors import Problem, SettingsError
from okta_aws.files import read_small
from okta_aws.settings.okta_toml import FILE_NAME

_MAX_BYTES = 1 << 20
VARIABLE = "OKTA_AWS_CONFIG"


def locate(named: str, environ: Mapping[str, str]) -> str:
    """The path of the settings file: ``named``, else ``OKTA_AWS_CONFIG``, else in the user's config folder.

    Empty where none is named and there is no such folder.
    """
    chosen = named or environ.get(VARIABLE, "")
    if chosen:
        return os.path.abspath(chosen)
    base = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(environ.get("HOME", ""), ".config")
    return os.path.join(base, "okta-aws", FILE_NAME) if os.path.isabs(base) else ""


def read(path: str, *, is_named: bool) -> str | None:
    """The text of the file at ``path``; ``None`` where there is none and nobody named it.

    Raises ``SettingsError`` where it cannot be read, and (unsafe-file) where others may change it.
    """
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        if not is_named:
            return None  # nothing that this user could have put there
    except (OSError, ValueError):
        pass  # told below
    try:
        real = os.path.realpath(path)
        _check(path, real)
        return read_small(real, _MAX_BYTES).decode("utf-8")
    except (OSError, ValueError) as cause:
        found = (cause.strerror or str(cause)) if isinstance(cause, OSError) else "bytes that are no UTF-8"
        raise _unreadable(path, found.lower()) from None


def _check(path: str, real: str) -> None:
    """Raises where the file, its folder, or those of the link to it are somebody else's to change."""
    places = dict.fromkeys([real, os.path.dirname(real), os.path.dirname(path)])
    if os.name != "posix":
        return  # rights are kept in lists there, which the standard library does not read
    for place in places:
        doubt = _doubt(os.stat(place))
        if doubt:
            wanted = "a file and a folder that nobody else may write"
            fix = "look at what is in it, then chown it to yourself and chmod go-w it"
            raise SettingsError([Problem("--config", path, wanted, f"{place}, which {doubt}", fix)], "unsafe-file")


def _doubt(found: os.stat_result) -> str:
    if found.st_uid not in {0, os.geteuid()}:
        return f"belongs to user {found.st_uid}"
    if found.st_mode & 0o002 or (found.st_mode & 0o020 and not _is_private(found.st_gid)):
        return f"others may write (mode {stat.S_IMODE(found.st_mode):04o})"
    return ""


def _is_private(group: int) -> bool:
    """Whether the group is the one that many systems give each user alone; there a group may write by default."""
    import grp
    import pwd

    try:
        found, name = grp.getgrgid(group), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return found.gr_name == name and set(found.gr_mem) <= {name}


def _unreadable(path: str, found: str) -> SettingsError:
    return SettingsError([Problem("--config", f"flag or {VARIABLE}", "a file that can be read", f"{path!a}: {found}")])
