# SPDX-License-Identifier: Apache-2.0
"""What the person at the terminal reads of the demo."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from okta_aws.demo.emulator import EmulatorError


class NotAsExpected(Exception):  # noqa: N818 - it is a finding
    """Something did not do what it should; the text says what it did."""


class Transcript:
    """What the person at the terminal reads."""

    def __init__(self) -> None:
        self.failed = False

    def heading(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def line(self, text: str) -> None:
        print(f"          {text}", flush=True)

    def quoted(self, lines: Sequence[str]) -> None:
        """What a program said, set apart."""
        for line in lines:
            print(f"          | {line}", flush=True)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """One thing that is tried; ends with ``ok`` or, and then the demo is over, with ``FAILED``."""
        began = time.monotonic()
        try:
            yield
        except (NotAsExpected, EmulatorError, ClientError, OSError, subprocess.SubprocessError) as reason:
            self.failed = True
            print(f"  FAILED  {text}", flush=True)
            self.quoted(str(reason).splitlines())
            raise NotAsExpected(text) from reason
        print(f"  ok      {text}  ({time.monotonic() - began:.1f} s)", flush=True)
