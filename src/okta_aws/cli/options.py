# SPDX-License-Identifier: Apache-2.0
"""Flags from the table of options, and what they are completed with: variables, ``okta-aws.toml``, okta-aws-cli's."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from okta_aws.cli.terminal import standard_input
from okta_aws.errors import Problem, SettingsError
from okta_aws.settings.options import BY_NAME, OPTIONS, Option
from okta_aws.settings.raw import RawValue, from_flags

if TYPE_CHECKING:
    from okta_aws.settings.okta_toml import OktaToml

F = TypeVar("F", bound=Callable[..., Any])

# A file with a key or a token; more than this is something else.
_MAX_SECRET_BYTES = 1 << 16
_PROFILE_VARIABLE = "OKTA_AWS_PROFILE"
_TOKEN_FILE = "web-identity-token-file"


@dataclass(slots=True)
class Gathered:
    """The raw settings of a command, and what they came from.

    ``files``: the fingerprint of each file, taken before it was read. ``from_input``: something came from standard
    input, which cannot be read again. ``is_relative``: a file was named relative to the working directory.
    """

    raw: dict[str, RawValue] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    from_input: bool = False
    is_relative: bool = False

    def note(self, path: str) -> None:
        """Remembers that the settings depend on the file at ``path``, which is not read yet."""
        from okta_aws.store.sessions import fingerprint

        self.is_relative |= not os.path.isabs(path)
        self.files[os.path.abspath(path)] = fingerprint(path)


def table_flags(groups: Collection[str], but: Collection[str] = ()) -> Callable[[F], F]:
    """A decorator that gives a command the flags of ``groups``. A secret gets ``--NAME-file``, never a value flag.

    ``but``: names of options that mean nothing to this command.

    And those that choose a profile of ``okta-aws.toml``, which ``gather`` then takes out again.
    """

    def decorate(command: F) -> F:
        command = _of_the_settings_file(command)
        for option in reversed([one for one in OPTIONS if one.group in groups and not one.action_only]):
            if option.name not in but and not _shares_its_flag(option):
                command = _flag(option)(command)
        return command

    return decorate


def raw_settings(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> dict[str, RawValue]:
    """The raw settings of a command; ``flags`` as click passes them.

    Raises ``SettingsError`` for a file that cannot be read or believed.
    """
    return gather(flags, environ).raw


def gather(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Gathered:
    """``raw_settings`` with what they came from. Raises ``SettingsError`` as that does."""
    given, gathered = dict(flags), Gathered()
    profile = _profile(given.pop("profile", None), given.pop("config", None), environ, gathered)
    texts = _texts(given, gathered)
    gathered.raw = from_flags(texts, environ, profile)
    _complete_from_okta_aws_cli(gathered, texts, environ, profile)
    if _TOKEN_FILE in gathered.raw:
        gathered.note(gathered.raw[_TOKEN_FILE].text)
    return gathered


def _texts(flags: Mapping[str, str | None], gathered: Gathered) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in flags.items():
        if value is None:
            continue
        option_name = name.replace("_", "-")
        if option_name in BY_NAME and not (value == "-" and option_name.endswith("-file")):
            given[option_name] = value
        else:
            option_name = option_name.removesuffix("-file")
            given[option_name] = _secret_text(option_name, value, f"flag --{option_name}-file", gathered)
    return given


def _profile(
    name: str | None, config: str | None, environ: Mapping[str, str], gathered: Gathered
) -> dict[str, RawValue]:
    """The settings of the profile that was chosen, or of [default]; none where there is no settings file."""
    from okta_aws.settings.okta_toml import DEFAULT_PROFILE

    toml = settings_file(config, environ, gathered)
    wanted = name or environ.get(_PROFILE_VARIABLE, "")
    if toml is None or (wanted or DEFAULT_PROFILE) not in toml.profiles:
        if wanted:
            there = f"one of {', '.join(toml.profiles)}" if toml else "an okta-aws.toml that has it"
            origin = "flag" if name else f"environment {_PROFILE_VARIABLE}"
            raise SettingsError([Problem("--profile", origin, there, ascii(wanted))])
        return {}
    settings = toml.settings_of(wanted or DEFAULT_PROFILE)
    if toml.problems:
        raise SettingsError(toml.problems)
    for key in [key for key in settings if key not in BY_NAME]:
        path = settings.pop(key)
        option_name = key.removesuffix("-file")
        text = _secret_text(option_name, path.text, path.origin, gathered)
        if text.strip():
            settings[option_name] = RawValue(text.strip(), path.origin)
    return settings


def settings_file(config: str | None, environ: Mapping[str, str], gathered: Gathered) -> OktaToml | None:
    """The ``OktaToml`` in force, or ``None`` where there is none. Raises ``SettingsError`` for one that is no good."""
    from okta_aws.store.settings_file import VARIABLE, locate, read

    path = locate(config or "", environ)
    if not path:
        return None
    named = config or environ.get(VARIABLE, "")
    gathered.is_relative |= bool(named) and not os.path.isabs(named)
    gathered.note(path)
    text = read(path, is_named=bool(named))
    if text is None:
        return None
    from okta_aws.settings.okta_toml import OktaToml

    toml = OktaToml(text, os.path.dirname(path), environ.get("HOME", "~"))
    if toml.problems:
        raise SettingsError(toml.problems)
    return toml


def _complete_from_okta_aws_cli(
    gathered: Gathered, flags: Mapping[str, str], environ: Mapping[str, str], profile: Mapping[str, RawValue]
) -> None:
    """Adds what okta-aws-cli's variables say, where they are those of a machine, below all but AWS's variables."""
    from okta_aws.settings.okta_aws_cli import KEY_FILE, default_region, from_okta_aws_cli, is_set_up

    if not is_set_up(environ):
        return
    ours = {name: value for name, value in gathered.raw.items() if value.origin != "default"}
    theirs = from_okta_aws_cli(environ, ours)
    if theirs and "okta-private-key" not in {*theirs, *ours}:
        text = _secret_text("okta-private-key", environ[KEY_FILE], f"environment {KEY_FILE}", gathered)
        theirs["okta-private-key"] = RawValue(text.strip(), f"environment {KEY_FILE}")
    gathered.raw = from_flags(flags, environ, {**theirs, **profile})
    if theirs:
        gathered.raw.setdefault("aws-region", default_region())


def _of_the_settings_file(command: F) -> F:
    name = "Profile of okta-aws.toml to take settings from; [default] unless set. [env: OKTA_AWS_PROFILE]"
    path = "Another okta-aws.toml than that of your config folder. [env: OKTA_AWS_CONFIG]"
    command = click.option("--config", metavar="PATH", help=path)(command)
    return click.option("--profile", metavar="NAME", help=name)(command)


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


def _secret_text(name: str, path: str, origin: str, gathered: Gathered) -> str:
    try:
        if path == "-":
            gathered.from_input = True
            data = standard_input(_MAX_SECRET_BYTES + 1)
        else:
            gathered.note(path)
            with open(path, "rb") as file:
                data = file.read(_MAX_SECRET_BYTES + 1)
        if len(data) > _MAX_SECRET_BYTES:
            raise SettingsError([Problem(name, origin, f"at most {_MAX_SECRET_BYTES} bytes", "more")])
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        found = (cause.strerror or str(cause)) if isinstance(cause, OSError) else "bytes that are no UTF-8"
        raise SettingsError([Problem(name, origin, "a readable file", found)]) from None
