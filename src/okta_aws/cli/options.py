# SPDX-License-Identifier: Apache-2.0
"""Flags from the table of options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from okta_aws.cli.terminal import standard_input
from okta_aws.errors import Problem, SettingsError
from okta_aws.settings.options import BY_NAME, OPTIONS, Option
from okta_aws.settings.raw import RawValue, from_flags

F = TypeVar("F", bound=Callable[..., Any])

# A file with a key or a token; more than this is something else.
_MAX_SECRET_BYTES = 1 << 16


def table_flags(groups: Collection[str]) -> Callable[[F], F]:
    """A decorator that gives a command the flags of ``groups``. A secret gets ``--NAME-file``, never a value flag."""

    def decorate(command: F) -> F:
        for option in reversed([one for one in OPTIONS if one.group in groups and not one.action_only]):
            if not _shares_its_flag(option):
                command = _flag(option)(command)
        return command

    return decorate


def raw_settings(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> dict[str, RawValue]:
    """The raw settings of a command; ``flags`` as click passes them.

    Raises ``SettingsError`` for a file that cannot be read.
    """
    given: dict[str, str] = {}
    for name, value in flags.items():
        if value is None:
            continue
        option_name = name.replace("_", "-")
        if option_name in BY_NAME and not (value == "-" and option_name.endswith("-file")):
            given[option_name] = value
        else:
            option_name = option_name.removesuffix("-file")
            given[option_name] = _secret_text(option_name, value)
    return from_flags(given, environ)


def _flag(option: Option) -> Callable[[F], F]:
    variable = f"[env: {option.cli_variable}]"
    if option.secret:
        text = f"File with this secret, - for standard input. {option.help} {variable}"
        return click.option(f"--{option.name}-file", f"{option.name.replace('-', '_')}_file", metavar="PATH", help=text)
    metavar = "|".join(option.choices) or option.kind.name
    return click.option(
        f"--{option.name}", option.name.replace("-", "_"), metavar=metavar, help=f"{option.help} {variable}"
    )


def _shares_its_flag(option: Option) -> bool:
    # --web-identity-token-file would be the flag of two options; it is the file's, and with - the value's.
    return option.secret and f"{option.name}-file" in BY_NAME


def _secret_text(name: str, path: str) -> str:
    try:
        if path == "-":
            data = standard_input(_MAX_SECRET_BYTES + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(_MAX_SECRET_BYTES + 1)
        if len(data) > _MAX_SECRET_BYTES:
            raise SettingsError([Problem(name, "flag", f"at most {_MAX_SECRET_BYTES} bytes", "more")])
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        found = (cause.strerror or str(cause)) if isinstance(cause, OSError) else "bytes that are no UTF-8"
        raise SettingsError([Problem(name, f"flag --{name}-file", "a readable file", found)]) from None
