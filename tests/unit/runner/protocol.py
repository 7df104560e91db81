# SPDX-License-Identifier: Apache-2.0
"""How GitHub's runner reads what an action prints and writes, told by its source and not by our code.

actions/runner: ``ActionCommand.cs`` (commands), ``FileCommandManager.cs`` (files).
"""

from __future__ import annotations

from dataclasses import dataclass

KNOWN = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher",
    "save-state", "set-env", "set-output", "stop-commands", "warning",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def command_of(line: str) -> Command | None:
    """The command that the runner finds in a line of output."""
    return _modern(line.lstrip()) or _legacy(line)


def _modern(line: str) -> Command | None:
    head, separator, data = line.removeprefix("::").partition("::")
    name, _, rest = head.partition(" ")
    if not line.startswith("::") or not separator or name not in KNOWN:
        return None
    return Command(name, _properties(rest.strip(), ","), _unescaped(data))


def _legacy(line: str) -> Command | None:
    _, found, tail = line.partition("##[")
    head, closed, data = tail.partition("]")
    name, _, rest = head.partition(" ")
    if not found or not closed or name not in KNOWN:
        return None
    return Command(name, _properties(rest, ";"), _unescaped(data))


def _properties(text: str, separator: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in text.split(separator) if pair)
    return {pair[0]: _unescaped(pair[1], (":", "%3A"), (",", "%2C")) for pair in pairs if len(pair) == 2}


def _unescaped(text: str, *more: tuple[str, str]) -> str:
    for token, replacement in (("\r", "%0D"), ("\n", "%0A"), *more, ("%", "%25")):
        text = text.replace(replacement, token)
    return text


def lines_of(output: str) -> list[str]:
    """The lines that the runner sees in a stream; .NET ends lines at CR, LF and CRLF."""
    return output.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def pairs_of(content: str) -> list[tuple[str, str]]:
    """What a command file says, in order. Raises ``ValueError`` where the runner fails the step."""
    pairs: list[tuple[str, str]] = []
    lines = content.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and not 0 <= heredoc < equals:
            name, _, value = line.partition("=")
        elif heredoc > 0:
            name, _, delimiter = line.partition("<<")
            end = lines.index(delimiter, at)
            value, at = "\n".join(lines[at:end]), end + 1
        else:
            raise ValueError(f"Invalid format '{line}'")
        pairs.append((name, value))
    return pairs
