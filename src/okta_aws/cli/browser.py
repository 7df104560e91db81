# SPDX-License-Identifier: Apache-2.0
"""Whether there is a browser that a person can see, and how it is opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping


def is_at_hand(environ: Mapping[str, str], platform: str) -> bool:
    """Whether whoever started us sits at this machine's screen. ``platform``: as ``sys.platform`` names it."""
    if environ.get("SSH_CONNECTION"):
        return False
    return platform in {"darwin", "win32"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def open_page(address: str, environ: Mapping[str, str]) -> None:
    """Has the user's browser open ``address``, and waits for nothing: the address is on the screen as well.

    In a process of its own, since browsers write to standard output, and some do not return before they are closed.
    """
    silent = subprocess.DEVNULL
    command = [sys.executable, "-I", "-m", "webbrowser", "-t", address]
    try:
        subprocess.Popen(  # noqa: S603 - our own Python; the address is https and plain (sources.okta_device)
            command, env=dict(environ), stdin=silent, stdout=silent, stderr=silent, start_new_session=True
        )
    except OSError:
        return
