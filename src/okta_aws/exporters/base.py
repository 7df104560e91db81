# SPDX-License-Identifier: Apache-2.0
"""What an effect is, and the rule that an export happens whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from okta_aws.errors import Error
from okta_aws.runner import files as runner_files


class Effect(Protocol):
    """One change to the world, which has not happened yet."""

    def apply(self) -> None:
        """Makes the change; raises ``ExportError`` where it cannot, and then nothing of it remains."""

    def undo(self) -> None:
        """Takes a change back that was made; raises ``ExportError`` where it cannot."""


class Append:
    """The effect that adds ``entries`` to one of the runner's files."""

    def __init__(self, path: str, entries: Sequence[str]) -> None:
        self._path = path
        self._entries = entries
        self._take_back: Callable[[], None] | None = None

    def apply(self) -> None:
        """Adds them in one write."""
        self._take_back = runner_files.append(self._path, self._entries)

    def undo(self) -> None:
        """Cuts them off again."""
        if self._take_back is not None:
            self._take_back()


def apply_all(effects: Sequence[Effect]) -> None:
    """Applies ``effects`` in order; where one fails, takes the earlier ones back, last first, and raises its error."""
    applied: list[Effect] = []
    try:
        for effect in effects:
            effect.apply()
            applied.append(effect)
    except BaseException as failure:
        for effect in reversed(applied):
            _undo(effect, failure)
        raise


def _undo(effect: Effect, failure: BaseException) -> None:
    try:
        effect.undo()
    except Error as second:
        # The first error is the one to solve; that something was left behind must not go unsaid.
        if isinstance(failure, Error):
            failure.found += f"; left behind: {second.headline()}"
