# SPDX-License-Identifier: Apache-2.0
"""The system's keyring, by the library ``keyring``, which may be missing, locked, or never answer.

It is asked in a thread that is left behind when it does not answer: a keyring that waits for somebody to unlock it
knows no time limit, and on a machine without a screen nobody will.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from okta_aws.secret import Secret

SERVICE = "okta-aws"
WAIT_S = 2.0
# The library's own word for a backend that it would not choose by itself, one that stores plain text for instance.
_LEAST_PRIORITY = 1


class KeyringSilent(Exception):  # noqa: N818  (named for what is wrong)
    """The keyring did not do what it was asked for; its text says why."""


class Keyring:
    """The keyring of this user. All calls together may take two seconds; after that each one fails at once."""

    def __init__(self, load: Callable[[], Any] | None = None) -> None:
        """``load``: gives the backend; the library's choice unless given."""
        self._load = load or _backend
        self._gone = ""

    def put(self, name: str, value: Secret) -> bool:
        """Keeps ``value`` under ``name``; ``False`` where there is no keyring. Raises ``KeyringSilent``."""
        return self._ask(lambda ring: ring.set_password(SERVICE, name, value.reveal()) or True) is True

    def get(self, name: str) -> Secret | None:
        """What was kept under ``name``; ``None`` where that is nothing, or no keyring. Raises ``KeyringSilent``."""
        found = self._ask(lambda ring: ring.get_password(SERVICE, name))
        return Secret(found) if isinstance(found, str) else None

    def remove(self, name: str) -> None:
        """Forgets ``name``. Raises ``KeyringSilent``, also where there is no keyring any more."""

        def forget(ring: Any) -> bool:  # noqa: ANN401  (the library's backends share no useful type)
            if ring.get_password(SERVICE, name) is not None:
                ring.delete_password(SERVICE, name)
            return True

        if self._ask(forget) is None:
            raise KeyringSilent("there is no keyring here")

    def _ask(self, operation: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        """The answer of the keyring, ``None`` where there is none."""
        if self._gone:
            raise KeyringSilent(self._gone)
        answer: list[Any] = []
        failure: list[BaseException] = []

        def ask() -> None:
            try:
                ring = self._load()
                answer.append(None if ring is None else operation(ring))
            except BaseException as cause:  # noqa: BLE001  (a backend's errors have no common class)
                failure.append(cause)

        thread = threading.Thread(target=ask, name="keyring", daemon=True)
        thread.start()
        thread.join(WAIT_S)
        if answer:
            return answer[0]
        # The error's text is the backend's and could quote what it was given.
        self._gone = f"it failed ({type(failure[0]).__name__})" if failure else f"no answer within {WAIT_S:g} s"
        raise KeyringSilent(self._gone)


def _backend() -> Any:  # noqa: ANN401
    try:
        import keyring
    except ImportError:
        return None
    backend = keyring.get_keyring()
    return backend if backend.priority >= _LEAST_PRIORITY else None
