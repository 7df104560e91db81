# SPDX-License-Identifier: Apache-2.0
"""The helper's end of its socket: whom it listens to, how much of it, and one line of audit for each request."""

from __future__ import annotations

import errno
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from okta_aws.atlantis.helper_socket import MAX_ANSWER, MAX_REQUEST, Peer, decoded, encoded, peer_of, read_line
from okta_aws.errors import AtlantisError, Error

Answer = Callable[[Mapping[str, Any], dict[str, Any]], Mapping[str, Any]]
"""The result for a request; notes for its line of audit go into the dictionary. Raises ``Error`` to refuse."""
Audit = Callable[[Mapping[str, Any]], None]
_FIX = "see the helper's log, which has a line for each request"
_DOING = "answering on the helper's socket"
_LOOK_S = 0.2
_WAITING = 128
_NOTED = ("command", "repository", "directory", "workspace", "project", "pull", "user", "head")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the helper listens. ``group``: who gets the socket, as a number; ``None``: the process's own group."""

    path: str
    group: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the helper its callers may have.

    ``read_s``: seconds for a whole request, and again to take the answer. ``at_once``: requests that are worked on at
    the same time; more wait.
    """

    read_s: float = 5.0
    at_once: int = 16


class HelperServer:
    """Listens until ``stop``; each request is answered in a thread of its own."""

    def __init__(
        self,
        place: Place,
        answers: Mapping[str, Answer],
        clients: frozenset[int],
        audit: Audit,
        limits: Limits | None = None,
    ) -> None:
        """``answers``: by the name of the request. ``clients``: users that are answered, as numbers.

        Raises ``AtlantisError`` (atlantis-helper) where it cannot listen there.
        """
        self._limits = limits or Limits()
        self._answers, self._clients, self._audit = answers, clients, audit
        self._free = threading.BoundedSemaphore(self._limits.at_once)
        self._stopped = threading.Event()
        self._path = place.path
        self._listener = _listener(place)

    def serve(self) -> None:
        """Answers requests until ``stop`` is called."""
        while not self._stopped.is_set():
            # Whoever comes while all are at work waits in the listener's queue, for as long as he likes himself.
            if not self._free.acquire(timeout=_LOOK_S):
                continue
            try:
                self._begin()
            except (OSError, RuntimeError, MemoryError):
                # No descriptor, thread or memory to be had: what is at work now ends within its limits of time.
                self._free.release()
                self._stopped.wait(_LOOK_S)

    def stop(self) -> None:
        """Ends ``serve``, and removes the socket."""
        self._stopped.set()
        with suppress(OSError):
            os.unlink(self._path)  # as long as this one listens no other takes its place
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _begin(self) -> None:
        connection, _ = self._listener.accept()
        try:
            threading.Thread(target=self._work, args=(connection,), daemon=True).start()
        except (RuntimeError, MemoryError):
            connection.close()
            raise

    def _work(self, connection: socket.socket) -> None:
        note: dict[str, Any] = {}
        try:
            with connection:
                line = self._line(connection, note)
                with suppress(OSError):  # a log that takes nothing: nothing is given that it does not know of
                    self._audit(note)
                    self._send(connection, line, note)
        finally:
            self._free.release()

    def _line(self, connection: socket.socket, note: dict[str, Any]) -> bytes:
        line = encoded(self._reply(connection, note))
        if len(line) <= MAX_ANSWER:
            return line
        note |= {"outcome": "refused", "reason": "the answer is too long"}
        too_long = AtlantisError("atlantis-value", _DOING, found=note["reason"], fix="hand over less")
        return encoded({"error": _told(too_long)})

    def _send(self, connection: socket.socket, line: bytes, note: Mapping[str, Any]) -> None:
        try:
            connection.settimeout(self._limits.read_s)
            connection.sendall(line)
        except OSError as cause:
            self._audit({**note, "outcome": "unsent", "reason": cause.strerror or "too slow"})

    def _reply(self, connection: socket.socket, note: dict[str, Any]) -> Mapping[str, Any]:
        try:
            result = self._answered(connection, note)
        except Error as error:
            note |= {"outcome": "refused", "code": error.code, "reason": error.headline()}
            return {"error": _told(error)}
        except Exception as defect:  # noqa: BLE001  (a defect must neither end the helper nor show a value)
            note |= {"outcome": "failed", "reason": f"a defect: {type(defect).__name__}"}
            return {"error": _told(AtlantisError("atlantis-helper", _DOING, found=note["reason"], fix=_FIX))}
        note.setdefault("outcome", "answered")
        return {"result": result}

    def _answered(self, connection: socket.socket, note: dict[str, Any]) -> Mapping[str, Any]:
        peer = peer_of(connection)
        note |= {"pid": peer.pid, "uid": peer.uid}
        self._check(peer)
        try:
            request = decoded(read_line(connection, MAX_REQUEST, time.monotonic() + self._limits.read_s))
        except (OSError, ValueError) as cause:
            found = "none in time" if isinstance(cause, TimeoutError) else str(cause)
            raise AtlantisError(
                "atlantis-helper", _DOING, wanted="a request, one line of JSON", found=found, fix=_FIX
            ) from None
        kind = request.get("request")
        answer = self._answers.get(kind) if isinstance(kind, str) else None
        if answer is None:
            wanted = f"one of {', '.join(sorted(self._answers))}"
            raise AtlantisError("atlantis-helper", _DOING, wanted=wanted, found=ascii(kind)[:80], fix=_FIX)
        note["request"] = kind
        note |= {key: str(request[key])[:300] for key in _NOTED if request.get(key)}
        return answer(request, note)

    def _check(self, peer: Peer) -> None:
        if peer.uid not in self._clients:
            wanted = f"a process of user {', '.join(map(str, sorted(self._clients)))}"
            fix = "start the helper with --client-uid of Atlantis's user"
            raise AtlantisError("atlantis-helper", _DOING, wanted=wanted, found=f"one of user {peer.uid}", fix=fix)


def _told(error: Error) -> Mapping[str, Any]:
    return {
        "code": error.code,
        "doing": error.doing,
        "wanted": error.wanted,
        "found": error.found,
        "fix": list(error.fix),
    }


def _listener(place: Place) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _check_folder(os.path.dirname(place.path) or ".")
        _remove_stale(place.path)
        before = os.umask(0o117)  # the socket has its mode from the first moment on
        try:
            listener.bind(place.path)
        finally:
            os.umask(before)
        if place.group is not None:
            os.chown(place.path, -1, place.group, follow_symlinks=False)
        listener.listen(_WAITING)
    except OSError as cause:
        listener.close()
        fix = "give --socket in a folder that this user alone can write, and a group that it is in"
        found = f"{place.path}: {(cause.strerror or str(cause)).lower()}"
        raise AtlantisError("atlantis-helper", "listening on the helper's socket", found=found, fix=fix) from None
    return listener


def _check_folder(folder: str) -> None:
    """Whoever can write there can put a socket of his own in this one's place."""
    found = os.stat(folder)
    if found.st_uid not in {0, os.geteuid()}:
        raise PermissionError(errno.EPERM, f"its folder belongs to user {found.st_uid}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EPERM, "others can write to its folder")


def _remove_stale(path: str) -> None:
    """What a helper that was killed left; one that still listens is left alone."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "something else than a socket is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            with suppress(FileNotFoundError):
                os.unlink(path)
            return
    raise FileExistsError(errno.EADDRINUSE, "another helper listens there")
