# SPDX-License-Identifier: Apache-2.0
"""``okta-aws atlantis webhook``: GitHub's webhook of Atlantis, made or mended."""

from __future__ import annotations

import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import click

from okta_aws.cli.approval_settings import Desk, Given, flag
from okta_aws.cli.manual import Manual, flags
from okta_aws.cli.options import raw_settings
from okta_aws.cli.terminal import Terminal, real_time, working_context
from okta_aws.secret import Secret

if TYPE_CHECKING:
    from okta_aws.flows.atlantis.webhook import Store, Wanted
    from okta_aws.flows.client import Client

_TO_DO = 10
_FILE = "file:"
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w-]{0,99}/(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)
# GitHub has to reach it, so no address of this machine; Atlantis listens at /events below its own address.
_URL = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[\w.~-]+)*/events", re.ASCII)
_STORE = re.compile(rf"{_FILE}[^\x00-\x1f\x7f]{{1,4096}}|[\w/+=.@:-]{{1,2048}}", re.ASCII)
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:(?P<region>[a-z0-9-]+):[0-9]{12}:secret:.+", re.ASCII)
_KEY = re.compile(r"[\w.-]{1,200}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")


_EXAMPLE = "--repository acme/infra --url https://atlantis.acme.com/events --secret-store atlantis/webhook"


@click.command(
    cls=Manual,
    examples=(
        ("What would be changed", f"okta-aws atlantis webhook {_EXAMPLE}"),
        ("Change it", "okta-aws atlantis webhook … --execute"),
        (
            "With the secret in a file of Atlantis's flags",
            "okta-aws atlantis webhook … --secret-store file:secrets/atlantis.yaml --secret-key gh-webhook-secret",
        ),
    ),
    environment={
        "GITHUB_API_URL": "Another GitHub: https://HOST/api/v3.",
        "AWS_ACCESS_KEY_ID, …": "AWS credentials, as AWS's own tools find them.",
        "AWS_REGION": "Region of the secret, where its ARN does not tell.",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": "Another endpoint; else AWS_ENDPOINT_URL.",
    },
    exit_status={
        "0": "all is as it should be, or is now",
        "8": "the secret could not be kept",
        "10": "something would be changed, and --execute was not given",
    },
)
@flags(
    flag("repository", "OWNER/NAME", "The repository."),
    flag("organization", "NAME", "In its place: all repositories of an organisation."),
    flag("url", "URL", "Where GitHub reaches Atlantis: https://HOST/events."),
    flag("secret-store", "NAME", "A secret of Secrets Manager by name or ARN, or file:PATH."),
    flag("secret-key", "KEY", "Key of the JSON object (of a file: of the YAML) with it; unset, all of the text is it."),
    click.option("--rotate", is_flag=True, help="Take a new secret, although there is a good one."),
    click.option("--execute", is_flag=True, help="Do it. Else only what would be done is said."),
    click.option(
        "--github-token-file",
        metavar="PATH",
        help="File with a token that may change webhooks, - for stdin. [env: OKTA_AWS_GITHUB_TOKEN, GITHUB_TOKEN]",
    ),
    click.option("--debug", is_flag=True, help="Say on standard error what is asked of whom. Shows no secret."),
)
@click.pass_context
def webhook(context: click.Context, /, debug: bool, rotate: bool, execute: bool, **values: Any) -> None:  # noqa: ANN401
    """Make or mend GitHub's webhook of Atlantis.

    Its events are those that Atlantis handles, its content JSON, the certificate is checked, and a strong secret is in
    the store before GitHub gets it. GitHub shows no secret: one that is stored and strong is taken for the one at
    GitHub, unless --rotate. Where a run is stopped, the next one goes on. Atlantis reads its secret when it starts.
    """
    terminal = Terminal(debug=debug)

    def command() -> int:
        from okta_aws.flows.atlantis import webhook as flow

        desk = _Office(Given(values), values, terminal)
        try:
            wanted = desk.wanted(rotate=rotate)
            token, store = desk.token(), desk.store()
            github = desk.github(token)
            plan = flow.plan(wanted, github, store, lambda: Secret(secrets.token_urlsafe(48)))
            terminal.mask(plan.value)
            for remark in plan.remarks:
                terminal.warning(remark)
            for step in plan.steps:
                click.echo(step)
            if not plan.steps:
                terminal.say("nothing to change")
                return 0
            if not execute:
                terminal.say("nothing was changed: give --execute")
                return _TO_DO
            flow.carry_out(plan, wanted, github, store, terminal.say)
            return 0
        finally:
            desk.close()

    context.exit(terminal.run(command))


class _Office(Desk):
    """Whom the command asks."""

    def __init__(self, given: Given, values: dict[str, Any], terminal: Terminal) -> None:
        super().__init__(given, terminal)
        self._given, self._values, self._terminal = given, values, terminal

    def wanted(self, *, rotate: bool) -> Wanted:
        """The webhook to have. Raises nothing yet: ``github`` does, with all problems."""
        from okta_aws.flows.atlantis.webhook import Wanted

        organization = self._given.text("organization", _OWNER, "the name of an organisation", empty=True)
        repository = self._given.text("repository", _REPOSITORY, "OWNER/NAME", empty=True)
        if bool(organization) == bool(repository):
            self._given.problem("--repository, --organization", "one of them", "both" if repository else "neither")
        # GitHub's API is reached by a repository's name; of an organisation none is asked for.
        self._values["repository"] = repository or f"{organization or 'owner'}/.github"
        place = f"/orgs/{organization}" if organization else f"/repos/{repository}"
        return Wanted(place, self._given.text("url", _URL, "https://HOST/events"), rotate)

    def token(self) -> Secret:
        """GitHub's."""
        token = self._given.secret("github-token", "OKTA_AWS_GITHUB_TOKEN", "GITHUB_TOKEN")
        if not token:
            self._given.problem("GITHUB_TOKEN", "a token that may change webhooks", "nothing")
        return token

    def store(self) -> Store:
        """Where the secret is kept. Raises ``SettingsError`` with every problem."""
        from okta_aws.files import Rules
        from okta_aws.flows.atlantis.secret import ManagedSecret, SecretFile

        name = self._given.text("secret-store", _STORE, "the name or ARN of a secret, or file:PATH")
        key = self._given.text("secret-key", _KEY, "a key", empty=True)
        if name.startswith(_FILE):
            self._given.check()
            self._connected()
            path = os.path.abspath(name.removeprefix(_FILE))
            return SecretFile(path, key, Rules(os.path.dirname(path), owner=None, wait_s=5, sleep=time.sleep))
        return ManagedSecret(self._service(name), name, key)

    def _service(self, name: str) -> Any:  # noqa: ANN401  (a JsonService, imported late)
        from okta_aws.aws.json_service import JsonService
        from okta_aws.aws.secrets_manager import SECRETS_MANAGER
        from okta_aws.sources.ambient import find

        environ, arn = self._given.environ, _ARN.fullmatch(name)
        region = arn["region"] if arn else environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
        if not _REGION.fullmatch(region):
            self._given.problem("AWS_REGION", "a region such as eu-central-1", ascii(region)[:100])
        self._given.check()
        client = self._connected()
        keys = find(environ, working_context(environ), client.persistence.remaining_s("looking for AWS credentials"))
        for secret in keys.secrets:
            self._terminal.mask(secret)
        url = self._endpoint("SECRETS_MANAGER")
        return JsonService(SECRETS_MANAGER, client.http, client.persistence, keys, region, url)

    def _connected(self) -> Client:
        """What sends, and how long all of it may take."""
        from okta_aws.flows.client import Client
        from okta_aws.settings.settings import read_for_network

        environ = self._given.environ
        patience, network = read_for_network(raw_settings({}, environ))
        self._client = Client(patience, network, working_context(environ), real_time(), self._terminal.debug)
        return self._client
