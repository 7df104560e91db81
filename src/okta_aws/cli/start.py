# SPDX-License-Identifier: Apache-2.0
"""The console script: a kept role session at once, else the command line in full.

AWS's tools call ``credential-process`` again and again. A session that is kept is therefore looked for before anything
is imported, in a file named by a digest of arguments and environment; whatever is not plain goes the long way, which
knows the same cache and explains what it finds.
"""

from __future__ import annotations

import os
import sys
import time

from okta_aws.store.sessions import COMMAND, cached, path_of

_LONG_WAY = {"--no-cache", "--debug"}


def main() -> None:
    """The entry point of the console script."""
    arguments = sys.argv[1:]
    if arguments[:1] == [COMMAND] and not _LONG_WAY & set(arguments):
        _answer_from_cache(arguments)
    from okta_aws.cli.main import main as commands

    commands()


def _answer_from_cache(arguments: list[str]) -> None:
    path = path_of(arguments, os.environ)
    answer = cached(path, time.time(), time.monotonic()) if path else None
    if answer is None:
        return
    line = f"{answer}\n".encode()
    try:
        while line:
            line = line[os.write(1, line) :]
    except OSError:
        return  # nobody listens, or the disk is full: the long way tells
    os._exit(0)  # nothing is open, and taking Python apart would cost more than all this


if __name__ == "__main__":
    main()
