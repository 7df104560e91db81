# SPDX-License-Identifier: Apache-2.0
"""A small program that behaves like GitHub's OIDC provider for one job: the request endpoint, discovery and keys.

Refused, as GitHub does: a request without the job's bearer token or with another one (401), another method than GET
(405), an unknown path (404). GitHub documents none of the bodies; they are empty here.

Claims, defaults and both forms of ``sub``: GitHub's documentation, "OpenID Connect reference". A token lives 300
seconds and has an ``nbf`` ten minutes in the past, as in the samples there.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from okta_aws.demo.signing import SigningKey
from okta_aws.demo.web import Request, Response, StandIn

LIFETIME_S = 300
NOT_BEFORE_S = 600


@dataclass(frozen=True, slots=True)
class Job:
    """The job that asks.

    ``immutable_subject``: the form of ``sub`` that carries the numeric ids, as in repositories made since July 2026.
    """

    repository: str = "acme/infrastructure"
    owner_id: str = "1000001"
    repository_id: str = "2000002"
    ref: str = "refs/heads/main"
    event_name: str = "push"
    environment: str = ""
    workflow: str = ".github/workflows/deploy.yml"
    actor: str = "octocat"
    immutable_subject: bool = False
    claims: Mapping[str, object] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The organization."""
        return self.repository.partition("/")[0]

    def subject(self) -> str:
        """``sub``: the environment, else "pull_request", else the ref; a colon inside a value is escaped."""
        owner, _, name = self.repository.partition("/")
        repository = (
            f"{owner}@{self.owner_id}/{name}@{self.repository_id}" if self.immutable_subject else self.repository
        )
        if self.environment:
            return f"repo:{repository}:environment:{self.environment.replace(':', '%3A')}"
        if self.event_name == "pull_request":
            return f"repo:{repository}:pull_request"
        return f"repo:{repository}:ref:{self.ref.replace(':', '%3A')}"


class GithubIssuer(StandIn):
    """GitHub's side of ``permissions: id-token: write``."""

    def __init__(self, job: Job | None = None, *, clock: Callable[[], float] = time.time, host: str = "") -> None:
        """``host``: its name, as ``token.actions.githubusercontent.com``; unset, it is called by its address."""
        super().__init__(clock, host)
        self.job = job or Job()
        self.key = SigningKey.new("RS256")
        self.bearer = secrets.token_urlsafe(48)
        self._request_path = f"/runs/idtoken/{secrets.token_hex(8)}"

    @property
    def issuer(self) -> str:
        """The issuer; by its address with the path of GitHub Enterprise Server, where one host serves all."""
        return self.origin if self.host else f"{self.url}/_services/token"

    def environment(self) -> dict[str, str]:
        """The two variables that the runner gives to a job that may ask."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}{self._request_path}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.bearer,
        }

    def answer(self, request: Request) -> Response:
        issuer_path = self.issuer.removeprefix(self.origin)
        pages: Mapping[str, Callable[[Request], Response]] = {
            self._request_path: self._token,
            f"{issuer_path}/.well-known/openid-configuration": self._discovery,
            f"{issuer_path}/.well-known/jwks": self._keys,
        }
        page = pages.get(request.path)
        if page is None or request.method != "GET":
            return Response(404 if page is None else 405)
        return page(request)

    def token_for(self, audience: str, **changes: object) -> str:
        """A token as the request endpoint gives it. ``changes`` replace claims; ``None`` takes one away."""
        now, job = int(self.clock()), self.job
        workflow = f"{job.repository}/{job.workflow}@{job.ref}"
        claims: dict[str, object] = {
            "jti": secrets.token_hex(16),
            "sub": job.subject(),
            "aud": audience,
            "ref": job.ref,
            "sha": secrets.token_hex(20),
            "repository": job.repository,
            "repository_owner": job.owner,
            "repository_owner_id": job.owner_id,
            "repository_id": job.repository_id,
            "repository_visibility": "private",
            "run_id": "3000003",
            "run_number": "1",
            "run_attempt": "1",
            "actor": job.actor,
            "actor_id": "4000004",
            "workflow": job.workflow,
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
            "head_ref": "",
            "base_ref": "",
            "event_name": job.event_name,
            "ref_type": "tag" if job.ref.startswith("refs/tags/") else "branch",
            "runner_environment": "github-hosted",
            **({"environment": job.environment} if job.environment else {}),
            "iss": self.issuer,
            "iat": now,
            "nbf": now - NOT_BEFORE_S,
            "exp": now + LIFETIME_S,
            **job.claims,
            **changes,
        }
        return self.key.sign({name: value for name, value in claims.items() if value is not None}, {"typ": "JWT"})

    def _token(self, request: Request) -> Response:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(bearer.encode(), self.bearer.encode()):
            return Response(401)
        audience = request.parameters().get("audience") or f"https://github.com/{self.job.owner}"
        token = self.token_for(audience)
        return Response.of_json(200, {"count": len(token), "value": token})

    def _discovery(self, _: Request) -> Response:
        return Response.of_json(
            200,
            {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/.well-known/jwks",
                "subject_types_supported": ["public", "pairwise"],
                "response_types_supported": ["id_token"],
                "claims_supported": sorted(["sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "repository"]),
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid"],
            },
        )

    def _keys(self, _: Request) -> Response:
        return Response.of_json(200, {"keys": [self.key.public_jwk()]})
