# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis status``: how Atlantis is, and who holds its locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from okta_aws.cli.approval_settings import Given
from okta_aws.cli.atlantis.hand_off import DEBUG, TIMEOUT, URL, Office, run
from okta_aws.cli.manual import Manual, flags
from okta_aws.cli.terminal import Terminal
from okta_aws.secret import Secret

_NOT_WELL = 10
_SHOWN = ("ProjectRepo", "ProjectRepoPath", "Workspace", "PullID", "User", "Time")


@click.command(
    cls=Manual,
    examples=(("Is it well?", "okta-aws atlantis status --atlantis-url https://atlantis.acme.com"),),
    exit_status={
        "0": "it is well, and takes work",
        "8": "this is no Atlantis, or its status cannot be seen from here",
        str(_NOT_WELL): "it is not well, or is shutting down",
    },
)
@flags(URL, TIMEOUT, DEBUG)
@click.pass_context
def status(context: click.Context, /, debug: bool, **values: Any) -> None:  # noqa: ANN401
    """Show Atlantis's health, version, work and locks; no secret is needed.

    Locks are seen where no sign-in stands before /api/locks: else anybody sees who works on what.
    """

    def command(_given: Given, office: Office) -> int:
        condition = office.atlantis(Secret("")).condition()
        well = condition.healthy and not condition.shutting_down
        state = "shutting down" if condition.shutting_down else "well" if well else "not well"
        say = Terminal(debug=debug).say
        say(f"Atlantis {condition.version} is {state}; commands in progress, besides the API's: {condition.operations}")
        for lock in condition.locks or ():
            say(_line(lock))
        if condition.locks is None:
            say("locks: not to be seen from here")
        locks = None if condition.locks is None else [_shown(lock) for lock in condition.locks]
        outputs = {"healthy": str(well).lower(), "version": condition.version}
        office.outputs(outputs, {"operations": condition.operations, "locks": locks})
        return 0 if well else _NOT_WELL

    run(context, values, command, debug=debug)


def _shown(lock: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(lock.get(name, ""))[:300] for name in _SHOWN}


def _line(lock: Mapping[str, Any]) -> str:
    shown = _shown(lock)
    place = f"{shown['ProjectRepo']} {shown['ProjectRepoPath']} ({shown['Workspace']})"
    return f"lock: {place}, pull request {shown['PullID']} of {shown['User']}, since {shown['Time']}"
