# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis credentials``: the first step of each command of Atlantis's workflow."""

from __future__ import annotations

from collections.abc import Mapping

import click

from okta_aws.atlantis.helper_socket import PATH, ask
from okta_aws.atlantis.multienv import line_of
from okta_aws.cli.atlantis.socket_flags import socket_flags
from okta_aws.cli.manual import Manual
from okta_aws.cli.terminal import Terminal, environ, result
from okta_aws.errors import AtlantisError

# Atlantis's variables, and what they are called in a request.
_ASKED = {
    "directory": "REPO_REL_DIR",
    "workspace": "WORKSPACE",
    "project": "PROJECT_NAME",
    "pull": "PULL_NUM",
    "user": "USER_NAME",
    "head": "HEAD_COMMIT",
}
# What AWS's SDKs would look at besides the session: no profile, no role of a container or an instance, no token file.
# The provider's `profile` and `shared_config_files` find nothing then but what the pull request itself brings along.
ALONE: Mapping[str, str] = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PROFILE": "",
    "AWS_DEFAULT_PROFILE": "",
    "AWS_ROLE_ARN": "",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
}


@click.command(
    cls=Manual,
    examples=(
        (
            "In repos.yaml, where `okta-aws atlantis init` writes it",
            "- multienv:\n    command: /usr/local/bin/okta-aws atlantis credentials plan\n    output: hide",
        ),
    ),
    environment={
        "BASE_REPO_OWNER, BASE_REPO_NAME, …": "The project and the pull request, as Atlantis sets them for its steps."
    },
    files={PATH: "The helper's socket."},
    exit_status={"8": "the helper or the map refused: the message says why"},
)
@click.argument("command", type=click.Choice(["plan", "apply", "import", "state_rm", "policy_check"]))
@socket_flags
@click.pass_context
def credentials(context: click.Context, /, command: str, path: str, helper_uid: int | None, timeout_s: int) -> None:
    """Print the project's role session and variables as one line for Atlantis's `multienv` step.

    The helper decides by its map; nothing of the pull request counts. Nothing is printed but that line: what Atlantis
    cannot parse it would show in the pull request.
    """
    terminal = Terminal(debug=False)

    def run() -> int:
        answer = ask(path, asked(command, environ()), timeout_s=timeout_s, helper_uid=helper_uid)
        result(line_of({**_variables(answer), **ALONE}))
        return 0

    context.exit(terminal.run(run))


def asked(command: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The request that Atlantis's variables in ``environment`` make, as they are."""
    repository = f"{environment.get('BASE_REPO_OWNER', '')}/{environment.get('BASE_REPO_NAME', '')}"
    named = {key: environment.get(variable, "") for key, variable in _ASKED.items()}
    return {"request": "credentials", "command": command, "repository": repository, **named}


def _variables(answer: Mapping[str, object]) -> Mapping[str, str]:
    found = answer.get("variables")
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        doing, fix = "asking the credentials helper", "let helper and step have the same version"
        raise AtlantisError("atlantis-helper", doing, wanted="variables", found="something else", fix=fix)
    return found
