# SPDX-License-Identifier: Apache-2.0
"""A clock for tests: only sleeping moves it, and chance is always the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from okta_aws.retry import Persistence, Time


@dataclass
class Clock:
    """``now``: seconds since 1970, and the monotonic clock too. ``slept``: each wait. ``said``: the debug log."""

    now: float = 1_900_000_000.0
    chance: float = 1.0
    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def time(self) -> Time:
        """This clock as the entry points hand it in."""
        return Time(lambda: self.now, lambda: self.now, self.sleep, lambda: self.chance)

    def persistence(self, *, attempts: int = 12, total_s: float = 120.0) -> Persistence:
        """A run that begins now."""
        return Persistence(self.time(), max_attempts=attempts, total_s=total_s, debug=self.said.append)

    def sleep(self, seconds: float) -> None:
        """Takes no time at all."""
        self.slept.append(seconds)
        self.now += seconds
