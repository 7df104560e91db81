# SPDX-License-Identifier: Apache-2.0
"""``okta-aws.toml``: named profiles of options, a table each.

A key is an option's name; an option that is a secret has none but ``NAME-file``, the path of a file that holds it. A
relative path starts at the folder of ``okta-aws.toml``, never at the working directory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from okta_aws.errors import Problem
from okta_aws.settings.options import BY_NAME, Kind, Option
from okta_aws.settings.raw import RawValue

FILE_NAME = "okta-aws.toml"
DEFAULT_PROFILE = "default"
PROFILE_NAME = re.compile(r"[\w+,.@:%-]{1,128}", re.ASCII)
_SECRET_FILE = "-file"


class OktaToml:
    """One ``okta-aws.toml`` that was read. ``problems``: all that was found wrong with it so far."""

    def __init__(self, text: str, folder: str, home: str) -> None:
        """``folder``: that of the file, where relative paths start; ``home``: what ``~`` stands for."""
        import tomllib

        self._lines = text.splitlines()
        self._folder = folder
        self._home = home
        self._tables: Mapping[str, Any] = {}
        self.problems: list[Problem] = []
        try:
            self._tables = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as cause:
            place = re.search(r"at (line \d+, column \d+|end of document)", str(cause))
            found = f"a mistake at {place[1]}" if place else "something else"
            self.problems.append(Problem(FILE_NAME, FILE_NAME, "a file in TOML", found))
        for name, table in self._tables.items():
            if not isinstance(table, dict):
                wanted = "settings below the name of a profile, [default] for instance"
                self._problem("", name, wanted, "one outside of any")
            elif not PROFILE_NAME.fullmatch(name):
                self._problem("", name, "a profile name of letters, digits and _+,.@:%-", ascii(name))

    @property
    def profiles(self) -> list[str]:
        """The names of all profiles, as they come."""
        return [name for name, table in self._tables.items() if isinstance(table, dict)]

    def settings_of(self, profile: str) -> dict[str, RawValue]:
        """The settings of a profile that is there. What is wrong with them is added to ``problems``.

        A secret's file is kept under its key, ``NAME-file``: reading it is not done here.
        """
        return {
            key: RawValue(text, self._origin(profile, key))
            for key, value in self._tables[profile].items()
            if (text := self._text(profile, key, value))
        }

    def _text(self, profile: str, key: str, value: object) -> str:
        option = _option(key)
        if option is None:
            self._problem(profile, key, *_what_else(key))
            return ""
        if option.action_only:
            self._problem(profile, key, "an option of the command line", "one of the action alone")
            return ""
        text = _written(option, value)
        if text is None:
            kind = "a path" if option.secret else option.kind.value
            self._problem(profile, key, f"{kind} as TOML has it", f"a value of type {type(value).__name__}")
            return ""
        return self._path(text) if _is_path(option, key, text) else text

    def _path(self, text: str) -> str:
        if text == "~" or text.startswith("~/"):
            text = self._home + text[1:]
        is_absolute = text.startswith(("/", "\\")) or text[1:2] == ":"
        return text if is_absolute else f"{self._folder}/{text}"

    def _problem(self, profile: str, key: str, wanted: str, found: str, fix: str = "") -> None:
        name = (key or profile) if (key or profile).isprintable() else ascii(key or profile)
        self.problems.append(Problem(name, self._origin(profile, key), wanted, found, fix))

    def _origin(self, profile: str, key: str) -> str:
        line = self._line(profile, key)
        where = f" [{profile}]" if profile.isprintable() and profile else ""
        return f"{FILE_NAME}{where}{f' line {line}' if line else ''}"

    def _line(self, profile: str, key: str) -> int:
        """The number of the line that sets ``key``; 0 where it is written in a way that is not looked for."""
        table = ""  # what is above the first header is in none
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[\s*[\"']?([^\"'\]]*?)[\"']?\s*\]", line)
            if header is not None:
                table = header[1]
            elif table == profile and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return number
        return 0


def _option(key: str) -> Option | None:
    """The option that ``key`` sets; ``None`` for one that may not be here."""
    option = BY_NAME.get(key) or BY_NAME.get(key.removesuffix(_SECRET_FILE))
    if option is None or option.internal:
        return None
    if key != option.name:
        return option if option.secret else None
    return None if option.secret else option


def _what_else(key: str) -> tuple[str, str, str]:
    """Wanted, found and fix for a key that may not be there."""
    if key in BY_NAME and BY_NAME[key].secret:
        return "no secret in this file", "one", f"put it into a file of its own and say {key}-file = its path"
    import difflib

    names = [name + _SECRET_FILE if one.secret else name for name, one in BY_NAME.items() if not one.action_only]
    near = difflib.get_close_matches(key, names, 1)
    return "the name of an option", "an unknown one", f"did you mean {near[0]}?" if near else ""


def _written(option: Option, value: object) -> str | None:
    """``value`` as the text that the option's own reading takes; ``None`` for a type that it has no use for."""
    if isinstance(value, str):
        return value.strip()
    if option.secret:  # the path of its file
        return None
    if isinstance(value, bool):
        return str(value).lower() if option.kind is Kind.BOOLEAN else None
    if isinstance(value, int):
        return str(value) if option.kind in {Kind.INTEGER, Kind.TEXT, Kind.LIST} else None
    if isinstance(value, dict) and option.kind is Kind.JSON:
        return json.dumps(value, default=str)
    if (
        isinstance(value, list)
        and option.kind in {Kind.LIST, Kind.LINES}
        and all(isinstance(one, str) for one in value)
    ):
        return "\n".join(value)
    return None


def _is_path(option: Option, key: str, text: str) -> bool:
    if key != option.name or option.kind is Kind.PATH:
        return True
    return option.name == "ca-bundle" and "-----BEGIN" not in text
