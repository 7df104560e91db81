# SPDX-License-Identifier: Apache-2.0
"""A value that must not be seen: tokens, keys, client secrets, session credentials."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A string that prints as ``***`` wherever it is formatted.

    ``reveal()`` is the one way to the value. It belongs where the value leaves the process on purpose (``sources``,
    ``runner``, ``aws``, ``exporters``) and is easy to search for.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # Both are in this process already: there is nobody here to measure how long it takes.
        return self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        # A pickle, a deep copy through pickle, a multiprocessing queue: each would carry the value away unseen.
        raise TypeError("a Secret cannot be pickled")
