# SPDX-License-Identifier: Apache-2.0
"""``okta-aws credential-process``: what AWS's tools call by themselves, from the cache where it can be."""

from __future__ import annotations

import os
import sys

import click

from okta_aws.cli.manual import SETTINGS_FILE, Manual
from okta_aws.cli.options import Gathered, gather, table_flags
from okta_aws.cli.session import GROUPS
from okta_aws.cli.terminal import Terminal, environ, real_time, result, stop_if_inside_itself, working_context
from okta_aws.exporters.process import credential_process_json
from okta_aws.flows.cached_session import Place, cached_session
from okta_aws.flows.exchange import Exchanged, run
from okta_aws.settings.settings import read
from okta_aws.store import sessions
from okta_aws.store.tokens import login_folder

_EXAMPLES = (
    (
        "In ~/.aws/config, where `okta-aws configure` writes it",
        "[profile deploy]\ncredential_process = okta-aws credential-process --profile deploy\nregion = eu-central-1",
    ),
    ("Once, past the cache", "okta-aws credential-process --profile deploy --no-cache"),
)


@click.command(
    sessions.COMMAND,
    cls=Manual,
    examples=_EXAMPLES,
    files={
        **SETTINGS_FILE,
        "~/.cache/okta-aws/sessions/": "Kept sessions; $XDG_CACHE_HOME in place of ~/.cache where it is set.",
    },
)
@table_flags(GROUPS)
@click.option("--no-cache", is_flag=True, help="Neither look for a kept session, nor keep the new one.")
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def credential_process(context: click.Context, /, no_cache: bool, debug: bool, **flags: str | None) -> None:
    """Print the credentials of a role as AWS's tools read them, and keep them until shortly before they end.

    A session is kept per command line and environment, in a file that only you can read, and given out until five
    minutes before its end; processes that start together wait for one exchange. Sessions that begin with AWS
    credentials are not kept, nor is one whose secret came from standard input.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        environment = environ()
        path = "" if no_cache else sessions.path_of(sys.argv[1:], environment)
        stop_if_inside_itself(environment)
        gathered = gather(flags, environment)
        settings = read(gathered.raw)
        time = real_time()

        def ask() -> Exchanged:
            return run(settings, environment, working_context(environment), time, terminal)

        if settings.source.name == "device":
            gathered.note(login_folder(environment, sys.platform))  # a session ends with the sign-in that it came from
        if path and not gathered.from_input:
            place = _place(path, gathered, sessions.root_of(environment))
            result(cached_session(place, ask, settings.session.duration_s, time, terminal.warning))
            return 0
        if not path and not no_cache:
            terminal.warning("nothing is kept", "there is no folder for caches: set HOME, or say --no-cache")
        result(credential_process_json(ask().credentials))
        return 0

    context.exit(terminal.run(command))


def _place(path: str, gathered: Gathered, root: str) -> Place:
    return Place(path, root, gathered.files, os.getcwd() if gathered.is_relative else "")
