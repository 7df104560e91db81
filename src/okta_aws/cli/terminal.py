# SPDX-License-Identifier: Apache-2.0
"""What the commands share: environment, clock, standard error, and the one place where errors end."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import TextIO

import click

from okta_aws.errors import Error, ExportError, SourceError
from okta_aws.retry import Time
from okta_aws.runner.commands import plain
from okta_aws.runner.context import Context
from okta_aws.secret import Secret

_INSIDE = "OKTA_AWS_INSIDE"


class Terminal:
    """The report of a command line: masks what it was told to, and talks on standard error."""

    def __init__(self, *, debug: bool) -> None:
        self._debug = debug
        self._masked: set[str] = set()

    def mask(self, value: Secret | str) -> None:
        """Hides the value in what is printed from now on."""
        text = value.reveal() if isinstance(value, Secret) else value
        self._masked.update(line for line in text.splitlines() if line)

    def debug(self, text: str) -> None:
        """One line, with ``--debug`` only."""
        if self._debug:
            self.say(f"debug: {text}")

    def info(self, text: str) -> None:
        """One line, with ``--debug`` only: standard error of a ``credential_process`` ends up before its user."""
        self.debug(text)

    def warning(self, title: str, *lines: str) -> None:
        """Something that works, but not as it was asked for."""
        self.say(f"warning: {'; '.join([title, *lines])}")

    def say(self, text: str) -> None:
        """One line on standard error, foreign text made harmless."""
        for masked in self._masked:
            text = text.replace(masked, "***")
        click.echo(plain(text), err=True)

    def run(self, command: Callable[[], int]) -> int:
        """The exit status of ``command``; an error is explained, a defect shows its place only with ``--debug``."""
        try:
            return command()
        except Error as error:
            for line in error.lines():
                self.say(line)
            return error.exit_status
        except BrokenPipeError:
            _discard_output(sys.stdout, sys.stderr)  # whoever read us left, of either
            return 1
        except OSError as cause:
            # What is read is handled where it is read; what is left is standard output, on a full disk for instance.
            _discard_output(sys.stdout)
            self.say(f"error[export-failed]: writing the result: {(cause.strerror or 'an error').lower()}")
            return ExportError.exit_status
        except KeyboardInterrupt:
            return 130
        except Exception as defect:  # noqa: BLE001  (the last catch: no traceback unless asked for)
            if self._debug:
                for line in traceback.format_exc().splitlines():
                    self.say(line)
            self.say(
                f"error[internal]: {type(defect).__name__}: a defect of okta-aws; run again with --debug and report it"
            )
            return 1


def _discard_output(*streams: TextIO | None) -> None:
    # What could not be written is still in the buffer, and Python would complain again at its end.
    for stream in streams:
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def result(text: str) -> None:
    """One result, on standard output. Raises ``OSError`` where it cannot get there, also where that is closed."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    click.echo(text)
    sys.stdout.flush()


def standard_input(limit: int) -> bytes:
    """At most ``limit`` bytes of standard input; none where it is closed."""
    return sys.stdin.buffer.read(limit) if sys.stdin else b""


def environ() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ


def stop_if_inside_itself(environment: Mapping[str, str]) -> None:
    """Raises ``SourceError`` where this process was started by itself, and marks the processes that it starts.

    The AWS profile that names us as its ``credential_process`` is among the places where botocore looks for AWS
    credentials: without this, a missing token would have us start ourselves without end.
    """
    if environment.get(_INSIDE):
        raise SourceError(
            "no-source",
            "looking for something to begin with",
            wanted="a token, or AWS credentials of another origin",
            found="only the AWS profile whose credential_process is this command",
            fix="give this command its token source (okta-*, web-identity-token-file) in full",
        )
    os.environ[_INSIDE] = "1"


def working_context(environment: Mapping[str, str]) -> Context:
    """The context of a command: relative paths start at the working directory, not at a job's workspace."""
    return Context.from_environ({**environment, "GITHUB_WORKSPACE": ""})


def real_time() -> Time:
    """The clock, sleep and chance of this machine."""
    return Time(time.time, time.monotonic, time.sleep, lambda: int.from_bytes(os.urandom(7), "big") / 2**56)
