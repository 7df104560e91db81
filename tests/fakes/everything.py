# SPDX-License-Identifier: Apache-2.0
"""Okta, GitHub and AWS together, any of which can be spoiled, and a step that hands over in every place there is."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fakes import faults
from fakes.faults import Fault
from fakes.job import Job, Step, asked, github_role, okta_role
from fakes.leaks import files_below
from fakes.quick import QuickJob
from fakes.world import Account
from okta_aws.demo.emulator import REGION, Emulator
from okta_aws.demo.github import GithubIssuer
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront
from okta_aws.demo.web import Request, StandIn

Place = Literal["discovery", "okta", "github", "sts"]
PLACES: tuple[Place, ...] = ("discovery", "okta", "github", "sts")
APP = "0oaPIPELINE"
_EVERYWHERE = {"aws-profile": "deploy", "output-env-credentials": "true", "output-credentials": "true"}


@dataclass(frozen=True)
class Servers:
    """All servers, and the inputs that lead through them: by Okta, by GitHub."""

    aws: StsFront
    okta: OktaIssuer
    github: GithubIssuer
    by_okta: Mapping[str, str]
    by_github: Mapping[str, str]

    def at(self, place: Place) -> StandIn:
        """The server of a place."""
        return {"discovery": self.okta, "okta": self.okta, "github": self.github, "sts": self.aws}[place]

    def forget(self) -> None:
        """As if nothing had been asked, and nothing spoiled."""
        for server in (self.aws, self.okta, self.github):
            server.requests, server.faults = [], []


@contextlib.contextmanager
def all_servers(emulator: Emulator) -> Iterator[Servers]:
    """They run until the end; roles for Okta's app and for GitHub's job are there."""
    with StsFront(emulator) as aws, OktaIssuer() as okta, GithubIssuer() as github:
        account = Account.new(aws, emulator)
        secret = secrets.token_urlsafe(24)
        okta.clients[APP] = Client(APP, secret=secret)
        app = {"okta-issuer": okta.issuer, "okta-client-id": APP, "okta-client-secret": secret}
        by_okta = {"role-to-assume": okta_role(account, okta, APP), **app}
        by_github = {"role-to-assume": github_role(account, github, name="of-github")}
        yield Servers(aws, okta, github, by_okta, by_github)


@dataclass(frozen=True)
class World:
    """The servers and one job."""

    servers: Servers
    job: Job

    @classmethod
    def new(cls, servers: Servers, folder: Path, *, quick: bool) -> World:
        """A job that was never run, and servers that were never asked. ``quick``: in this process, without waiting."""
        servers.forget()
        kind = QuickJob if quick else Job
        inputs = {"aws-region": REGION, "sts-endpoint": servers.aws.url}
        return cls(servers, kind(folder, inputs, {"AWS_EC2_METADATA_DISABLED": "true"}))

    @property
    def slept(self) -> list[float]:
        """The waits of the last step of a quick job."""
        assert isinstance(self.job, QuickJob)
        return self.job.slept

    def spoil(self, place: Place, fault: Fault) -> None:
        """Lets ``fault`` strike at a place."""
        if place in ("discovery", "okta"):
            fault = fault.at(faults.metadata if place == "discovery" else faults.not_metadata)
        self.servers.at(place).faults.append(fault)

    def step(self, place: Place, **more: str) -> Step:
        """Through Okta for a fault of Okta's, else through GitHub. ``more``: inputs."""
        by_okta = place in ("discovery", "okta")
        inputs = self.servers.by_okta if by_okta else self.servers.by_github
        environ = {} if by_okta else self.servers.github.environment()
        more = {name.replace("_", "-"): text for name, text in more.items()}
        return self.job.step({**inputs, **_EVERYWHERE, **more}, **environ)

    def requests(self, place: Place) -> list[Request]:
        """What the action asked there."""
        concerns = {"discovery": faults.metadata, "okta": faults.not_metadata}.get(place, lambda _: True)
        return [request for request in asked(self.servers.at(place)) if concerns(request)]

    def tokens(self) -> list[str]:
        """The tokens that AWS was shown, a request each."""
        return [request.form()["WebIdentityToken"] for request in self.requests("sts")]

    def assert_complete(self, step: Step) -> None:
        """That the credentials are in all places, and the same in each."""
        assert step.status == 0, step.log()
        profile = (self.job.home / ".aws/credentials").read_text()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            value = step.variables[name]
            assert value
            assert step.outputs[name.lower().replace("_", "-")] == value
            assert f"{name.lower()} = {value}\n" in profile

    def assert_nothing(self, step: Step, status: int, code: str) -> None:
        """That it was refused with ``code``, and nothing is anywhere."""
        step.assert_refused(status, code)
        assert files_below(self.job.home) == {}
