# SPDX-License-Identifier: Apache-2.0
"""A whole chain on one server, for the doctor: an issuer, STS and IAM, each of which a test may break."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from fakes.loopback import Reply, Request, Server, http_server
from fakes.signed_iam import SignedIam
from fakes.signed_sts import Keys
from fakes.sts_answers import ACCOUNT, refused
from okta_aws.demo.signing import SigningKey
from okta_aws.flows.doctor.chain import Chain, Given
from okta_aws.flows.doctor.examination import examine
from okta_aws.flows.doctor.link import Link
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.settings.raw import from_flags
from okta_aws.settings.settings import read_parts

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
AUDIENCE, SUBJECT = "sts.amazonaws.com", "repo:acme/infrastructure:environment:production"
_DISCOVERY, _KEYS = "/idp/.well-known/openid-configuration", "/idp/keys"
_IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/ci</Arn><UserId>X</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass
class World:
    """``replies`` come in the place of the normal answers, by path; that of STS is ``/``. ``ahead_s``: its clock."""

    key: SigningKey
    iam: SignedIam
    server: Server = field(init=False)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str | None] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, str]] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    ahead_s: float = 0

    @property
    def issuer(self) -> str:
        """The issuer of its tokens."""
        return self.server.url("/idp")

    def token(self) -> str:
        """A token as the settings have it."""
        return self.key.sign(self.claims, self.header)

    def examine(self) -> dict[str, Link]:
        """All links by name."""
        flags = {"web-identity-token": self.token(), **self.flags}
        parts = read_parts(from_flags({name: text for name, text in flags.items() if text}, self.environ))
        clock = Time(time.time, time.monotonic, time.sleep, lambda: 0.0)
        given = Given(parts, self.environ, Context.from_environ(self.environ), self.policy)
        chain = Chain(given, clock, lambda _: None, lambda _: None)
        return {link.name: link for link in examine(chain)}

    def answer(self, request: Request) -> Reply:
        """What the issuer or STS says."""
        reply = self.replies.get(request.target) or self._answers(request)
        return Reply(
            reply.status, reply.body, {"Date": formatdate(time.time() + self.ahead_s, usegmt=True), **reply.headers}
        )

    def _answers(self, request: Request) -> Reply:
        if request.target == _DISCOVERY:
            return Reply(200, json.dumps(self.document).encode())
        if request.target == _KEYS:
            return Reply(200, json.dumps({"keys": self.keys}).encode())
        if request.target == "/" and "authorization" in request.headers:
            return Reply(200, _IDENTITY.encode(), {"Content-Type": "text/xml"})
        return refused(403, "MissingAuthenticationToken", "Request is missing Authentication Token")


@contextmanager
def whole_chain(key: SigningKey) -> Iterator[World]:
    """A chain in which every link holds."""
    keys = Keys.temporary()
    world = World(key, SignedIam(keys))
    with world.iam.running(), http_server(world.answer) as world.server:
        _make_whole(world, keys)
        yield world


def policy(provider: str, sub: str = SUBJECT) -> dict[str, Any]:
    """A trust policy for one subject."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{provider}:sub": sub, f"{provider}:aud": AUDIENCE}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _make_whole(world: World, keys: Keys) -> None:
    now = int(time.time())
    world.claims = {"iss": world.issuer, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + 300, "jti": "x"}
    world.document = {
        "issuer": world.issuer,
        "jwks_uri": world.server.url(_KEYS),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    world.keys = [world.key.public_jwk()]
    provider = world.issuer.partition("://")[2]
    world.iam.providers = {provider: [AUDIENCE]}
    world.iam.roles = {"deploy": json.dumps(policy(provider))}
    world.environ = {
        "GITHUB_ACTIONS": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_IAM": world.iam.url,
        **keys.variables(),
    }
    world.flags = {
        "sts-endpoint": world.server.url("/"),
        "aws-region": "eu-central-1",
        "role-to-assume": ROLE,
        "audience": AUDIENCE,
    }


def statuses(links: Mapping[str, Link]) -> dict[str, str]:
    """The links that do not hold, with how they are."""
    return {name: link.status.value for name, link in links.items() if link.status.value != "ok"}
