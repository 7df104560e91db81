# SPDX-License-Identifier: Apache-2.0
"""Atlantis's end of ``multienv``: what it takes a line for."""

from __future__ import annotations


class MisreadError(Exception):
    """Atlantis would show the line in the pull request."""


class Reader:
    """Atlantis's rules once more, as they were seen to be: pairs of a key up to ``=`` and a value up to its end.

    A value that begins with a quote ends with the same quote, unless a backslash stands before that. Within double
    quotes a quote after a backslash is noted for the rest of the line; from then on the pairs of two backslashes, and
    of backslash and quote, of a double-quoted value lose their first half, in that order. Any other value ends with a
    comma.
    """

    def __init__(self, line: str) -> None:
        self.line = line.strip()
        self.place = 0
        self.noted = False

    def pairs(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.place < len(self.line):
            if found and self.line[self.place] == ",":
                self.place += 1
            key, equals, _ = self.line[self.place :].partition("=")
            if not equals or " " in key or "\t" in key:
                raise MisreadError
            self.place += len(key) + 1
            found[key] = self.value()
        return found

    def value(self) -> str:
        quote = self.line[self.place : self.place + 1]
        if quote not in {"'", '"'}:
            value, _, _ = self.line[self.place :].partition(",")
            if '"' in value:
                raise MisreadError
            self.place += len(value)
            return value
        start = self.place + 1
        end = start
        while end < len(self.line) and (self.line[end] != quote or self.line[end - 1] == "\\"):
            self.noted |= quote == '"' and self.line[end] == quote
            end += 1
        if end == len(self.line):
            raise MisreadError
        self.place = end + 1
        value = self.line[start:end]
        if quote == '"' and self.noted:
            value = value.replace("\\\\", "\\").replace('\\"', '"')
        return value
