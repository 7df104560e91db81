# SPDX-License-Identifier: Apache-2.0
"""How often and how long something is tried again: only what says of itself that it may help.

Each ``Error`` carries its own ``retry`` advice, given where the failure is understood; here it is only obeyed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from okta_aws.errors import Error, NetworkError

T = TypeVar("T")

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Time:
    """Clock, sleep and chance, handed in by the entry points. ``clock``: seconds since 1970; ``chance``: 0 up to 1."""

    clock: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


class Persistence:
    """The attempts and the time that one run has; every request of the run shares the time."""

    def __init__(self, time: Time, *, max_attempts: int, total_s: float, debug: Callable[[str], None]) -> None:
        """``max_attempts``: of each operation. ``total_s``: seconds for the whole run, from now."""
        self._time = time
        self._max_attempts = max_attempts
        self._total_s = total_s
        self._ends = time.monotonic() + total_s
        self._debug = debug

    def remaining_s(self, doing: str) -> float:
        """Seconds left for the run; raises ``NetworkError`` (deadline) where there are none."""
        remaining = self._ends - self._time.monotonic()
        if remaining <= 0:
            raise self._deadline(doing)
        return remaining

    def run(self, doing: str, operation: Callable[[], T]) -> T:
        """The result of ``operation``, tried again while its error advises so and attempts and time are left.

        The error that leaves here advises nothing more, so that an outer operation does not try it all again. A wait
        is full jitter (a random part of a doubling span, so that jobs that failed together do not return together)
        unless the server named one.
        """
        seen_once: set[str] = set()
        attempt = unlimited = 0
        while True:
            attempt += 1
            self.remaining_s(doing)
            try:
                return operation()
            except Error as error:
                error.attempts = max(error.attempts, attempt)
                unlimited += error.retry is not None and error.retry.until is not None
                wait_s = self._wait_s(error, attempt - unlimited, seen_once)
                if wait_s is None:
                    error.retry = None
                    raise
                self._debug(f"{doing}: {error.code}, trying again in {wait_s:.2f} s")
                self._time.sleep(wait_s)

    def _wait_s(self, error: Error, attempt: int, seen_once: set[str]) -> float | None:
        advice = error.retry
        if advice is None or (advice.once and error.code in seen_once):
            return None
        if attempt >= self._max_attempts if advice.until is None else self._time.monotonic() >= advice.until:
            return None
        if advice.once:
            seen_once.add(error.code)
        if advice.after_s is not None:
            # The server's own word, and a little more, so that it is not asked a moment too early.
            wait_s = advice.after_s + FIRST_WAIT_S * self._time.chance()
        else:
            wait_s = self._time.chance() * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(max(attempt - 1, 0), 10))
        return wait_s if self._time.monotonic() + wait_s < self._ends else None

    def _deadline(self, doing: str) -> NetworkError:
        return NetworkError(
            "deadline",
            doing,
            wanted=f"an end within {self._total_s:g} s",
            found="no time left",
            fix="see the earlier attempts in the debug log; raise action-timeout-s if the wait is worth it",
        )
