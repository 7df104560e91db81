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
_GAP = r"[ \t\n\r]*+"
_SPACE = re.compile(_GAP)
# What nearly all texts are, in one step; the standard library reads those with escapes, and says what is wrong.
_PLAIN = re.compile(r'"([^"\\\x00-\x1f]*+)"')
_NAME = re.compile(_PLAIN.pattern + _GAP + ":" + _GAP)
_AFTER = re.compile(_GAP + r"([,\]}])" + _GAP)
_TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: Final = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_LONGEST_FOUND = 40
_OPENED: Final = object()


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


class LocatedText(str):
    """A text that knows the ``line`` it is in."""

    line: int

    @classmethod
    def of(cls, text: str, line: int) -> LocatedText:
        """``text``, as it stands in that line."""
        made = cls(text)
        made.line = line
        return made


@dataclass(frozen=True, slots=True)
class Located:
    """What was read, and the text that it was read from."""

    value: Any
    text: str

    @property
    def length(self) -> int:
        """The number of characters without the white space outside of strings."""
        white = sum(map(self.text.count, " \t\n\r"))
        # Of white space, a string of JSON can have but the blank in it unescaped.
        texts: list[str] = _TEXT.findall(self.text)
        return len(self.text) - white + sum(text.count(" ") for text in texts)


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
    return Located(_Reader(text, what, deepest).read(), text)


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
    """One pass over the text: ``_at`` is the place, ``_line`` its line, ``_open`` the containers around it, innermost
    last, objects with the name that the next value gets, lists with ``None``."""

    __slots__ = ("_at", "_deepest", "_line", "_open", "_text", "_what")

    def __init__(self, text: str, what: str, deepest: int) -> None:
        self._text, self._what, self._deepest = text, what, deepest
        self._at = 0
        self._line = 1
        self._open: list[tuple[Any, str | None]] = []

    def read(self) -> Any:  # noqa: ANN401 - any JSON value
        """The value that is the whole text. One loop, as calls for each token took as long as the rest of lint."""
        text, opened = self._text, self._open
        self._skip()
        while True:
            if plain := _PLAIN.match(text, self._at):
                value: Any = plain[1]
                self._at = plain.end()
            elif (value := self._other()) is _OPENED:
                continue
            while opened:
                container, name = opened[-1]
                closing = "]"
                if name is None:
                    container.append(value)
                else:
                    container[name] = value
                    closing = "}"
                after = _AFTER.match(text, self._at)
                mark = after[1] if after else ""
                if after is None or mark not in (",", closing):
                    self._skip()
                    self._refuse(f"a comma or {closing}")
                end = after.end()
                self._line += text.count("\n", self._at, end)
                self._at = end
                if mark == ",":
                    if name is not None:
                        opened[-1] = (container, self._name(container))
                    break
                opened.pop()
                value = container
            else:
                self._end()
                return value

    def _other(self) -> Any:  # noqa: ANN401
        """A value that is no plain text, or ``_OPENED`` where it is a container with something in it."""
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._begin(JsonObject(self._line), "}")
        if first == "[":
            return self._begin([], "]")
        return self._string() if first == '"' else self._plain(first)

    def _begin(self, container: JsonObject | list[Any], closing: str) -> object:
        self._at += 1
        self._skip()
        if self._text[self._at : self._at + 1] == closing:
            self._at += 1
            return container
        if len(self._open) >= self._deepest:
            self._refuse(f"at most {self._deepest} levels of objects and lists", "one more")
        self._open.append((container, self._name(container) if isinstance(container, JsonObject) else None))
        return _OPENED

    def _name(self, container: JsonObject) -> str:
        start, line = self._at, self._line
        plain = _NAME.match(self._text, start)
        if plain is not None:
            name = plain[1]
            self._at = plain.end()
            self._line += self._text.count("\n", start, self._at)
        else:
            name = self._unusual_name()
        if name in container.lines:
            self._at = start
            self._refuse("each name once in an object", f"{_shown(name)} again, as in line {container.lines[name]}")
        container.lines[name] = line
        return name

    def _unusual_name(self) -> str:
        """A name with escapes, or none."""
        if self._text[self._at : self._at + 1] != '"':
            self._refuse("a name in double quotes")
        name = self._string()
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
        if match is not None:
            self._line += self._text.count("\n", self._at, match.end())
            self._at = match.end()

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
