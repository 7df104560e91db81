# SPDX-License-Identifier: Apache-2.0
"""How Atlantis's user and the credentials helper talk: a Unix socket, one JSON line there and one back.

The kernel tells each side whose process the other is (``SO_PEERCRED``, unix(7)): the helper answers the users that it
was told of, and a client believes a helper of another user alone, since code that Terraform runs could listen too.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from okta_aws.errors import CODES, AtlantisError

PATH = "/run/okta-aws/helper.sock"
MAX_REQUEST = 16 << 10
MAX_ANSWER = 1 << 20  # a megabyte of variables is more than an environment holds
_DOING = "asking the credentials helper"
_FIX = (
    "start `okta-aws atlantis helper` as a user of its own, with its socket in a folder that only that user can write"
)


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end, as the kernel has it."""

    pid: int
    uid: int
    gid: int


def peer_of(connection: socket.socket) -> Peer:
    """Who is at the other end of a Unix socket."""
    form = "3i"
    return Peer(
        *struct.unpack(form, connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form)))
    )


def ask(path: str, request: Mapping[str, Any], *, timeout_s: float, helper_uid: int | None = None) -> Mapping[str, Any]:
    """The helper's answer to ``request``, whose key ``request`` says what is asked (``credentials``, ``authorize``).

    ``timeout_s``: for all of it. ``helper_uid``: the user that the helper must be; unset, any but our own.
    Raises ``AtlantisError``: atlantis-helper where there is no answer to be had or believed, else the helper's refusal.
    """
    deadline = time.monotonic() + timeout_s
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(path)
            _check_helper(peer_of(connection), helper_uid)
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before it read us: there is an answer
                connection.sendall(encoded(request))
            answer = decoded(read_line(connection, MAX_ANSWER, deadline))
    except TimeoutError:
        raise _no_answer(f"none within {timeout_s:g} s") from None
    except OSError as cause:
        raise _no_answer(f"{path}: {(cause.strerror or str(cause) or 'an error').lower()}") from None
    except ValueError as cause:
        raise _no_answer(str(cause)) from None
    if isinstance(answer.get("error"), dict):
        raise _refusal(answer["error"])
    if not isinstance(answer.get("result"), dict):
        raise _no_answer("a line with neither result nor error")
    result: Mapping[str, Any] = answer["result"]
    return result


def read_line(connection: socket.socket, limit: int, deadline: float) -> bytes:
    """What the other end says up to its line end, which is left out.

    ``deadline``: on the monotonic clock, in seconds; drips do not stretch it. Raises ``TimeoutError``, ``OSError``, and
    ``ValueError`` where it breaks off or says more than ``limit`` bytes.
    """
    said = bytearray()
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        connection.settimeout(left_s)
        piece = connection.recv(min(65536, limit + 2 - len(said)))
        end = piece.find(b"\n")
        said += piece if end < 0 else piece[:end]
        if len(said) > limit:
            raise ValueError(f"more than {limit} bytes")
        if end >= 0:
            return bytes(said)
        if not piece:
            raise ValueError("a connection that ended early")


def encoded(value: Mapping[str, Any]) -> bytes:
    """``value`` as a line of the protocol."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def decoded(line: bytes) -> Mapping[str, Any]:
    """The JSON object in ``line``. Raises ``ValueError`` where it holds something else; the text quotes nothing."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("something that is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("JSON that is no object")  # noqa: TRY004  (as for any other line that is not the protocol)
    return value


def _check_helper(peer: Peer, helper_uid: int | None) -> None:
    if peer.uid != helper_uid if helper_uid is not None else peer.uid == os.geteuid():
        wanted = f"user {helper_uid}" if helper_uid is not None else "another user than this one"
        raise AtlantisError("atlantis-helper", _DOING, wanted=wanted, found=f"a helper of user {peer.uid}", fix=_FIX)


def _no_answer(found: str) -> AtlantisError:
    return AtlantisError("atlantis-helper", _DOING, wanted="its answer", found=found, fix=_FIX)


def _refusal(said: Mapping[str, Any]) -> AtlantisError:
    texts = {key: str(said.get(key, ""))[:2000] for key in ("code", "doing", "wanted", "found")}
    fixes = said.get("fix")
    fix = [str(one)[:500] for one in fixes[:5]] if isinstance(fixes, list) else ()
    code = texts["code"] if texts["code"] in CODES else "atlantis-helper"
    return AtlantisError(code, texts["doing"] or _DOING, wanted=texts["wanted"], found=texts["found"], fix=fix)
