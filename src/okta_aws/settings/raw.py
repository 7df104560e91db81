# SPDX-License-Identifier: Apache-2.0
"""What the user wrote, as text, each value with the place it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from okta_aws.settings.options import OPTIONS, Option


@dataclass(frozen=True, slots=True)
class RawValue:
    """One value and its origin ("input", "flag", "environment NAME", "default"). Its text never shows in a ``repr``."""

    text: str = field(repr=False)
    origin: str


RawSettings = Mapping[str, RawValue]


def from_inputs(environ: Mapping[str, str]) -> dict[str, RawValue]:
    """The action's settings: its inputs, else the variables that stand in for them, else the defaults.

    The runner passes each input as ``INPUT_NAME``, an unset one as empty text, which counts as unset.
    """
    raw: dict[str, RawValue] = {}
    for option in OPTIONS:
        # An input that is passed, even empty, has the peer's default there; a variable called AUDIENCE is common.
        is_hidden = option.peer_has_default and option.input_variable in environ
        names = option.environment + (() if is_hidden else option.peer_environment)
        value = _input(option, environ) or _stand_in(names, environ) or _default(option)
        if value is not None:
            raw[option.name] = value
    return raw


def from_flags(
    flags: Mapping[str, str], environ: Mapping[str, str], profile: RawSettings | None = None
) -> dict[str, RawValue]:
    """The command line's settings: flags, else ``OKTA_AWS_*``, else ``profile``, else AWS's own variables, else ours.

    ``profile``: what a settings file says. ``flags``: option name to text, unset ones left out.
    """
    profile = profile or {}
    raw: dict[str, RawValue] = {}
    for option in OPTIONS:
        if option.action_only:
            continue
        value = (
            _flag(option, flags)
            or _variable(option.cli_variable, environ)
            or profile.get(option.name)
            or _stand_in(option.environment, environ)
            or _default(option)
        )
        if value is not None:
            raw[option.name] = value
    return raw


def _input(option: Option, environ: Mapping[str, str]) -> RawValue | None:
    text = environ.get(option.input_variable, "").strip()
    return RawValue(text, "input") if text else None


def _flag(option: Option, flags: Mapping[str, str]) -> RawValue | None:
    text = flags.get(option.name, "").strip()
    return RawValue(text, "flag") if text else None


def _stand_in(names: tuple[str, ...], environ: Mapping[str, str]) -> RawValue | None:
    for name in names:
        value = _variable(name, environ)
        if value is not None:
            return value
    return None


def _variable(name: str, environ: Mapping[str, str]) -> RawValue | None:
    text = environ.get(name, "").strip()
    return RawValue(text, f"environment {name}") if text else None


def _default(option: Option) -> RawValue | None:
    return RawValue(option.default, "default") if option.default else None
