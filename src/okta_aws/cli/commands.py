# SPDX-License-Identifier: Apache-2.0
"""A group of commands, each imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Commands(click.Group):
    """The commands of a table: name to ``module:attribute``."""

    def __init__(self, *parts: Any, table: Mapping[str, str], **more: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*parts, **more)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Their names, for the help and for completion."""
        return sorted(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, ``None`` where there is none."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
