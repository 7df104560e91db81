# SPDX-License-Identifier: Apache-2.0
"""``okta-aws login`` as a process that waits for somebody, and a person who does what it says."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fakes.command import PROGRAM, Outcome, environment

WAIT_S = 60


@dataclass
class Login:
    """A login that runs. ``said``: the lines on standard error so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def shown(self) -> tuple[str, str, str]:
        """Waits for what the person is shown: address, code, address with the code in it."""
        text = self._until("With the code in it")
        found = re.search(r"open (\S+)\nand enter the code (\S+),.*\nWith the code in it: (\S+)\n", text)
        assert found, text
        address, code, direct = found.groups()
        return address, code, direct

    def end(self) -> Outcome:
        """Waits for the end, and tells it."""
        out, err = self.process.communicate(timeout=WAIT_S)
        return Outcome(self.process.returncode, out, "".join(self.said) + err)

    def _until(self, words: str) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if words in line:
                break
        return "".join(self.said)


@contextlib.contextmanager
def login(*arguments: str, environ: Mapping[str, str]) -> Iterator[Login]:
    """``okta-aws login`` for as long as the block runs."""
    process = subprocess.Popen(
        [PROGRAM, "login", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(environ),
    )
    try:
        yield Login(process)
    finally:
        process.kill()
        process.communicate()
