# SPDX-License-Identifier: Apache-2.0
"""Strict JSON that remembers the line of each object and member.

The standard library's reader keeps the last of two equal keys, takes ``NaN``, and recurses; AWS takes none of these,
and
whoever reads a finding wants its line. This one does not recurse, is linear, and says where it stopped.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final, NoReturn

LARGEST = 4 * 1024 * 1024
DEEPEST = 64

_DECODER: Final = JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: Final = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_LONGEST_FOUND = 40


class PolicyError(ValueError):
    """What was read is not what it should be. ``place`` says where: ``line 3, column 5`` or ``$.Statement[0].Effect``.

    ``what`` names the thing that was read, ``line`` (from 1; 0 where it is not known) is for editors and annotations.
    """

    def __init__(self, what: str, place: str, *, wanted: str, found: str, line: int = 0) -> None:
        super().__init__(f"{what}: {place}: wanted {wanted}, found {found}")
        self.what = what
        self.place = place
        self.wanted = wanted
        self.found = found
        self.line = line


class JsonObject(dict[str, Any]):
    """An object: a dictionary with the ``line`` it begins in and the line of each member's name in ``lines``."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Located:
    """What was read. ``length`` is its number of characters without the white space outside of strings."""

    value: Any
    length: int


def parse(text: str | bytes, what: str, *, largest: int = LARGEST, deepest: int = DEEPEST) -> Located:
    """The JSON ``text``, objects as ``JsonObject``. ``what`` names it in errors; ``largest`` is in characters.

    Raises ``PolicyError`` with line and column: no JSON, a byte order mark, not UTF-8, a key twice in one object,
    ``NaN`` and
    ``Infinity``, a number that is none for Python, deeper than ``deepest``, longer than ``largest``.
    """
    if isinstance(text, bytes):
        text = _decoded(text, what, largest)
    if len(text) > largest:
        raise PolicyError(what, "line 1", wanted=f"at most {largest} characters", found=str(len(text)), line=1)
    if text.startswith("\ufeff"):
        raise PolicyError(what, "line 1, column 1", wanted="JSON", found="a byte order mark (BOM) before it", line=1)
    return _Reader(text, what, deepest).read()


def _decoded(text: bytes, what: str, largest: int) -> str:
    if len(text) > 4 * largest:
        raise PolicyError(what, "line 1", wanted=f"at most {largest} characters", found=f"{len(text)} bytes", line=1)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PolicyError(what, "line 1, column 1", wanted="UTF-8", found="a byte order mark of UTF-16", line=1)
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        found = f"the byte 0x{text[error.start]:02x}"
        raise PolicyError(what, f"line {line}, column {column}", wanted="UTF-8", found=found, line=line) from None


class _Reader:
    """One pass over the text: ``_at`` is the place, ``_open`` the containers around it, innermost last."""

    __slots__ = ("_at", "_deepest", "_line", "_open", "_spaces", "_text", "_what")

    def __init__(self, text: str, what: str, deepest: int) -> None:
        self._text, self._what, self._deepest = text, what, deepest
        self._at = self._spaces = 0
        self._line = 1
        self._open: list[tuple[JsonObject | list[Any], str]] = []

    def read(self) -> Located:
        """The value that is the whole text."""
        self._skip()
        while True:
            value, complete = self._value()
            while complete:
                if not self._open:
                    self._end()
                    return Located(value, len(self._text) - self._spaces)
                value, complete = self._put(value)

    def _value(self) -> tuple[Any, bool]:
        """The value that begins here, and whether it is complete (a container with something in it is not)."""
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return self._string(), True
        if first == "{":
            return self._begin(JsonObject(self._line), "}")
        if first == "[":
            return self._begin([], "]")
        return self._plain(first), True

    def _begin(self, container: JsonObject | list[Any], closing: str) -> tuple[Any, bool]:
        self._at += 1
        self._skip()
        if self._text[self._at : self._at + 1] == closing:
            self._at += 1
            return container, True
        if len(self._open) >= self._deepest:
            self._refuse(f"at most {self._deepest} levels of objects and lists", "one more")
        name = self._name(container) if isinstance(container, JsonObject) else ""
        self._open.append((container, name))
        return None, False

    def _put(self, value: object) -> tuple[Any, bool]:
        """Puts a complete value into the innermost container; answers that container if it ends here."""
        container, name = self._open[-1]
        if isinstance(container, JsonObject):
            container[name] = value
            closing = "}"
        else:
            container.append(value)
            closing = "]"
        self._skip()
        mark = self._text[self._at : self._at + 1]
        if mark == closing:
            self._at += 1
            self._open.pop()
            return container, True
        if mark != ",":
            self._refuse(f"a comma or {closing}")
        self._at += 1
        self._skip()
        if isinstance(container, JsonObject):
            self._open[-1] = (container, self._name(container))
        return None, False

    def _name(self, container: JsonObject) -> str:
        if self._text[self._at : self._at + 1] != '"':
            self._refuse("a name in double quotes")
        start = self._at
        name = self._string()
        if name in container.lines:
            self._at = start
            self._refuse("each name once in an object", f"{_shown(name)} again, as in line {container.lines[name]}")
        container.lines[name] = self._line
        self._skip()
        if self._text[self._at : self._at + 1] != ":":
            self._refuse("a colon")
        self._at += 1
        self._skip()
        return name

    def _string(self) -> str:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            self._refuse("text in double quotes, with the escapes of JSON", error.msg)
        return str(value)

    def _plain(self, first: str) -> float | bool | None:
        word, value = _WORDS.get(first, ("", None))
        if word and self._text.startswith(word, self._at):
            self._at += len(word)
            return value
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            self._refuse("a value")
        try:
            number = float(match[0]) if match[2] or match[3] else int(match[0])
        except ValueError:  # Python takes whole numbers of up to 4300 digits
            number = math.inf
        if number in (math.inf, -math.inf):
            self._refuse("a number of a usual size", _shown(match[0]))
        self._at = match.end()
        return number

    def _skip(self) -> None:
        if self._text[self._at : self._at + 1] > " ":
            return
        match = _SPACE.match(self._text, self._at)
        if match is not None and (end := match.end()) != self._at:
            self._line += self._text.count("\n", self._at, end)
            self._spaces += end - self._at
            self._at = end

    def _end(self) -> None:
        self._skip()
        if self._at != len(self._text):
            self._refuse("nothing after the JSON value")

    def _refuse(self, wanted: str, found: str = "") -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        column = self._at - self._text.rfind("\n", 0, self._at)
        found = found or _shown(self._text[self._at : self._at + _LONGEST_FOUND])
        raise PolicyError(self._what, f"line {line}, column {column}", wanted=wanted, found=found, line=line)


def _shown(text: str) -> str:
    """What stands there, short and on one line. What is read here may be a pasted token, so no more than a few
    characters."""
    if not text:
        return "the end"
    short = text.split("\n", maxsplit=1)[0][:12]
    return ascii(short) + ("…" if short != text else "")
