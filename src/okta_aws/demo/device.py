# SPDX-License-Identifier: Apache-2.0
"""The device authorization grant (RFC 8628) of the Okta stand-in: native apps, the people they are for, ID tokens.

=========================================== === ======================================================================
refused                                         error and internal name in Okta's catalogue
=========================================== === ======================================================================
an unknown client                           401 invalid_client  invalid_client_id
a service app                               400 unauthorized_client  unauthorized_client
no ``openid`` among the scopes              400 invalid_scope  no_matching_scope
no policy rule for the app                  401 access_denied  no_matching_policy
nobody signed in yet                        400 authorization_pending  authorization_pending
asked sooner than ``interval`` after before 400 slow_down  slow_down
somebody said no                            403 access_denied  access_denied
somebody whom the app is not assigned to    400 access_denied  user_not_assigned
the code has expired                        400 expired_token  expired_token
an unknown or used device code              400 invalid_grant  invalid_device_code
more than five codes at a time              429 too_many_user_codes  too_many_user_codes
=========================================== === ======================================================================

Lifetimes, the form of codes and answers: Okta's guide "Configure Device Authorization Grant Flow". The claims of an ID
token: its OpenID Connect reference. How many codes are too many, and whether Okta tells somebody who is not assigned in
the browser only, it does not publish.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from okta_aws.demo.refusals import Refusal
from okta_aws.demo.signing import SigningKey
from okta_aws.demo.web import Request, Response

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
MOST_CODES = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. ``amr``: how they sign in (RFC 8176)."""

    id: str
    amr: Sequence[str] = ("mfa", "otp", "pwd")


@dataclass(frozen=True, slots=True)
class NativeApp:
    """An app of type Native with the grant Device Authorization.

    ``people``: whom it is assigned to. ``allowed``: whether a policy rule fits. ``lifetime_s``: of its ID tokens.
    ``claims`` replace claims of theirs, ``None`` takes one away.
    """

    id: str
    people: frozenset[str] = frozenset()
    allowed: bool = True
    lifetime_s: int = 3600
    claims: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Grant:
    """One code. ``person``: who entered it, ``None`` yet; ``denied``: and said no."""

    app: NativeApp
    issuer: str
    user_code: str
    ends: float
    interval_s: float
    asked: float = 0.0
    person: Person | None = None
    denied: bool = False


class DeviceGrants:
    """The codes of one org. ``apps`` may change at any time: it is looked at when a token is asked for."""

    def __init__(self, key: SigningKey, clock: Callable[[], float]) -> None:
        """``clock``: seconds since the epoch."""
        self.apps: dict[str, NativeApp] = {}
        self.interval_s: float = 5
        self.lifetime_s: float = 600
        self.revoked: list[str] = []
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    @property
    def codes(self) -> list[str]:
        """The user codes that nobody has entered yet."""
        with self._lock:
            return [grant.user_code for grant in self._grants.values() if grant.person is None]

    def approve(self, user_code: str, person: Person) -> None:
        """``person`` signs in, enters the code and agrees. Raises ``KeyError`` where there is no such code."""
        self._entered(user_code).person = person

    def deny(self, user_code: str, person: Person) -> None:
        """``person`` signs in, enters the code and says no. Raises ``KeyError`` where there is no such code."""
        grant = self._entered(user_code)
        grant.denied, grant.person = True, person

    def authorize(self, request: Request, issuer: str, org: str) -> Response:
        """The answer of the device authorization endpoint. ``org``: the address of the org's own pages."""
        form = request.form()
        app = self._app(form)
        if "openid" not in form.get("scope", "").split():
            raise Refusal(
                400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."
            )
        user_code, device_code = "".join(secrets.choice(LETTERS) for _ in range(8)), secrets.token_urlsafe(24)
        now = self._clock()
        with self._lock:
            self._grants = {code: grant for code, grant in self._grants.items() if grant.ends > now - self.lifetime_s}
            if sum(grant.ends > now and grant.person is None for grant in self._grants.values()) >= MOST_CODES:
                raise Refusal(429, "too_many_user_codes", "Too many user codes generated. Please try again later.")
            self._grants[device_code] = Grant(app, issuer, user_code, now + self.lifetime_s, self.interval_s)
        body = {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": f"{org}/activate",
            "verification_uri_complete": f"{org}/activate?user_code={user_code}",
            "expires_in": self.lifetime_s,
            "interval": self.interval_s,
        }
        return Response.of_json(200, body)

    def token(self, form: Mapping[str, str]) -> Response:
        """The answer of the token endpoint to this grant."""
        self._app(form)
        code = form.get("device_code", "")
        with self._lock:
            grant = self._grants.get(code)
            if grant is None or grant.app.id != form.get("client_id"):
                raise Refusal(400, "invalid_grant", "The device code is invalid or has expired.")
            person = self._signed_in(grant)
            del self._grants[code]
        body = {
            "token_type": "Bearer",
            "expires_in": 3600,
            "access_token": f"not-a-jwt-{secrets.token_urlsafe(24)}",
            "scope": "openid",
            "id_token": self.id_token(grant.app, grant.issuer, person),
        }
        return Response.of_json(200, body)

    def revoke(self, request: Request) -> Response:
        """The answer of the revocation endpoint (RFC 7009): 200, whatever the token was."""
        self._app(request.form())
        self.revoked.append(request.form().get("token", ""))
        return Response(200)

    def id_token(self, app: NativeApp, issuer: str, person: Person, **changes: object) -> str:
        """An ID token as the token endpoint issues it. ``changes`` replace claims; ``None`` takes one away."""
        now = int(self._clock())
        claims: dict[str, object] = {
            "sub": person.id,
            "ver": 1,
            "iss": issuer,
            "aud": app.id,
            "iat": now,
            "exp": now + app.lifetime_s,
            "jti": f"ID.{secrets.token_urlsafe(24)}",
            "amr": list(person.amr),
            "auth_time": now,
            **app.claims,
            **changes,
        }
        return self._key.sign({name: value for name, value in claims.items() if value is not None})

    def _app(self, form: Mapping[str, str]) -> NativeApp:
        app = self.apps.get(form.get("client_id", ""))
        if app is None:
            raise Refusal(401, "invalid_client", "Invalid value for 'client_id' parameter.")
        return app

    def _entered(self, user_code: str) -> Grant:
        with self._lock:
            return {grant.user_code: grant for grant in self._grants.values()}[user_code]

    def _signed_in(self, grant: Grant) -> Person:
        now = self._clock()
        since_s, grant.asked = now - grant.asked, now
        if now >= grant.ends:
            raise Refusal(400, "expired_token", "The device code has expired.")
        if grant.denied:
            raise Refusal(403, "access_denied", "The resource owner or authorization server denied the request.")
        # The network may bring two requests closer together than they were sent.
        if since_s < grant.interval_s - 0.1:
            grant.interval_s += 5
            raise Refusal(400, "slow_down", "Slow down the polling frequency. Please try again later.")
        if grant.person is None:
            raise Refusal(400, "authorization_pending", "The device authorization is pending. Please try again later.")
        app = self.apps[grant.app.id]
        if grant.person.id not in app.people:
            raise Refusal(400, "access_denied", "User is not assigned to the client application.")
        if not app.allowed:
            policy = "Policy evaluation failed for this request, please check the policy configurations."
            raise Refusal(401, "access_denied", policy)
        return grant.person
