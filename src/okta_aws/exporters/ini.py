# SPDX-License-Identifier: Apache-2.0
"""Editing one section of an AWS config or credentials file as text: every other byte stays.

The standard library's ``configparser`` loses comments and order; a library that keeps them would be the only one that
the image needs. Lines are read as botocore reads them (``configparser`` without interpolation), which also decides what
is a header and what merely the continuation of a value.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_HEADER = re.compile(r"\[(.+?)\]")
_SETTING = re.compile(r"(.*?)\s*[=:]\s*(.*)")
_KEY = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


@dataclass(slots=True)
class _Section:
    """Lines ``start`` (the header) up to ``stop``; ``settings`` are those with settings, a continuation marked true."""

    name: str
    start: int
    stop: int
    settings: dict[int, bool]

    @property
    def end(self) -> int:
        """The line after the last setting; comments below it may well be about the next section."""
        return max(self.settings, default=self.start) + 1


def settings_of(text: str, names: re.Pattern[str]) -> list[dict[str, str]]:
    """The settings of each section whose name fits ``names``; keys in lower case, as AWS's tools take them."""
    lines = _lines(text)
    return [_settings(lines, section) for section in _sections(lines) if names.fullmatch(section.name)]


def section_names(text: str) -> list[str]:
    """The names of all sections, in order, each once."""
    return list(dict.fromkeys(section.name for section in _sections(_lines(text))))


def put(text: str, name: str, names: re.Pattern[str], settings: Mapping[str, str]) -> str:
    """``text`` with the section ``name`` holding ``settings`` and no others.

    ``names``: all spellings of that name. A section that is there is replaced in its place, its comments stay; a new
    one goes to the end. Raises ``ValueError`` for a name or a setting that would not stay on its line.
    """
    body = _body(settings, name)
    lines = _lines(text)
    ending = _ending(lines)
    found = [section for section in _sections(lines) if names.fullmatch(section.name)]
    if not found:
        return text + _separator(lines, ending) + _joined([f"[{name}]", *body], ending, is_ended=_is_ended(lines))
    for section in reversed(found[1:]):
        del lines[section.start : section.end]
    first = found[0]
    kept = [lines[at] for at in range(first.start + 1, first.stop) if at not in first.settings]
    lines[first.start : first.stop] = [
        _header(lines[first.start], name, ending),
        *(line + ending for line in body),
        *kept,
    ]
    return "".join(lines)


def update(text: str, names: re.Pattern[str], settings: Mapping[str, str]) -> str:
    """``text`` with ``settings`` in the section named like ``names``, which is there; what else it says stays.

    Raises ``ValueError`` for a setting that would not stay on its line.
    """
    lines = _lines(text)
    section = next(one for one in _sections(lines) if names.fullmatch(one.name))
    ending = _ending(lines)
    body = [line + ending for line in _body(settings, section.name)]
    is_replaced = False
    gone = set()
    for number, continues in section.settings.items():
        match = _SETTING.match(lines[number].strip())
        is_replaced = is_replaced if continues else match is not None and match[1].lower() in settings
        if is_replaced:
            gone.add(number)
    kept = [lines[number] for number in range(section.start + 1, section.stop) if number not in gone]
    lines[section.start : section.stop] = [lines[section.start].rstrip("\r\n") + ending, *body, *kept]
    return "".join(lines)


def remove(text: str, names: re.Pattern[str], is_ours: Callable[[Mapping[str, str]], bool]) -> str:
    """``text`` without those sections named like ``names`` whose settings ``is_ours`` knows.

    What ``put`` added to a text comes off without a trace: ``remove(put(text, …), …) == text``.
    """
    lines = _lines(text)
    for section in reversed(_sections(lines)):
        if names.fullmatch(section.name) and is_ours(_settings(lines, section)):
            _cut(lines, section)
    return "".join(lines)


def _cut(lines: list[str], section: _Section) -> None:
    start = section.start
    if start and not lines[start - 1].strip():
        start -= 1  # the blank line that `put` sets before a section
    was_ended = _is_ended(lines)
    del lines[start : section.end]
    if not was_ended and lines:
        lines[-1] = lines[-1].rstrip("\r\n")


def _lines(text: str) -> list[str]:
    # Line ends as `open()` knows them; `splitlines` would also split at form feeds and the like.
    return list(io.StringIO(text, newline=""))


def _ending(lines: list[str]) -> str:
    for line in reversed(lines):
        bare = line.rstrip("\r\n")
        if bare != line:
            return line[len(bare) :]
    return "\n"


def _is_ended(lines: list[str]) -> bool:
    return not lines or lines[-1].endswith(("\r", "\n"))


def _separator(lines: list[str], ending: str) -> str:
    if not lines:
        return ""
    return ending if _is_ended(lines) else ending + ending


def _joined(lines: list[str], ending: str, *, is_ended: bool) -> str:
    # A file without a line end at its end keeps that habit, so that removing gives back the very same text.
    return ending.join(lines) + (ending if is_ended else "")


def _sections(lines: list[str]) -> list[_Section]:
    found: list[_Section] = []
    level = 0
    for number, line in enumerate(lines):
        content = line.strip()
        if not content or content[0] in "#;":
            continue
        indent = len(line) - len(line.lstrip())
        # Only below a setting can a line be a continuation; then even `[this]` is one.
        continues = bool(found and found[-1].settings) and indent > level
        level = level if continues else indent
        header = None if continues else _HEADER.match(content)
        if header is not None:
            _close(found, number)
            found.append(_Section(header[1].strip(), number, len(lines), {}))
        elif found:
            found[-1].settings[number] = continues
    return found


def _close(found: list[_Section], stop: int) -> None:
    if found:
        found[-1].stop = stop


def _settings(lines: list[str], section: _Section) -> dict[str, str]:
    settings: dict[str, str] = {}
    key = ""
    for number, continues in section.settings.items():
        content = lines[number].strip()
        match = _SETTING.match(content)
        if continues and key:
            settings[key] += "\n" + content
        elif match is not None:
            key = match[1].lower()
            settings[key] = match[2]
    return settings


def _header(line: str, name: str, ending: str) -> str:
    # botocore takes a name up to the last bracket of the line, with all its blanks.
    if line.strip().rpartition("]")[0] == f"[{name}":
        return line.rstrip("\r\n") + ending
    return f"[{name}]{ending}"


def _body(settings: Mapping[str, str], name: str) -> list[str]:
    for key, value in settings.items():
        if not _KEY.fullmatch(key) or not value.isprintable() or value != value.strip() or not value:
            raise ValueError(f"a setting that does not fit on one line: {key!a}")
    if not name.isprintable() or set(name) & set("[]#;") or name != name.strip() or not name:
        raise ValueError(f"a section name that is none: {name!a}")
    return [f"{key} = {value}" for key, value in settings.items()]
