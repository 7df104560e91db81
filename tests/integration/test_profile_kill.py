# SPDX-License-Identifier: Apache-2.0
"""A writer that is killed leaves the old file or the new one, never a torn one, and nothing that stops the next."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from okta_aws.files import Rules, rewrite

ROUNDS = 40
WRITER = """
import itertools, sys, time
from okta_aws.files import Rules, rewrite
rules = Rules(root=sys.argv[1], owner=None, wait_s=10, sleep=time.sleep)
print("ready", flush=True)
for number in itertools.count():
    line = b"%d\\n" % number
    rewrite(sys.argv[1] + "/aws/file", lambda _: line * 20000 + b"end", rules)
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    chance = random.Random(seed)
    file = tmp_path / "aws" / "file"
    for _ in range(ROUNDS):
        kill_a_writer(tmp_path, chance.uniform(0, 0.03))
        if file.exists():
            first, *others, last = file.read_bytes().split(b"\n")
            assert (len(others), last) == (19999, b"end")
            assert set(others) == {first}
    rewrite(str(file), lambda _before: b"after", Rules(root=str(tmp_path), owner=None, wait_s=5, sleep=no_sleep))
    assert (file.read_bytes(), os.listdir(file.parent)) == (b"after", ["file"])


def kill_a_writer(folder: Path, after_s: float) -> None:
    with subprocess.Popen([sys.executable, "-I", "-c", WRITER, str(folder)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        try:
            writer.wait(after_s)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL


def no_sleep(_seconds: float) -> None:
    raise AssertionError("a dead writer still holds the lock")
