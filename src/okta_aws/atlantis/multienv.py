# SPDX-License-Identifier: Apache-2.0
"""The one line that Atlantis's ``multienv`` step reads variables from.

What Atlantis cannot parse it prints whole, credentials and all, into the pull request; so nothing is written that it
could read in another way. Source: runatlantis.io, custom workflows, ``multienv``; its behaviour at 0.47 was tried:
standard error is read as if it were output; control sequences of terminals are taken out first; a value may stand in
single quotes, where nothing is escaped, or in double quotes, where backslashes count as soon as the line has had an
escaped quote anywhere before; no closing quote counts after a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from okta_aws.atlantis.variable import unfit_text
from okta_aws.errors import AtlantisError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}", re.ASCII)
_MAX_LINE = 1 << 20
_FIX = "store the value without it (as base64, for instance, and use base64decode in the configuration)"


def line_of(variables: Mapping[str, str]) -> str:
    """The line, without its end. Raises ``AtlantisError`` (atlantis-value), which names the variable, not its value."""
    # Those with escaped quotes come last: from there on Atlantis takes double-quoted backslashes for escapes.
    ordered = sorted(variables.items(), key=lambda item: _needs_escape(item[1]))
    line = ",".join(f"{_checked(name)}={_quoted(name, value)}" for name, value in ordered)
    if len(line.encode()) > _MAX_LINE:
        raise _unfit("all variables together", f"more than {_MAX_LINE} bytes")
    return line


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _unfit(ascii(name)[:80], "a name of other characters than letters, digits and _")
    return name


def _quoted(name: str, value: str) -> str:
    reason = unfit_text(value)
    if reason:
        raise _unfit(name, reason)
    if "'" not in value:
        return f"'{value}'"
    if not _needs_escape(value):
        return f'"{value}"'
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _needs_escape(value: str) -> bool:
    return "'" in value and '"' in value


def _unfit(name: str, found: str) -> AtlantisError:
    return AtlantisError(
        "atlantis-value",
        f"handing {name} to Terraform",
        wanted="a value that one line can carry",
        found=found,
        fix=_FIX,
    )
