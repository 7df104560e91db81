# SPDX-License-Identifier: Apache-2.0
"""Make the command `okta-aws` for the later steps of this job: its libraries, and a program on their path."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(ROOT, "src"), os.path.join(ROOT, "composite")]

from libraries import OF_THE_COMMAND_LINE, installed  # noqa: E402  (the paths come first)

from okta_aws.errors import Error, ExportError  # noqa: E402
from okta_aws.runner.commands import Commands  # noqa: E402

_DOING = "putting okta-aws on the path of this job"
_POSIX = """#!/bin/sh
exec {python} -I -S -X utf8 {start} {libraries} {program} "$@"
"""
_WINDOWS = """@"{python}" -I -S -X utf8 "{start}" "{libraries}" "{program}" %*
"""


def main() -> int:
    """Installs; an error is told as the action tells its own."""
    commands = Commands(_write, debug=False)
    try:
        paths, temporary = _of_the_job("GITHUB_PATH"), _of_the_job("RUNNER_TEMP")
        folder = _put(installed(os.environ, OF_THE_COMMAND_LINE), temporary, paths)
    except Error as error:
        commands.error(f"{error.title} [{error.code}]", error.headline(), *error.fix[:1], error.docs)
        return error.exit_status
    commands.info(f"okta-aws is on the path: {folder}")
    return 0


def _of_the_job(variable: str) -> str:
    path = os.environ.get(variable, "")
    if os.path.isabs(path):
        return path
    fix = "run this as a step of a GitHub job; elsewhere install the package: docs/how-to/ci-outside-github.md"
    wanted = f"{variable}, as a GitHub runner sets it"
    raise ExportError("export-failed", _DOING, wanted=wanted, found=ascii(path) if path else "none", fix=fix)


def _put(libraries: str, temporary: str, paths: str) -> str:
    """Writes the command, and names its folder in the file ``paths``. Raises ``ExportError``."""
    try:
        folder = program(libraries, temporary)
        with open(paths, "a", encoding="utf-8") as file:
            file.write(f"{folder}\n")
    except OSError as cause:
        found = f"{cause.filename}: {(cause.strerror or 'an error').lower()}"
        fix = "check the runner's disk, and who owns its temporary folder"
        raise ExportError("export-failed", _DOING, wanted="to write two files", found=found, fix=fix) from None
    return folder


def program(libraries: str, temporary: str) -> str:
    """The folder of the command, in the job's temporary one: it goes with the job."""
    folder = os.path.join(temporary, "okta-aws", "bin")
    os.makedirs(folder, 0o700, exist_ok=True)
    path = os.path.join(folder, "okta-aws.cmd" if os.name == "nt" else "okta-aws")
    parts = {"python": sys.executable, "start": os.path.join(HERE, "start.py"), "libraries": libraries, "program": path}
    if os.name == "nt":
        text = _WINDOWS.format(**parts)
    else:
        text = _POSIX.format(**{name: "'" + part.replace("'", "'\\''") + "'" for name, part in parts.items()})
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700), "w", encoding="utf-8") as file:
        file.write(text)
    return folder


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
