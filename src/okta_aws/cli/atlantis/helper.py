# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis helper``: the process of another user that holds the base identity."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from okta_aws.atlantis.helper_socket import PATH
from okta_aws.cli import okta_groups
from okta_aws.cli.approval_settings import Given
from okta_aws.cli.atlantis.map_option import map_option, read_map
from okta_aws.cli.manual import Manual
from okta_aws.cli.manual import flags as option_flags
from okta_aws.cli.options import raw_settings, table_flags
from okta_aws.cli.terminal import Terminal, real_time, working_context
from okta_aws.secret import Secret
from okta_aws.settings.options import ENDPOINT, NETWORK, OKTA
from okta_aws.settings.raw import RawSettings, RawValue

if TYPE_CHECKING:
    from okta_aws.atlantis.asked import Asked, Granted
    from okta_aws.atlantis.helper_server import Answer
    from okta_aws.atlantis.map import AtlantisMap
    from okta_aws.flows.approval.membership import OktaGroups
    from okta_aws.http.requests_adapter import Route
    from okta_aws.retry import Time
    from okta_aws.runner.context import Context

_ATLANTIS_UID = 100  # of the user `atlantis` in its official image
_OWN = ("github_token_file", "okta_org", "okta_groups_key_file", "okta_groups_key_id")


@click.command(
    cls=Manual,
    examples=(
        (
            "As a user of its own, for Atlantis's user 100",
            (
                "okta-aws atlantis helper --map /etc/okta-aws/atlantis-map.yaml \\\n"
                "  --okta-issuer https://acme.okta.com/oauth2/aus123 --okta-client-id 0oa123 \\\n"
                "  --okta-key-id atlantis-2026 --okta-private-key-file /run/secrets/okta-key"
            ),
        ),
    ),
    environment={
        "AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_SSM": "Other endpoints; else AWS_ENDPOINT_URL.",
        "GITHUB_API_URL": "GitHub Enterprise's API, for verify-approval; unset, that of github.com.",
        okta_groups.KEY: "Private key of the service app that reads groups of Okta.",
    },
    files={PATH: "The socket.", "/etc/okta-aws/atlantis-map.yaml": "The map; read once, at the start."},
    exit_status={"0": "stopped", "8": "it cannot listen there, or the map is no good"},
)
@map_option
@click.option(
    "--socket",
    "path",
    metavar="PATH",
    default=PATH,
    show_default=True,
    envvar="OKTA_AWS_ATLANTIS_SOCKET",
    help="Where to listen, in a folder that this user alone can write. [env: OKTA_AWS_ATLANTIS_SOCKET]",
)
@click.option(
    "--socket-gid",
    type=click.IntRange(0),
    metavar="NUMBER",
    help="Group that may connect; unset, this process's own.",
)
@click.option(
    "--client-uid",
    "clients",
    type=click.IntRange(0),
    metavar="NUMBER",
    multiple=True,
    default=[_ATLANTIS_UID],
    show_default=True,
    help="Atlantis's user; several times for several.",
)
@click.option(
    "--github-token-file",
    metavar="PATH",
    help="File with a token that may read pull requests and members, for verify-approval. [env: OKTA_AWS_GITHUB_TOKEN]",
)
@option_flags(*okta_groups.OPTIONS)
@table_flags(frozenset({OKTA, ENDPOINT, NETWORK}))
@click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret.")
@click.pass_context
def helper(
    context: click.Context,
    /,
    map_path: str,
    path: str,
    socket_gid: int | None,
    clients: tuple[int, ...],
    debug: bool,
    **values: str | None,
) -> None:
    """Give Atlantis's steps the sessions that the map grants, and never the identity that they come from.

    Run it as another user than Atlantis, in another container with the socket in a shared volume, for instance. One
    line of JSON on standard error tells of each request: who asked for what, and what came of it.
    """
    terminal = Terminal(debug=debug)

    def run() -> int:
        from okta_aws.atlantis.helper_server import HelperServer, Place

        own = {name: values.pop(name) for name in _OWN}
        given = Given(own)
        projects = read_map(map_path)
        raw = raw_settings(values, given.environ)
        groups = okta_groups.okta_groups(given, terminal)
        given.check()
        answers = _answers(projects, raw, given, groups(projects.okta), lambda: Terminal(debug=debug))
        server = HelperServer(Place(path, socket_gid), answers, frozenset(clients), _audit())
        try:
            signal.signal(signal.SIGTERM, _stop)  # a container's first process has no default action
            terminal.say(f"listening on {path}: {len(projects.projects)} projects of {map_path}")
            server.serve()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            server.stop()
        return 0

    context.exit(terminal.run(run))


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _answers(
    projects: AtlantisMap, raw: RawSettings, given: Given, groups: OktaGroups, report: Callable[[], Terminal]
) -> Mapping[str, Answer]:
    """What is answered, and how. Raises ``SettingsError`` where no exchange could ever come of it."""
    from okta_aws.flows.atlantis.authorize import Authority
    from okta_aws.flows.atlantis.credentials import Holder, credentials

    time = real_time()
    authority = Authority(projects.rules_of, groups, time.monotonic)

    def permitted(asked: Asked) -> bool:
        command = "plan" if asked.command == "policy_check" else asked.command  # it follows a plan unasked
        return authority.granted(
            command, asked.repository, str(asked.pull), asked.head, asked.directory, asked.user
        )  # fmt: skip

    raw = {**raw, "token-source": RawValue("okta", "the helper")}
    _check(projects, raw)
    token = given.secret("github-token", "OKTA_AWS_GITHUB_TOKEN")
    context = working_context(given.environ)
    approved = None
    if token:
        route = _route(raw, context, time, report)
        approved = _approvals(projects, given.environ, token, groups, route)
    holder = Holder(projects, raw, given.environ, _endpoints(given.environ), context, time, report, permitted, approved)
    return {
        "authorize": authority.authorize,
        "credentials": lambda request, note: credentials(request, note, holder),
    }


def _check(projects: AtlantisMap, raw: RawSettings) -> None:
    """Raises ``SettingsError`` for what would fail at each request."""
    from okta_aws.atlantis.asked import Granted
    from okta_aws.flows.atlantis.credentials import settings_for

    for project in projects.projects:
        for role, duration_s in (project.role_for("plan"), project.role_for("apply")):
            if role is not None:
                settings_for(raw, Granted(project, role, duration_s), "start")


def _endpoints(environment: Mapping[str, str]) -> Mapping[str, str]:
    names = {"secretsmanager": "SECRETS_MANAGER", "ssm": "SSM"}
    everywhere = environment.get("AWS_ENDPOINT_URL", "")
    return {
        service: (environment.get(f"AWS_ENDPOINT_URL_{name}") or everywhere).rstrip("/")
        for service, name in names.items()
    }


def _route(raw: RawSettings, context: Context, time: Time, report: Callable[[], Terminal]) -> Route:
    """The way to GitHub: by the same proxy, and with the same authorities trusted, as to Okta and AWS."""
    from okta_aws.flows.client import Client
    from okta_aws.http.requests_adapter import Route
    from okta_aws.settings.settings import read_for_network

    patience, network = read_for_network(raw)
    client = Client(patience, network, context, time, report().debug)
    return Route(client.proxies, client.tls)


def _approvals(
    projects: AtlantisMap, environment: Mapping[str, str], token: Secret, groups: OktaGroups, route: Route
) -> Callable[[Asked, Granted], str]:
    from okta_aws.flows.approval.membership import membership
    from okta_aws.flows.atlantis.approved import approved
    from okta_aws.github_api import GithubApi

    url = (environment.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/")

    def ask(asked: Asked, _grant: Granted) -> str:
        github = GithubApi(url, asked.repository, token, route)
        try:
            return approved(asked, projects, github, membership(github, groups))
        finally:
            github.close()

    return ask


def _audit() -> Callable[[Mapping[str, Any]], None]:
    lock = threading.Lock()

    def write(note: Mapping[str, Any]) -> None:
        now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with lock:
            # ASCII without line ends: nothing to make visible, which would be no JSON any more.
            click.echo(json.dumps({"time": now, **note}).replace("\x7f", "\\u007f"), err=True)

    return write
