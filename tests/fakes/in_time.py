# SPDX-License-Identifier: Apache-2.0
"""Whether something ends in time, told by a clock on the wall, on a machine that may have no time for it."""

from __future__ import annotations

from collections.abc import Callable

TRIES = 3


def in_time(limit_s: float, seconds: Callable[[int], float]) -> bool:
    """Whether one of three runs takes less than ``limit_s``.

    ``seconds`` makes the run of that number and tells what it took. A busy machine can take a second from one of them;
    a defect takes it from each.
    """
    return any(seconds(number) < limit_s for number in range(TRIES))
