# SPDX-License-Identifier: Apache-2.0
"""The job's summary: GitHub-flavoured Markdown in which foreign text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from okta_aws.runner.commands import visible

# The runner drops a summary over 1 MiB (``FileCommandManager.cs``) and puts *** for masks, which can be longer than
# what they hide; half of it leaves room.
MAX_BYTES = 512 * 1024
_CUT = "\n\n*Cut here: the rest is in the log.*\n"
# Everything that Markdown or HTML gives a meaning to, and what GitHub makes links of.
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~@&:$^=\"'/])")


def text(foreign: str) -> str:
    """``foreign`` as Markdown that shows it, character by character."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[1])};", visible(foreign))


def code(foreign: str) -> str:
    """``foreign`` in the code typeface, inside a line or a table."""
    return f"<code>{text(foreign)}</code>"


class Summary:
    """A summary in the making; what goes over ``max_bytes`` is cut between blocks."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._left = max_bytes - len(_CUT)
        self._blocks: list[str] = []
        self._cut = False

    def heading(self, foreign: str) -> None:
        """A heading of the third level, as a summary shares the page with others."""
        self._add(f"### {text(foreign)}\n\n")

    def bullets(self, items: Iterable[str]) -> None:
        """A list, each item without markup."""
        self._add("".join(f"- {text(item)}\n" for item in items) + "\n")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table whose cells are in the code typeface but those of the first column."""
        lines = [_row([text(cell) for cell in head]), _row(["---"] * len(head))]
        lines += [_row([text(row[0]), *(code(cell) for cell in row[1:])]) for row in rows]
        self._add("".join(lines) + "\n")

    def as_it_is(self, lines: Iterable[str]) -> None:
        """Lines in the code typeface, blanks at their beginning kept."""
        shown = "\n".join(text(line) for line in lines)
        self._add(f"<pre>{shown}</pre>\n\n")

    def link(self, words: str, url: str) -> None:
        """A link of our own: ``url`` is never foreign."""
        self._add(f"[{text(words)}]({url})\n\n")

    def markdown(self) -> str:
        """The whole."""
        return "".join(self._blocks) + (_CUT if self._cut else "")

    def _add(self, block: str) -> None:
        size = len(block.encode())
        self._cut = self._cut or size > self._left
        if not self._cut:
            self._left -= size
            self._blocks.append(block)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
