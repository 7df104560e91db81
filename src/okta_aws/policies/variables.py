# SPDX-License-Identifier: Apache-2.0
"""Policy variables: ``${key}``, ``${key, 'default'}``, and the escapes ``${*}``, ``${?}``, ``${$}`` (user guide,
"Variables and tags").

They count in documents of version 2012-10-17 alone, under string and ARN operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from okta_aws.policies.wildcards import MANY, Pattern, Wild, pieces

# What the request holds for a key: its values, nothing, or None where that cannot be known.
Find = Callable[[str], tuple[str, ...] | None]
State = Literal["", "no-such-value", "variable-unknown"]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED: Final = re.compile(r"([^\s,'*?$]+)(?:,\s*'([^']*)')?")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value with its variables filled in.

    ``state`` is ``no-such-value`` where a variable has no value, ``variable-unknown`` where it cannot be known: then
    the pattern is
    the widest one possible, so that what it does not match is certainly not matched.
    """

    pattern: Pattern
    state: State


def resolve(text: str, find: Find, *, wildcards: bool) -> Resolved:
    """``text`` as a pattern. Without ``wildcards``, ``*`` and ``?`` stand for themselves."""
    found: list[str | Wild] = []
    state: State = ""
    plain = 0
    for match in _VARIABLE.finditer(text):
        found += _plain(text[plain : match.start()], wildcards)
        plain = match.end()
        value, told = _value(match[1], find)
        if told == "" and wildcards and match[1] not in ("*", "?", "$") and ("*" in value or "?" in value):
            told = "variable-unknown"  # whether a wildcard within a value counts as one, AWS does not say
        found.append(MANY if told == "variable-unknown" else value)
        state = state if state == "no-such-value" else told or state
    found += _plain(text[plain:], wildcards)
    return Resolved(tuple(found) or ("",), state)


def _plain(text: str, wildcards: bool) -> Pattern:
    if not text:
        return ()
    return pieces(text) if wildcards else (text,)


def _value(inside: str, find: Find) -> tuple[str, State]:
    if inside in ("*", "?", "$"):
        return inside, ""
    named = _NAMED.fullmatch(inside)
    if named is None:
        return "", "variable-unknown"
    values = find(named[1])
    # A key of several values can be no variable; what AWS then does, it does not say.
    if values is None or len(values) > 1:
        return "", "variable-unknown"
    if values:
        return values[0], ""
    if named[2] is not None:
        return named[2], ""
    return "", "no-such-value"
