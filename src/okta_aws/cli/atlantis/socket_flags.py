# SPDX-License-Identifier: Apache-2.0
"""The helper's socket, as the commands that ask it are told of it."""

from __future__ import annotations

import click

from okta_aws.atlantis.helper_socket import PATH
from okta_aws.cli.manual import flags

socket_flags = flags(
    click.option(
        "--socket",
        "path",
        metavar="PATH",
        default=PATH,
        show_default=True,
        envvar="OKTA_AWS_ATLANTIS_SOCKET",
        help="The helper's socket. [env: OKTA_AWS_ATLANTIS_SOCKET]",
    ),
    click.option(
        "--helper-uid",
        type=click.IntRange(0),
        envvar="OKTA_AWS_ATLANTIS_HELPER_UID",
        metavar="NUMBER",
        help="The user that the helper must be; unset, any but the own one. [env: OKTA_AWS_ATLANTIS_HELPER_UID]",
    ),
    click.option(
        "--timeout-s", type=click.IntRange(1, 600), default=60, show_default=True, help="Seconds for all of it."
    ),
)
"""Gives a command ``--socket`` as ``path``, ``--helper-uid`` and ``--timeout-s``."""
