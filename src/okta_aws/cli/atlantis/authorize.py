# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis authorize``: the program that Atlantis asks who may run a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from okta_aws.atlantis.helper_socket import PATH, ask
from okta_aws.cli.atlantis.socket_flags import socket_flags
from okta_aws.cli.manual import Manual
from okta_aws.cli.terminal import Terminal, environ, result
from okta_aws.errors import AtlantisError
from okta_aws.runner.commands import plain

# Atlantis's variables, and what they are called in a request.
_ASKED = {"user": "USER_NAME", "pull": "PULL_NUM", "head": "HEAD_COMMIT", "directory": "REPO_REL_PATH"}
_DOING = "deciding whether a command of Atlantis may run"


@click.command(
    cls=Manual,
    examples=(
        (
            "In repos.yaml, where `okta-aws atlantis init` writes it",
            "team_authz:\n    command: /usr/local/bin/okta-aws\n    args: [atlantis, authorize]",
        ),
    ),
    environment={"USER_NAME, COMMAND_NAME, …": "Who wants what and where, as Atlantis sets them for team_authz."},
    files={PATH: "The helper's socket."},
    exit_status={"0": "decided: the last line is pass or fail", "8": "nothing was decided, which Atlantis takes as no"},
)
@click.argument("command")
@click.argument("repository", metavar="OWNER/NAME")
@click.argument("teams", metavar="[ORG/SLUG]...", nargs=-1)
@socket_flags
@click.pass_context
def authorize(
    context: click.Context,
    /,
    command: str,
    repository: str,
    teams: tuple[str, ...],
    path: str,
    helper_uid: int | None,
    timeout_s: int,
) -> None:
    """Tell Atlantis whether a user may run a command: pass, or the reason and fail.

    The helper decides by its map, by teams of GitHub, which Atlantis hands over, and by groups of Okta. Where it cannot
    be asked, or cannot tell, nobody may.
    """
    terminal = Terminal(debug=False)

    def run() -> int:
        request = asked(command, repository, teams, environ())
        answer = ask(path, request, timeout_s=timeout_s, helper_uid=helper_uid)
        for line in lines(answer):
            result(line)
        return 0

    context.exit(terminal.run(run))


def asked(command: str, repository: str, teams: tuple[str, ...], environment: Mapping[str, str]) -> Mapping[str, Any]:
    """The request of Atlantis's arguments and variables. Raises ``AtlantisError`` where they contradict each other."""
    also = {
        "COMMAND_NAME": command,
        "BASE_REPO_OWNER": repository.partition("/")[0],
        "BASE_REPO_NAME": repository.partition("/")[2],
    }
    for variable, wanted in also.items():
        if environment.get(variable, wanted) != wanted:
            found = f"{variable} {ascii(environment[variable])[:100]}"
            fix = "let Atlantis call this program, as team_authz in repos.yaml"
            raise AtlantisError("atlantis-refused", _DOING, wanted=f"{ascii(wanted)[:100]}", found=found, fix=fix)
    named = {key: environment.get(variable, "") for key, variable in _ASKED.items()}
    request = {"request": "authorize", "command": command, "repository": repository, "teams": list(teams)}
    return {**request, **named, "pull": named["pull"] or "0"}


def lines(answer: Mapping[str, Any]) -> list[str]:
    """What Atlantis reads: ``pass`` as the last line is a yes for it, in any case of letters, and all else a no."""
    if answer.get("allowed") is True:
        return ["pass"]
    reason = " ".join(plain(str(answer.get("reason", "no reason"))).split())
    return [f"refused: {reason[:1000]}", "fail"]
