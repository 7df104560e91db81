# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG002 - the library names the parameters
"""System keyrings as they are met: one that works, one that never answers, one that is locked, one that is no good."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Working(KeyringBackend):
    """Keeps passwords in the file that ``TEST_KEYRING_FILE`` names, where a test can look at them."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file().write_text(json.dumps({**self._all(), f"{service}/{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        self._file().write_text(json.dumps({k: v for k, v in self._all().items() if k != f"{service}/{username}"}))

    def _file(self) -> Path:
        return Path(os.environ["TEST_KEYRING_FILE"])

    def _all(self) -> dict[str, str]:
        file = self._file()
        return dict(json.loads(file.read_text())) if file.exists() else {}


class Hanging(Working):
    """Waits for somebody to unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(3600)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        time.sleep(3600)


class Locked(Working):
    """Says that it is locked; and quotes what it was given, as careless backends do."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"cannot unlock for {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"cannot store {password}")


class PlainText(Working):
    """One that the library would not recommend."""

    priority = 0.5


def chosen(name: str, folder: Path) -> Mapping[str, str]:
    """The environment of a person whose keyring is the class ``name``; its file is ``folder``/ring.json."""
    settings = folder / "python_keyring" / "keyringrc.cfg"
    settings.parent.mkdir(parents=True, exist_ok=True)
    module = Path(__file__)
    settings.write_text(f"[backend]\ndefault-keyring={module.stem}.{name}\nkeyring-path={module.parent}\n")
    return {"XDG_CONFIG_HOME": str(folder), "TEST_KEYRING_FILE": str(folder / "ring.json")}
