# SPDX-License-Identifier: Apache-2.0
"""A credentials helper as a real process, with Okta and AWS behind it, and Atlantis's steps before it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fakes.command import PROGRAM, Outcome, environment, okta_aws
from fakes.multienv import Reader
from fakes.world import Account, trust
from okta_aws.atlantis.helper_socket import ask
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.signing import SigningKey
from okta_aws.errors import AtlantisError

CLIENT = "0oaATLANTIS"
HEAD = "a" * 40
STEP = {
    "BASE_REPO_OWNER": "acme",
    "BASE_REPO_NAME": "infra",
    "REPO_REL_DIR": "stacks/network",
    "WORKSPACE": "default",
    "PROJECT_NAME": "",
    "PULL_NUM": "12",
    "USER_NAME": "octocat",
    "HEAD_COMMIT": HEAD,
}
MAP = """\
version: 1
projects:
  - repository: github.com/acme/infra
    directory: stacks/network
    plan-role: {plan}
    apply-role: {apply}
    apply-duration-seconds: 7200
    region: {region}
{more}    plan: {{users: [octocat]}}
    apply: {{users: [octocat, {approver}]}}
"""


@dataclass
class Beside:
    """What stands beside Atlantis. ``log``: what the helper said so far is in there."""

    folder: Path
    account: Account
    issuer: OktaIssuer
    key: SigningKey
    roles: Mapping[str, str]
    environ: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)

    @classmethod
    def new(cls, folder: Path, account: Account, issuer: OktaIssuer, more: str = "") -> Beside:
        """An app with a key, two roles that trust it, and a map with ``more`` below its project."""
        key = SigningKey.new(kid="atlantis")
        issuer.clients[CLIENT] = Client(CLIENT, jwks=[key.public_jwk()])
        trusted = trust(account.provider(issuer.issuer, [issuer.audience]), sub=CLIENT, aud=issuer.audience)
        roles = {name: account.role(trusted, name, 7200) for name in ("plan", "apply")}
        folder.mkdir(parents=True, exist_ok=True)
        beside = cls(folder, account, issuer, key, roles)
        (folder / "okta.pem").write_text(key.pem())
        beside.map(more)
        return beside

    @property
    def socket(self) -> Path:
        return self.folder / "helper.sock"

    @property
    def log(self) -> Path:
        return self.folder / "helper.log"

    def map(self, more: str, approver: str = "admin") -> None:
        """Writes the map, with ``more`` from its line 9 on."""
        roles = {"plan": self.roles["plan"], "apply": self.roles["apply"]}
        text = MAP.format(**roles, region=REGION, more=more, approver=approver)
        (self.folder / "map.yaml").write_text(text)

    def command(self) -> list[str]:
        """How the helper is started: one that answers this user."""
        return [
            *(str(PROGRAM), "atlantis", "helper", "--map", str(self.folder / "map.yaml"), "--socket", str(self.socket)),
            *("--client-uid", str(os.geteuid()), "--okta-issuer", self.issuer.issuer, "--okta-client-id", CLIENT),
            *("--okta-key-id", self.key.kid, "--okta-private-key-file", str(self.folder / "okta.pem")),
            *("--sts-endpoint", self.account.front.url, *self.options),
        ]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The helper, from when it listens until it was told to stop."""
        environ = environment({"AWS_ENDPOINT_URL": self.account.front.url, **self.environ})
        with self.log.open("wb") as log, subprocess.Popen(self.command(), env=environ, stderr=log) as process:
            try:
                self.wait_for("listening on", process)
                yield process
            finally:
                process.terminate()
                process.wait(20)

    def wait_for(self, words: str, process: subprocess.Popen[bytes]) -> None:
        """Until the helper has said so."""
        until = time.monotonic() + 20
        while words not in self.log.read_text():
            assert process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)

    def audit(self, count: int) -> list[dict[str, Any]]:
        """The helper's lines about credentials, once there are so many."""
        until = time.monotonic() + 10
        lines: list[dict[str, Any]] = []
        while len(lines) < count and time.monotonic() < until:
            said = self.log.read_text().splitlines()
            lines = [json.loads(line) for line in said if line.startswith("{") and '"authorize"' not in line]
            time.sleep(0.02)
        assert len(lines) == count, lines
        return lines

    def step(self, command: str, **changes: str) -> Outcome:
        """Our step of Atlantis's workflow for a comment, about which Atlantis asked before."""
        self.authorize(command, {**STEP, **changes})
        return self.unasked(command, **changes)

    def unasked(self, command: str, **changes: str) -> Outcome:
        """The step alone, as for autoplan and Atlantis's API; ``changes``: to the variables that Atlantis sets."""
        ours = {"OKTA_AWS_ATLANTIS_SOCKET": str(self.socket), "OKTA_AWS_ATLANTIS_HELPER_UID": str(os.geteuid())}
        return okta_aws("atlantis", "credentials", command, environ={**ours, **STEP, **changes})

    def authorize(self, command: str, variables: Mapping[str, str]) -> None:
        """What Atlantis asks before it runs a comment's command."""
        request = {
            "request": "authorize",
            "command": {"policy_check": "plan", "state_rm": "state"}.get(command, command),
            "repository": f"{variables['BASE_REPO_OWNER']}/{variables['BASE_REPO_NAME']}",
            "teams": [],
            "user": variables["USER_NAME"],
            "pull": variables["PULL_NUM"],
            "head": variables["HEAD_COMMIT"],
            "directory": variables["REPO_REL_DIR"],
        }
        with suppress(AtlantisError):
            ask(str(self.socket), request, timeout_s=20, helper_uid=os.geteuid())

    def variables(self, command: str, **changes: str) -> dict[str, str]:
        """What Atlantis takes from that step."""
        return taken(self.step(command, **changes))


def taken(done: Outcome) -> dict[str, str]:
    """What Atlantis takes from a step: one line, and nothing on standard error, which it would read as well."""
    assert (done.status, done.err) == (0, ""), done
    assert done.out.count("\n") == 1
    return Reader(done.out).pairs()
