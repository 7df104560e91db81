# SPDX-License-Identifier: Apache-2.0
"""The tokens of people who signed in: in the system's keyring where there is one, else each in a file of its own.

The file is there in both cases, and says which. So whoever looks for a token asks no keyring in vain, and whoever
empties the store knows what to remove from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.errors import ExportError
from okta_aws.files import Rules, read_small, remove_empty_folder, rewrite, take_back
from okta_aws.secret import Secret
from okta_aws.store.keyring import Keyring, KeyringSilent

_LARGEST_FILE = 1 << 16
# Longer than any writer holds a lock: what it writes is a few kilobytes.
_LOCK_WAIT_S = 5.0


def login_folder(environ: Mapping[str, str], platform: str) -> str:
    """The folder of this user's logins: in ``XDG_DATA_HOME`` (XDG Base Directory Specification), or what stands for it.

    ``platform``: as ``sys.platform`` names it.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    named = environ.get("XDG_DATA_HOME", "")
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif platform == "darwin":
        base = os.path.join(home, "Library", "Application Support")
    else:
        # The specification has a relative path ignored; it would also be one of the working directory.
        base = named if os.path.isabs(named) else os.path.join(home, ".local", "share")
    return os.path.join(base, "okta-aws", "logins")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a token went; ``complaint``: why the keyring did not take it, empty where it was not asked or is none."""

    place: str
    complaint: str = ""


class LoginTokens:
    """The tokens under ``folder``, one for each issuer and app."""

    def __init__(self, folder: str, keyring: Keyring, sleep: Callable[[float], None]) -> None:
        self._folder = folder
        self._keyring = keyring
        # What our folder lies in is the user's own choice, links and all.
        root = os.path.dirname(os.path.dirname(folder))
        self._rules = Rules(root=root, owner=None, wait_s=_LOCK_WAIT_S, sleep=sleep)

    def prepare(self, issuer: str, client_id: str) -> None:
        """Raises ``ExportError`` where a token could not be kept, so that nobody signs in for nothing."""
        self._rewrite(self._path(issuer, client_id), lambda before: before)

    def keep(self, issuer: str, client_id: str, token: Secret, *, in_keyring: bool) -> Kept:
        """Keeps ``token``. Raises ``ExportError`` where its file cannot be written."""
        path = self._path(issuer, client_id)
        complaint = ""
        is_in_keyring = False
        if in_keyring:
            try:
                is_in_keyring = self._keyring.put(_name(issuer, client_id), token)
            except KeyringSilent as silence:
                complaint = str(silence)
        entry: dict[str, object] = {"issuer": issuer, "client_id": client_id, "keyring": is_in_keyring}
        if not is_in_keyring:
            entry["token"] = token.reveal()
        self._rewrite(path, lambda _: json.dumps(entry).encode())
        return Kept("the system's keyring" if is_in_keyring else path, complaint)

    def find(self, issuer: str, client_id: str) -> Secret | None:
        """The token for this issuer and app, ``None`` where none is kept.

        Raises ``KeyringSilent`` where it is in the keyring, and that does not answer.
        """
        entry = self._entry(self._path(issuer, client_id))
        # A file's name is only a hash; what it is for stands in it.
        if (entry.get("issuer"), entry.get("client_id")) != (issuer, client_id):
            return None
        if entry.get("keyring") is True:
            return self._keyring.get(_name(issuer, client_id))
        text = entry.get("token")
        return Secret(text) if isinstance(text, str) and text else None

    def forget_all(self) -> int:
        """Removes all tokens, and what a writer that was killed left of one; how many tokens there were.

        Raises ``ExportError`` where something cannot be removed. Where that is because the keyring does not answer, the
        file that belongs to it stays, for the next attempt.
        """
        failure: ExportError | None = None
        removed = 0
        for path in self._paths():
            try:
                removed += self._forget(path)
            except KeyringSilent as silence:
                failure = _silent(silence)
            except ExportError as error:
                failure = error  # the others go all the same
        if failure is not None:
            raise failure
        for folder in (self._folder, os.path.dirname(self._folder)):
            remove_empty_folder(folder, self._rules)
        return removed

    def _forget(self, path: str) -> bool:
        """Removes one file and what it stands for; whether that was a token."""
        is_entry = path.endswith(".json")
        if not is_entry:
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
            except OSError as cause:
                raise _left(path, cause) from None
            return False
        entry = self._entry(path)
        if entry.get("keyring") is True:
            self._keyring.remove(_name(str(entry.get("issuer")), str(entry.get("client_id"))))
        take_back(path, lambda _: None, self._rules)
        return True

    def _path(self, issuer: str, client_id: str) -> str:
        digest = hashlib.sha256(_name(issuer, client_id).encode()).hexdigest()
        return os.path.join(self._folder, f"{digest[:32]}.json")

    def _paths(self) -> list[str]:
        # Tokens first: with each go its lock and its temporary files.
        names = os.listdir(self._folder) if os.path.isdir(self._folder) else []
        return [os.path.join(self._folder, name) for name in sorted(names, key=lambda one: not one.endswith(".json"))]

    def _entry(self, path: str) -> dict[str, Any]:
        # Whatever cannot be read counts as none: the next login writes it anew, or says why it cannot.
        try:
            found = json.loads(read_small(path, _LARGEST_FILE))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _rewrite(self, path: str, edit: Callable[[bytes | None], bytes | None]) -> None:
        try:
            rewrite(path, edit, self._rules)
        except ExportError as error:
            error.fix = (
                "make the folder writable, or name another one with XDG_DATA_HOME",
                "or keep nothing: okta-aws login --no-store | okta-aws credentials --web-identity-token-file - …",
            )
            raise


def _silent(silence: KeyringSilent) -> ExportError:
    return ExportError(
        "export-failed",
        "removing a token from the system's keyring",
        wanted="an answer of the keyring",
        found=str(silence),
        fix="unlock the keyring, then run okta-aws logout again",
    )


def _left(path: str, cause: OSError) -> ExportError:
    found = (cause.strerror or "an error").lower()
    return ExportError(
        "export-failed", f"removing {path}", wanted="to remove it", found=found, fix="remove it yourself"
    )


def _name(issuer: str, client_id: str) -> str:
    return f"{issuer} {client_id}"
