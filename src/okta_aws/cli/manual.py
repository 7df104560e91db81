# SPDX-License-Identifier: Apache-2.0
"""Help that reads like a manual page: what it does, options by subject, examples, environment, files, exit status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from okta_aws.settings.options import BY_NAME

OUR_TOML = "~/.config/okta-aws/okta-aws.toml"
SETTINGS_FILE = {OUR_TOML: "Profiles of settings; $XDG_CONFIG_HOME in place of ~/.config where it is set."}
EXIT_STATUS: Mapping[int, str] = {
    0: "done",
    1: "a defect, or whoever read the output left",
    2: "settings, flags or arguments that make no sense",
    3: "no token was to be had",
    4: "the token is one that AWS would not take",
    5: "AWS refused the role",
    6: "the role is in an account that is not allowed",
    7: "the result could not be written",
    9: "a server could not be reached, or made no sense",
    130: "interrupted",
}
_OTHERS = "Settings"

F = TypeVar("F", bound=Callable[..., Any])


def flags(*some: Callable[[F], F]) -> Callable[[F], F]:
    """Several options, in that order."""

    def decorate(command: F) -> F:
        for one in reversed(some):
            command = one(command)
        return command

    return decorate


class Manual(click.Command):
    """A command whose help has these sections, where there is something to say."""

    def __init__(
        self,
        *parts: Any,  # noqa: ANN401 - click's own
        examples: Sequence[tuple[str, str]] = (),
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        exit_status: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - click's own
    ) -> None:
        """``examples``: what each does, and how. ``exit_status``: the statuses that are not those of every command."""
        super().__init__(*parts, **more)
        self._examples = examples
        self._environment = environment or {}
        self._files = files or {}
        self._exit_status = {str(status): meaning for status, meaning in EXIT_STATUS.items()} | dict(exit_status or {})

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options by subject, as the table has them; those of the command alone first."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                groups.setdefault(_subject(parameter), []).append(record)
        for subject in sorted(groups, key=lambda one: one in {*_SUBJECTS}):
            with formatter.section(subject if subject in _SUBJECTS else "Options"):
                formatter.write_dl(groups[subject])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The sections below the options."""
        if self._examples:
            with formatter.section("Examples"):
                formatter.write("\n\n".join(_example(*one) for one in self._examples) + "\n")
        sections = {"Environment": self._environment, "Files": self._files, "Exit status": self._exit_status}
        for name, rows in sections.items():
            if rows:
                with formatter.section(name):
                    formatter.write_dl(list(rows.items()))


_SUBJECTS = tuple(dict.fromkeys(option.group for option in BY_NAME.values()))


def _subject(parameter: click.Parameter) -> str:
    name = (parameter.name or "").replace("_", "-")
    option = BY_NAME.get(name) or BY_NAME.get(name.removesuffix("-file"))
    # A command may have a flag of its own by the name of an option that is the action's alone.
    return option.group if option and not option.action_only else _OTHERS


def _example(what: str, how: str) -> str:
    return f"  # {what}\n" + "\n".join(f"  {line}" for line in how.splitlines())
