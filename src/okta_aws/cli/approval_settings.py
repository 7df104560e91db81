# SPDX-License-Identifier: Apache-2.0
"""What the commands of ``okta-aws approval`` are given: flags, variables of the same names, those of the job."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from okta_aws.cli.options import raw_settings
from okta_aws.cli.terminal import Terminal, environ, real_time, standard_input, working_context
from okta_aws.errors import NotApproved, Problem, SettingsError
from okta_aws.runner.files import append, entry
from okta_aws.secret import Secret
from okta_aws.settings.scalars import is_loopback

if TYPE_CHECKING:
    from okta_aws.flows.approval.parties import Parties, Place, Storage
    from okta_aws.flows.client import Client
    from okta_aws.github_api import GithubApi

F = TypeVar("F", bound=Callable[..., Any])

# A seal installs providers and shows a plan between its requests; the time of one exchange is too short for that.
TOTAL_S = 1800
BOT = "github-actions[bot]"
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
KEY = re.compile(r"[^\x00-\x1f\x7f/][^\x00-\x1f\x7f]{0,1023}")
VERSION = re.compile(r"[\w.~+/=-]{1,1024}", re.ASCII)
DIRECTORY = re.compile(r"(?!.*(^|/)\.\.(/|$))[\w.@+=,-]+(/[\w.@+=,-]+)*/?", re.ASCII)
NAME = re.compile(r"[\w.@+-]{1,255}", re.ASCII)
ENVIRONMENT = re.compile(r"[^\x00-\x1f\x7f`'\",;\\]{1,255}")
REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)
BRANCH = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]{1,250}")
NUMBER = re.compile(r"[1-9][0-9]{0,14}")
RUN = re.compile(r"[0-9]{1,20}")
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}[a-z0-9-]{0,60}[0-9]")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy")
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def flag(name: str, metavar: str, text: str, default: str | None = None, *more: str) -> Callable[[F], F]:
    """An option of that name, its variable, and ``more`` variables after that."""
    variables = [f"OKTA_AWS_{name.replace('-', '_').upper()}", *more]
    shown = f"{text} [env: {', '.join(variables)}]"
    return click.option(
        f"--{name}", metavar=metavar, envvar=variables, default=default, show_default=bool(default), help=shown
    )


PLACE = (
    flag("directory", "PATH", "Folder of the root module in the repository.", "."),
    flag("workspace", "NAME", "Workspace.", "default"),
    flag("environment", "NAME", "Environment of the job that applies."),
)
PLAN_BUCKET = flag("plan-bucket", "NAME", "Bucket of the plans.")
STORAGE = (
    PLAN_BUCKET,
    flag("state-bucket", "NAME", "Bucket of the state."),
    flag("state-key", "KEY", "The S3 backend's `key`."),
    flag("workspace-key-prefix", "TEXT", "The S3 backend's `workspace_key_prefix`.", "env:"),
    flag("kms-key", "ARN", "The key that signs: its ARN, no alias."),
    flag("base-branch", "NAME", "Branch whose lock file and map count; unset, the repository's default branch."),
)
PULL_REQUEST = flag("pull-request", "NUMBER", "The pull request.")
REPOSITORY_FLAG = flag("repository", "OWNER/NAME", "The repository.", None, "GITHUB_REPOSITORY")
JOB = (
    REPOSITORY_FLAG,
    flag("comment-author", "LOGIN", "Who writes our comments: the owner of the job's token.", BOT),
    click.option(
        "--github-token-file",
        metavar="PATH",
        help="File with the job's token, - for standard input. [env: OKTA_AWS_GITHUB_TOKEN, GITHUB_TOKEN]",
    ),
)
ENVIRONMENT_TEXTS = {
    "GITHUB_API_URL, GITHUB_RUN_ID, …": "The job, as the runner sets them; outputs go to GITHUB_OUTPUT.",
    "AWS_ACCESS_KEY_ID, …": "AWS credentials, as AWS's own tools find them.",
    "AWS_REGION": "Region of the buckets.",
    "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_KMS": "Other endpoints; else AWS_ENDPOINT_URL.",
}


class Given:
    """The values of one call; each is checked when it is asked for, and all problems come together."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.environ = environ()
        self._problems: list[Problem] = []

    def text(self, name: str, shape: re.Pattern[str], wanted: str, *, empty: bool = False) -> str:
        """The value of ``--name``, if it has that shape; ``empty``: or none."""
        value = str(self._values.get(name.replace("-", "_")) or "").strip()
        if not shape.fullmatch(value) and not (empty and not value):
            found = ascii(value)[:100] if value else "nothing"
            self._problems.append(Problem(f"--{name}", "flag or variable", wanted, found))
        return value

    def problem(self, name: str, wanted: str, found: str) -> None:
        """One more."""
        self._problems.append(Problem(name, "flag or variable", wanted, found))

    def check(self) -> None:
        """Raises ``SettingsError`` where there were problems."""
        if self._problems:
            raise SettingsError(self._problems)

    def secret(self, name: str, *variables: str) -> Secret:
        """A secret from its file or its variables; empty where there is none."""
        path = self._values.get(f"{name.replace('-', '_')}_file")
        text = _read(path, f"--{name}-file").decode("utf-8", "replace") if path else ""
        return Secret(
            text.strip() or next((self.environ[one].strip() for one in variables if self.environ.get(one)), "")
        )

    def place(self) -> Place:
        """Directory, workspace and environment."""
        from okta_aws.approval.rules import normal
        from okta_aws.flows.approval.parties import Place

        return Place(
            normal(self.text("directory", DIRECTORY, "a folder of the repository")),
            self.text("workspace", NAME, "the name of a workspace"),
            self.text("environment", ENVIRONMENT, "the environment of the job that applies"),
        )

    def storage(self) -> Storage:
        """Buckets, state and key."""
        from okta_aws.approval.backend import state_object
        from okta_aws.aws.kms import KEY_ARN
        from okta_aws.flows.approval.parties import Storage

        prefix = self.text("workspace-key-prefix", NAME_OF_PREFIX, "a prefix without slashes at its ends")
        key = self.text("state-key", KEY, "the key of the state")
        return Storage(
            self.region(),
            self.text("plan-bucket", BUCKET, "the name of a bucket"),
            self.text("state-bucket", BUCKET, "the name of a bucket"),
            state_object(key, str(self._values.get("workspace")), prefix),
            self.text("kms-key", KEY_ARN, "arn:aws:kms:REGION:ACCOUNT:key/ID"),
            self.text("base-branch", BRANCH, "the name of a branch", empty=True),
        )

    def region(self) -> str:
        """Of the buckets, as the job names it."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION", "")

    def number(self) -> int:
        """The pull request's."""
        return int("0" + self.text("pull-request", NUMBER, "the number of a pull request"))

    def run(self) -> str:
        """Of the workflow: ID-ATTEMPT."""
        run = [self.environ.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT")]
        if not all(RUN.fullmatch(one) for one in run):
            self.problem("GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT", "numbers, as a job has them", "something else")
        return "-".join(run)


NAME_OF_PREFIX = re.compile(r"[^\x00-\x1f\x7f/]([^\x00-\x1f\x7f]{0,200}[^\x00-\x1f\x7f/])?")


class Desk:
    """Whom the commands ask, made from the job's surroundings."""

    def __init__(self, given: Given, terminal: Terminal) -> None:
        self._given, self._terminal = given, terminal
        self._environ = given.environ
        self._client: Client | None = None
        self._githubs: list[GithubApi] = []

    def parties(self) -> Parties:
        """All of them. Raises ``SettingsError`` with every problem of ``given`` too."""
        from okta_aws.aws.kms import Kms
        from okta_aws.flows.approval.parties import Parties

        run, bot = self._given.run(), self._given.text("comment-author", LOGIN, "a login of GitHub")
        token = self._given.secret("github-token", "OKTA_AWS_GITHUB_TOKEN", "GITHUB_TOKEN")
        if not token:
            self._given.problem("GITHUB_TOKEN", "the job's token", "nothing")
        s3, github = self.s3(), self.github(token)
        assert self._client is not None  # noqa: S101  (s3 made it)
        kms = Kms(self._client.http, self._client.persistence, self._keys, self._endpoint("KMS"))
        return Parties(github, s3, kms, self._client.time.clock, run, bot)

    def github(self, token: Secret) -> GithubApi:
        """GitHub with a token, by the way that AWS is reached too: ``s3`` comes before it."""
        from okta_aws.github_api import GithubApi
        from okta_aws.http.requests_adapter import Route

        url = self._environ.get("GITHUB_API_URL") or "https://api.github.com"
        if not url.startswith("https://") and not is_loopback(url.removeprefix("http://").partition(":")[0]):
            self._given.problem("GITHUB_API_URL", "an https:// address", ascii(url)[:100])
        repository = self._given.text("repository", REPOSITORY, "OWNER/NAME")
        self._given.check()
        self._terminal.mask(token)
        assert self._client is not None  # noqa: S101  (s3 made it)
        route = Route(self._client.proxies, self._client.tls)
        self._githubs.append(GithubApi(url.rstrip("/"), repository, token, route))
        return self._githubs[-1]

    def s3(self) -> Any:  # noqa: ANN401  (an S3, imported late)
        """S3 in the job's region. Raises ``SettingsError`` as ``parties`` does."""
        from okta_aws.aws.s3 import S3
        from okta_aws.flows.client import Client
        from okta_aws.settings.settings import read_for_network
        from okta_aws.sources.ambient import find

        region = self._given.region()
        if not _REGION.fullmatch(region):
            self._given.problem("AWS_REGION", "a region such as eu-central-1", ascii(region)[:100])
        self._given.check()
        patience, network = read_for_network(raw_settings({}, self._environ))
        patience = replace(patience, total_s=max(TOTAL_S, patience.total_s))
        context = working_context(self._environ)
        self._client = Client(patience, network, context, real_time(), self._terminal.debug)
        persistence = self._client.persistence
        self._keys = find(self._environ, context, persistence.remaining_s("looking for AWS credentials"))
        for secret in self._keys.secrets:
            self._terminal.mask(secret)
        return S3(self._client.http, persistence, self._keys, region, self._endpoint("S3"))

    def close(self) -> None:
        """Closes what was opened."""
        if self._client is not None:
            self._client.close()
        for github in self._githubs:
            github.close()

    def outputs(self, values: Mapping[str, str], more: Mapping[str, object] = MappingProxyType({})) -> None:
        """Where a job's later steps, and programs, read them. ``more``: for programs alone; may be foreign text."""
        import json

        if path := self._environ.get("GITHUB_OUTPUT"):
            append(path, [entry(name, value) for name, value in values.items()])
        # The runner takes ##[ anywhere in a line for a command of its own.
        click.echo(json.dumps({**values, **more}).replace("##[", "##\\u005b"))

    def summary(self, markdown: str) -> None:
        """On the job's page."""
        if path := self._environ.get("GITHUB_STEP_SUMMARY"):
            append(path, [markdown + "\n"])

    def _endpoint(self, service: str) -> str:
        names = (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL")
        return next((self._environ[name].rstrip("/") for name in names if self._environ.get(name)), "")


def refusal_page(refusal: NotApproved) -> str:
    """Why something was refused, for the job's page."""
    from okta_aws.runner.summary import Summary

    page = Summary()
    page.heading(f"{refusal.title}: {refusal.doing}")
    page.bullets(refusal.reasons)
    page.bullets(refusal.fix)
    return page.markdown()


def provider_surroundings(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that installing providers needs: proxies and authorities."""
    return {name: environment[name] for name in (*_PROXIES, *_AUTHORITIES) if environment.get(name)}


def read_file(path: str, option: str, limit: int) -> bytes:
    """A file, or standard input. Raises ``SettingsError``."""
    data = _read(path, option, limit)
    if len(data) > limit:
        raise SettingsError([Problem(option, "flag", f"at most {limit >> 20} MiB", "more")])
    return data


def nothing_there(given: Given, name: str, path: str) -> None:
    """A problem where there is something at ``path`` already, or no path."""
    if not path or os.path.lexists(path):
        given.problem(f"--{name}", "a path where nothing is yet", ascii(path)[:100] if path else "nothing")


def _read(path: str, option: str, limit: int = 1 << 16) -> bytes:
    try:
        if path == "-":
            return standard_input(limit + 1)
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except OSError as cause:
        found = cause.strerror or type(cause).__name__
        raise SettingsError([Problem(option, "flag", "a readable file", found)]) from None
