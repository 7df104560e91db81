# SPDX-License-Identifier: Apache-2.0
"""A person's machine: a home folder, an Okta app whose secret is in a file, and a role that trusts it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fakes.command import Outcome, okta_aws
from fakes.world import Account, trust
from okta_aws.demo.emulator import REGION
from okta_aws.demo.issuer import Client, OktaIssuer
from okta_aws.demo.sts_front import StsFront

CLIENT = "0oaLAPTOP"


@dataclass(frozen=True)
class Laptop:
    """``role``: what its app may become in ``account``. ``secret_file``: where the app's secret is."""

    home: Path
    issuer: OktaIssuer
    account: Account
    role: str
    secret: str

    @classmethod
    def new(cls, home: Path, issuer: OktaIssuer, account: Account) -> Laptop:
        """A machine whose home is ``home``, for an app that the issuer knows from now on."""
        secret = f"test-{secrets.token_hex(16)}"
        issuer.clients[CLIENT] = Client(CLIENT, secret=secret)
        provider = account.provider(issuer.issuer, [issuer.audience])
        role = account.role(trust(provider, sub=CLIENT, aud=issuer.audience), "deploy")
        home.mkdir(parents=True, exist_ok=True)
        (home / "okta.secret").write_text(f"{secret}\n")
        return cls(home, issuer, account, role, secret)

    @property
    def aws(self) -> StsFront:
        """AWS, as this machine reaches it."""
        return self.account.front

    @property
    def secret_file(self) -> Path:
        return self.home / "okta.secret"

    @property
    def environ(self) -> dict[str, str]:
        """Its environment; nothing of ours is in it."""
        return {"HOME": str(self.home)}

    @property
    def app_flags(self) -> list[str]:
        """The flags that say where a token comes from."""
        return [
            *("--okta-issuer", self.issuer.issuer, "--okta-client-id", CLIENT),
            *("--okta-client-secret-file", str(self.secret_file)),
        ]

    @property
    def flags(self) -> list[str]:
        """All that it takes to get the role, without a settings file."""
        return [*self.app_flags, "--role-to-assume", self.role, "--aws-region", REGION, "--sts-endpoint", self.aws.url]

    def toml(self, *names: str, role: str = "") -> Path:
        """Writes an ``okta-aws.toml`` in which each of ``names`` is the role's profile."""
        path = self.home / ".config/okta-aws/okta-aws.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        settings = {
            "role-to-assume": role or self.role,
            "aws-region": REGION,
            "sts-endpoint": self.aws.url,
            "okta-issuer": self.issuer.issuer,
            "okta-client-id": CLIENT,
            "okta-client-secret-file": str(self.secret_file),
        }
        lines = "\n".join(f'{key} = "{value}"' for key, value in settings.items())
        path.write_text("\n".join(f"[{name}]\n{lines}\n" for name in names))
        return path

    def run(
        self, *arguments: str, environ: Mapping[str, str] = {}, given: str = "", cwd: Path | None = None
    ) -> Outcome:
        """``okta-aws`` on this machine."""
        return okta_aws(*arguments, environ=self.environ | dict(environ), given=given, cwd=cwd or self.home)
