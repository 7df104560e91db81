# SPDX-License-Identifier: Apache-2.0
"""The tutorial's own files and commands, in its order, so that what it says is what is tried."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from image.engine import ROOT

PAGE = ROOT / "docs/tutorial/first-approved-apply.md"
_SECTION = re.compile(r"^## (\d+)\. ")
_FILE = re.compile(r"`([\w./-]*\.\w+)`[^`]*:")
SHELL = "sh"


@dataclass(frozen=True, slots=True)
class Block:
    """Text between fences. ``file``: what the words before it say that it is, or a part of; empty for commands."""

    section: int
    language: str
    file: str
    text: str


def blocks() -> Iterator[Block]:
    """All of them."""
    section, before = 0, ""
    lines = iter(PAGE.read_text().splitlines(keepends=True))
    for line in lines:
        if match := _SECTION.match(line):
            section = int(match[1])
        if not line.startswith("```"):
            before = line.strip() or before
            continue
        language = line.removeprefix("```").strip()
        text = "".join(iter(lambda: next(lines), "```\n"))
        named = _FILE.search(before) if language != SHELL else None
        yield Block(section, language, named[1] if named else "", text)


@dataclass
class Tutorial:
    """Somebody's way through it. ``mine``: what they write in the place of the tutorial's own names and numbers."""

    mine: dict[str, str] = field(default_factory=dict)
    left: list[Block] = field(default_factory=lambda: list(blocks()))

    def file(self, name: str) -> str:
        """What to write into that file next."""
        return self._take(next(block for block in self.left if block.file == name))

    def run(self, first: str, folder: Path, environ: Mapping[str, str]) -> str:
        """Runs the next commands, of which the first begins so. Says yes where they ask; what they said."""
        text = self._take(next(block for block in self.left if block.language == SHELL))
        assert text.startswith(first), f"the tutorial goes on with {text}"
        command = ["bash", "-e", "-o", "pipefail", "-c", text]
        done = subprocess.run(
            command, cwd=folder, env=dict(environ), input="yes\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
        return done.stdout

    def skip(self, first: str) -> None:
        """Passes over commands that cannot be run here."""
        text = self._take(next(block for block in self.left if block.language == SHELL))
        assert text.startswith(first), f"the tutorial goes on with {text}"

    def _take(self, block: Block) -> str:
        self.left.remove(block)
        text = block.text
        for theirs, ours in self.mine.items():
            text = text.replace(theirs, ours)
        return text
