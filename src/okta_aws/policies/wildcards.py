# SPDX-License-Identifier: Apache-2.0
"""Wildcards of IAM: ``*`` stands for any text, ``?`` for one character.

A pattern is a tuple of pieces: text that stands for itself, ``MANY`` and ``ONE``. Text from a policy's ``${*}`` or
from a
variable is never a wildcard, so it goes into a piece of text.

No regular expressions: one with several ``.*`` can take time that grows with a power of the text's length. Patterns
without ``?`` are searched piece by piece, others by one pass over the text with a bit per place of the pattern
(Baeza-Yates
and Gonnet, "A new approach to text searching", 1992), 64 of them a machine word.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Wild(Enum):
    """What a wildcard stands for. No text, so that no text of a policy can be taken for one."""

    MANY = "*"
    ONE = "?"


MANY: Final = Wild.MANY
ONE: Final = Wild.ONE
Pattern = tuple[str | Wild, ...]


def pieces(text: str) -> Pattern:
    """The pattern that ``text`` is, without variables and escapes."""
    if "*" not in text and "?" not in text:
        return (text,)
    found: list[str | Wild] = []
    plain = 0
    for at, character in enumerate(text):
        if character in "*?":
            if at > plain:
                found.append(text[plain:at])
            found.append(MANY if character == "*" else ONE)
            plain = at + 1
    if plain < len(text):
        found.append(text[plain:])
    return tuple(found)


def matches(pattern: Pattern, text: str) -> bool:
    """Whether the whole ``text`` is one that ``pattern`` stands for, letter case included."""
    if len(pattern) == 1 and isinstance(pattern[0], str):
        return pattern[0] == text
    if ONE in pattern:
        return _one_pass(pattern, text)
    return _searched(pattern, text)


def _searched(pattern: Pattern, text: str) -> bool:
    """Without ``?``: the first place of each piece is as good as any later one."""
    parts = _between(pattern)
    if len(parts) == 1:
        return parts[0] == text
    first, last = parts[0], parts[-1]
    end = len(text) - len(last)
    if len(first) > end or not text.startswith(first) or not text.endswith(last):
        return False
    at = len(first)
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _between(pattern: Pattern) -> list[str]:
    """The texts before, between and after the stars; empty ones where there is none."""
    parts = [""]
    for piece in pattern:
        if isinstance(piece, str):
            parts[-1] += piece
        else:
            parts.append("")
    return parts


def _one_pass(pattern: Pattern, text: str) -> bool:
    """Bit n of ``reached`` says: the first n places of the pattern (stars are none) can stand for the text so far."""
    places: dict[str, int] = {}
    ones = stays = 0
    length = 0
    for piece in pattern:
        if piece is MANY:
            stays |= 1 << length
        elif piece is ONE:
            ones |= 2 << length
            length += 1
        elif isinstance(piece, str):
            for character in piece:
                places[character] = places.get(character, 0) | 2 << length
                length += 1
    reached = 1
    for character in text:
        reached = (reached << 1) & (places.get(character, 0) | ones) | reached & stays
        if not reached:
            return False
    return bool(reached >> length & 1)
