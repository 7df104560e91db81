# SPDX-License-Identifier: Apache-2.0
"""Make the command `okta-aws` for the later steps of this job: its libraries, and a program on their path."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(ROOT, "src"), os.path.join(ROOT, "composite")]

from libraries import OF_THE_COMMAND_LINE, installed  # noqa: E402  (the paths come first)

from okta_aws.errors import Error  # noqa: E402
from okta_aws.runner.commands import Commands  # noqa: E402

_POSIX = """#!/bin/sh
exec {python} -I -S -X utf8 {start} {libraries} "$@"
"""
_WINDOWS = """@"{python}" -I -S -X utf8 "{start}" "{libraries}" %*
"""


def main() -> int:
    """Installs; an error is told as the action tells its own."""
    commands = Commands(_write, debug=False)
    try:
        folder = program(installed(os.environ, OF_THE_COMMAND_LINE))
    except Error as error:
        commands.error(f"{error.title} [{error.code}]", error.headline(), *error.fix[:1], error.docs)
        return error.exit_status
    with open(os.environ["GITHUB_PATH"], "a", encoding="utf-8") as file:
        file.write(f"{folder}\n")
    commands.info(f"okta-aws is on the path: {folder}")
    return 0


def program(libraries: str) -> str:
    """The folder of the command, in the job's temporary one: it goes with the job."""
    folder = os.path.join(os.environ["RUNNER_TEMP"], "okta-aws", "bin")
    os.makedirs(folder, 0o700, exist_ok=True)
    parts = {"python": sys.executable, "start": os.path.join(HERE, "start.py"), "libraries": libraries}
    if os.name == "nt":
        name, text = "okta-aws.cmd", _WINDOWS.format(**parts)
    else:
        quoted = {name: "'" + part.replace("'", "'\\''") + "'" for name, part in parts.items()}
        name, text = "okta-aws", _POSIX.format(**quoted)
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w", encoding="utf-8") as file:
        file.write(text)
    return folder


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
