# SPDX-License-Identifier: Apache-2.0
"""The runner's workflow commands, and log lines that cannot become one.

The runner reads standard output and standard error line by line. A line that begins (after white space) with ``::`` is
a command, and so is one that holds ``##[`` anywhere (actions/runner, ``ActionCommand.cs``). What an identity provider
or AWS says ends up in our lines, so nothing is printed here that was not made harmless first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from okta_aws.secret import Secret

# Also as a part of more digits: to hide too much does no harm.
_ACCOUNT = re.compile(r"[0-9]{12}")


def visible(text: str) -> str:
    """``text`` with everything unprintable written out: ``\\n``, ``\\x1b``, ``\\u202e``.

    That covers control, format and bidirectional characters, every line separator, blanks that are not the plain one,
    and lone surrogates, which no stream could encode. The result is one line.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def plain(text: str) -> str:
    """``text`` as one log line that is no command, whatever it says. Applying it twice changes nothing more."""
    line = visible(text).replace("##[", "\\x23#[")
    if line.lstrip().startswith("::"):
        line = line.replace("::", "\\x3a:", 1)
    return line


_SHORTEST_LINE = 6


class Commands:
    """Speaks to the runner through ``write``, which gets whole lines, ends included.

    ``debug``: the job runs with debug logging. ``write`` must encode with ``surrogateescape``: a secret that is not
    UTF-8 has to be masked byte for byte.
    """

    def __init__(self, write: Callable[[str], None], *, debug: bool) -> None:
        self._write = write
        self._debug = debug
        self._hides_accounts = False

    def hide_accounts(self) -> None:
        """From now on every AWS account id that a line holds, whoever says it, is masked before that line."""
        self._hides_accounts = True

    def mask(self, value: Secret | str) -> None:
        """Hides ``value``, and each of its lines, in everything that the job prints from now on.

        Each line too, since the runner masks line by line and other runners (act) do not split; but not the short
        ones: a brace of a JSON key would be hidden in every line of the log.
        """
        text = value.reveal() if isinstance(value, Secret) else value
        lines = text.replace("\r", "\n").split("\n")
        long_lines = (line.strip() for line in lines if len(line.strip()) >= _SHORTEST_LINE)
        for hidden in dict.fromkeys([text, *long_lines]):
            # The runner warns about an empty mask.
            if hidden.strip():
                self._write(f"::add-mask::{_data(hidden)}\n")

    def error(self, title: str, *lines: str) -> None:
        """An annotation of the job; each of ``lines`` stays one line."""
        self._annotate("error", title, lines)

    def warning(self, title: str, *lines: str) -> None:
        """An annotation that does not fail the job."""
        self._annotate("warning", title, lines)

    def debug(self, text: str) -> None:
        """One line, where the job runs with debug logging."""
        if self._debug:
            self._hide_accounts_in(text)
            self._write(f"::debug::{_data(visible(text))}\n")

    def info(self, text: str) -> None:
        """One line of the log."""
        self._hide_accounts_in(text)
        self._write(f"{plain(text)}\n")

    def _hide_accounts_in(self, *texts: str) -> None:
        if self._hides_accounts:
            for account in dict.fromkeys(_ACCOUNT.findall("\n".join(texts))):
                self.mask(account)

    def _annotate(self, kind: str, title: str, lines: tuple[str, ...]) -> None:
        self._hide_accounts_in(title, *lines)
        message = "%0A".join(_data(visible(line)) for line in lines)
        self._write(f"::{kind} title={_property(visible(title))}::{message}\n")


def _data(text: str) -> str:
    # The escapes that ActionCommand.cs takes back in a command's data, `%` first.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
