# SPDX-License-Identifier: Apache-2.0
"""A search for secrets in everything that a process leaves behind or shows, in every form that text commonly takes."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

# Characters that each way of writing text writes in another way, or none of the forms would differ from the raw one.
_TELLING = '"\\/+%&='
_SAMPLE_EVERY_S = 0.002


class Leak(NamedTuple):
    """Which secret was found, in which form, in which place."""

    secret: str
    form: str
    place: str


def marked(name: str) -> str:
    """A secret like no other: its name, and chance on both sides of the characters that are escaped."""
    return f"MARK-{name}-{secrets.token_hex(8)}{_TELLING}{secrets.token_hex(8)}"


def forms(secret: str) -> dict[str, set[bytes]]:
    """What ``secret`` looks like, by the name of the form; a form may have several spellings."""
    raw = secret.encode()
    part = secret.rpartition(_TELLING)[2]
    return {
        "raw": {raw},
        # Whatever became of the characters in the middle, be it by two escapes at once.
        **({"in part": {part.encode()}} if part != secret else {}),
        **{f"base64 at offset {offset}": _base64(raw, offset) for offset in range(3)},
        "URL-escaped": {quote(secret, safe=safe).encode() for safe in ("", "/")} | {quote_plus(secret).encode()},
        "as Python quotes it": {repr(secret)[1:-1].encode()},
        "JSON-escaped": {json.dumps(secret)[1:-1].encode(), json.dumps(json.dumps(secret)[1:-1])[1:-1].encode()},
    }


def _base64(raw: bytes, offset: int) -> set[bytes]:
    """The base64 characters that depend on ``raw`` alone where it begins ``offset`` bytes after a multiple of three."""
    first = -(-offset * 8 // 6)
    last = (offset + len(raw)) * 8 // 6
    padded = b"\0" * offset + raw
    return {encode(padded)[first:last] for encode in (base64.b64encode, base64.urlsafe_b64encode)}


def found(hidden: Mapping[str, str], places: Mapping[str, bytes]) -> set[Leak]:
    """Each form of each of ``hidden`` that shows in one of ``places``."""
    return {
        Leak(name, form, place)
        for name, secret in hidden.items()
        for form, spellings in forms(secret).items()
        for place, content in places.items()
        if any(spelling in content for spelling in spellings)
    }


def files_below(folder: Path) -> dict[str, bytes]:
    """The files under ``folder``, by their path from there."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


class CommandLines:
    """Every command line of the machine while a process runs; ``seen`` has them afterwards, one a line."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._thread: threading.Thread | None = None

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """Begins to look, until ``process`` ends."""
        self._thread = threading.Thread(target=self._look, args=(process,))
        self._thread.start()

    @property
    def seen(self) -> bytes:
        """What was seen."""
        if self._thread is not None:
            self._thread.join()
        return b"\n".join(self._seen)

    def _look(self, process: subprocess.Popen[bytes]) -> None:
        ended = threading.Event()
        while process.poll() is None:
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self._seen.add(file.read_bytes())
            ended.wait(_SAMPLE_EVERY_S)
