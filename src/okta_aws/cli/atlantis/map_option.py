# SPDX-License-Identifier: Apache-2.0
"""The map's file, as the commands are given it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from okta_aws.approval.map_file import MAX_CHARACTERS
from okta_aws.atlantis.map import PATH, AtlantisMap, read
from okta_aws.errors import AtlantisError
from okta_aws.files import read_small

F = TypeVar("F", bound=Callable[..., Any])


def map_option(command: F) -> F:
    """Gives a command ``--map``, as ``map_path``."""
    return click.option(
        "--map",
        "map_path",
        metavar="PATH",
        default=PATH,
        show_default=True,
        envvar="OKTA_AWS_ATLANTIS_MAP",
        help="The map of Atlantis's projects. [env: OKTA_AWS_ATLANTIS_MAP]",
    )(command)


def read_map(path: str) -> AtlantisMap:
    """The map at ``path``. Raises ``AtlantisError`` (atlantis-map)."""
    return read(map_text(path))


def map_text(path: str) -> str:
    """The text of the map at ``path``, which may be no link. Raises ``AtlantisError`` (atlantis-map)."""
    doing, fix = f"reading the map {path}", "give --map the path of the file itself, readable for this user"
    try:
        return read_small(path, 4 * MAX_CHARACTERS).decode("utf-8")
    except OSError as cause:
        found = (cause.strerror or "an error").lower()
    except UnicodeDecodeError:
        found = "bytes that are no UTF-8"
    raise AtlantisError("atlantis-map", doing, wanted="a file of UTF-8 text", found=found, fix=fix)
