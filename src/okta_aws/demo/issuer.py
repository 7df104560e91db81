# SPDX-License-Identifier: Apache-2.0
"""A small program that behaves like an Okta org with one custom authorization server, for the client credentials grant.

People sign in to its native apps as well; what is about them is in ``device``.

It issues access tokens as Okta does (claims ``ver jti iss aud iat exp cid scp sub``, header ``kid`` and ``alg`` alone)
and refuses, in Okta's words, what Okta refuses:

=========================================== === ======================================================================
refused                                         error and internal name in Okta's catalogue
=========================================== === ======================================================================
no ``grant_type``                           400 invalid_request  token_request_missing_grant_type
credentials in the query string             400 invalid_request  client_credentials_in_query
two ways of authentication in one request   401 invalid_request  multiple_client_credentials
another grant than client credentials       400 unsupported_grant_type  unsupported_grant_type
no authentication                           401 invalid_client  missing_client_credentials
a Basic header that is none                 401 invalid_client  invalid_basic_auth_creds
an unknown client                           401 invalid_client  invalid_client_id
a wrong secret                              401 invalid_client  invalid_client_secret
a secret from a client that has keys        401 invalid_client  invalid_token_endpoint_auth_method
another assertion type                      400 invalid_request  client_assertion_type_invalid
an assertion that is no JWT                 401 invalid_client  client_assertion_invalid_jwt
another algorithm than RS/ES 256/384/512    401 invalid_client  client_assertion_invalid_signature_algorithm
``iss`` unknown, ``sub`` another            401 invalid_client  client_assertion_invalid_issuer, …_invalid_subject
a client without keys                       401 invalid_client  client_assertion_jwks_not_configured
an unknown ``kid``                          401 invalid_client  client_assertion_invalid_kid
a wrong signature                           401 invalid_client  client_assertion_invalid_signature
no ``exp``                                  401 invalid_client  client_assertion_expiration_required
``exp`` past, more than an hour ahead       401 invalid_client  client_assertion_expired_token,
                                                                …_expires_too_far_in_future
``iat`` ahead of the clock                  401 invalid_client  client_assertion_issued_at_in_future
``aud`` not the URL that was called         401 invalid_client  client_assertion_invalid_audience
a ``jti`` seen before                       401 invalid_client  client_assertion_already_used
DPoP demanded, no proof                     400 invalid_dpop_proof  invalid_dpop_proof_missing_header
DPoP demanded, a proof without nonce        400 use_dpop_nonce  use_dpop_nonce
``openid`` or another OpenID scope          400 invalid_scope  openid_not_allowed_client_creds
no scope where none is default              400 invalid_scope  no_default_scopes
a scope the server does not have            400 invalid_scope  no_matching_scope
no policy rule for this client and scopes   401 access_denied  no_matching_policy
at the org server, with a secret            401 invalid_client  unsupported_auth_method_client_creds
at the org server, with a key               400 unsupported_grant_type  unsupported_grant_type_client_creds_org_as
more requests than the limit                429 API error E0000047 with ``X-Rate-Limit-*``
another method than the endpoint's          405 API error E0000022
an unknown path                             404 API error E0000007
=========================================== === ======================================================================

Texts and statuses: Okta's published catalogues of OAuth 2.0 errors (okta/okta-developer-docs,
``data/oauth2-error-codes.json``, release 2026.08.1) and of API errors (``data/error-codes.json``); rate limits: its
pages ``reference/rl2-monitor`` and ``reference/api/authn``. What Okta does not publish is the order of its checks, and
whether it forgives a clock a second or two; here nothing is forgiven. A DPoP proof is never examined: the first one
gets the demand for a nonce that it gets at Okta, and so does every other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from okta_aws.demo import device
from okta_aws.demo.assertion import assertion_refused, check_signature, check_times, parsed
from okta_aws.demo.refusals import RateLimited, Refusal, api_error, rate_headers
from okta_aws.demo.signing import ALGORITHMS, SigningKey
from okta_aws.demo.web import Request, Response, StandIn

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OPENID_SCOPES = frozenset({"openid", "profile", "email", "address", "phone", "groups", "device_sso", "offline_access"})
RATE_WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Client:
    """A service app. It has either a ``secret`` or public keys (``jwks``); Okta drops the secret when keys are chosen.

    ``scopes``: those its policy rule allows; an empty tuple is "no rule matches". ``claims``: custom claims of its
    tokens, which may also replace a standard one. ``lifetime_s``: of its access tokens.
    """

    id: str
    secret: str = field(default="", repr=False)
    jwks: Sequence[Mapping[str, str]] = ()
    scopes: Sequence[str] = ("aws",)
    dpop: bool = False
    lifetime_s: int = 3600
    claims: Mapping[str, object] = field(default_factory=dict)


class OktaIssuer(StandIn):
    """The org. ``issuer`` is what goes into ``okta-issuer`` and into the IAM identity provider."""

    def __init__(
        self,
        clients: Sequence[Client] = (),
        *,
        audience: str = "api://aws",
        server_id: str = "ausDEMO0000000000000",
        scopes: Sequence[str] = ("aws",),
        default_scopes: Sequence[str] = ("aws",),
        rate_limit: int | None = None,
        clock: Callable[[], float] = time.time,
        host: str = "",
    ) -> None:
        """``scopes``: the server's custom scopes. ``rate_limit``: token requests a minute; ``None`` is no limit.

        ``host``: the org's name, as ``acme.okta.com``; unset, its issuers are called by its address.
        """
        super().__init__(clock, host)
        self.clients = {client.id: client for client in clients}
        self.audience = audience
        self.key = SigningKey.new("RS256")
        self.server_id = server_id
        self._scopes = tuple(scopes)
        self._default_scopes = tuple(default_scopes)
        self._rate_limit = rate_limit
        self._window: list[float] = []
        self._used: set[tuple[str, str]] = set()
        custom, org = f"/oauth2/{server_id}", "/oauth2"
        self.device = device.DeviceGrants(self.key, clock)
        self._routes: dict[str, tuple[str, Callable[[Request], Response]]] = {
            **{f"{base}/v1/device/authorize": ("POST", self._device_authorize) for base in (custom, org)},
            **{f"{base}/v1/revoke": ("POST", self.device.revoke) for base in (custom, org)},
            f"{custom}/v1/token": ("POST", self._token),
            f"{org}/v1/token": ("POST", self._org_token),
            **{f"{base}/v1/keys": ("GET", self._keys) for base in (custom, org)},
            **{
                f"{issuer}/.well-known/{name}": ("GET", self._discovery)
                for issuer in (custom, "")
                for name in _WELL_KNOWN
            },
        }

    @property
    def issuer(self) -> str:
        """The custom authorization server."""
        return f"{self.origin}/oauth2/{self.server_id}"

    @property
    def org_issuer(self) -> str:
        """The org authorization server, whose access tokens are for Okta's own APIs alone."""
        return self.origin

    def answer(self, request: Request) -> Response:
        method, handler = self._routes.get(request.path, ("", self._keys))
        if not method:
            return api_error(404, "E0000007", f"Not found: Resource not found: {request.path}")
        if request.method != method:
            return api_error(405, "E0000022", "The endpoint does not support the provided HTTP method")
        try:
            return handler(request)
        except Refusal as refusal:
            return refusal.response

    def token_for(self, client: Client, scopes: Sequence[str] = ("aws",), **changes: object) -> str:
        """An access token as the token endpoint issues it. ``changes`` replace claims; ``None`` takes one away."""
        now = int(self.clock())
        claims: dict[str, object] = {
            "ver": 1,
            "jti": f"AT.{secrets.token_urlsafe(24)}",
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + client.lifetime_s,
            "cid": client.id,
            "scp": list(scopes),
            "sub": client.id,
            **client.claims,
            **changes,
        }
        return self.key.sign({name: value for name, value in claims.items() if value is not None})

    def _discovery(self, request: Request) -> Response:
        issuer = self.origin + request.path.partition("/.well-known/")[0]
        return Response.of_json(
            200, _metadata(issuer, issuer if "/oauth2/" in issuer else f"{issuer}/oauth2", self._scopes)
        )

    def _keys(self, _: Request) -> Response:
        return Response.of_json(200, {"keys": [self.key.public_jwk()]})

    def _device_authorize(self, request: Request) -> Response:
        if request.form().get("client_id") in self.clients:
            granted = "The client is not authorized to use the provided grant type. Configured grant types: "
            raise Refusal(400, "unauthorized_client", f"{granted}[client_credentials].")
        issuer = self.issuer if f"/{self.server_id}/" in request.path else self.org_issuer
        return self.device.authorize(request, issuer, self.origin)

    def _org_token(self, request: Request) -> Response:
        form = request.form()
        if form.get("grant_type") == device.GRANT:
            return self.device.token(form)
        self._authenticated(request, form, f"{self.origin}/oauth2/v1/token")
        if "client_assertion" not in form:
            raise Refusal(
                401,
                "invalid_client",
                "Client Credentials requests to the Org Authorization Server must use the private_key_jwt "
                "token_endpoint_auth_method.",
            )
        raise Refusal(
            400,
            "unsupported_grant_type",
            "'client_credentials' grant type can only be used with a custom authorization server.",
        )

    def _token(self, request: Request) -> Response:
        rate = self._counted()
        form = request.form()
        if form.get("grant_type") == device.GRANT:
            return self.device.token(form)
        _check_grant(form)
        client = self._authenticated(request, form, f"{self.issuer}/v1/token")
        _check_dpop(client, request)
        scopes = self._granted(client, form.get("scope", "").split())
        body = {
            "token_type": "Bearer",
            "expires_in": client.lifetime_s,
            "access_token": self.token_for(client, scopes),
            "scope": " ".join(scopes),
        }
        return Response.of_json(200, body, rate)

    def _counted(self) -> Mapping[str, str]:
        if self._rate_limit is None:
            return {}
        now = self.clock()
        with self._lock:
            self._window = [at for at in self._window if at > now - RATE_WINDOW_S]
            left = self._rate_limit - len(self._window)
            if left > 0:
                self._window.append(now)
            first = self._window[0] if self._window else now
        if left > 0:
            return rate_headers(self._rate_limit, left - 1, first + RATE_WINDOW_S)
        raise RateLimited(rate_headers(self._rate_limit, 0, first + RATE_WINDOW_S))

    def _granted(self, client: Client, asked: Sequence[str]) -> Sequence[str]:
        if OPENID_SCOPES.intersection(asked):
            raise Refusal(400, "invalid_scope", "Cannot request 'openid' scopes using client credentials.")
        scopes = asked or self._default_scopes
        if not scopes:
            raise Refusal(
                400,
                "invalid_scope",
                "The authorization server resource does not have any configured default scopes, "
                "'scope' must be provided.",
            )
        if not set(scopes) <= set(self._scopes):
            raise Refusal(
                400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."
            )
        if not set(scopes) <= set(client.scopes):
            raise Refusal(
                401,
                "access_denied",
                "Policy evaluation failed for this request, please check the policy configurations.",
            )
        return scopes

    def _authenticated(self, request: Request, form: Mapping[str, str], endpoint: str) -> Client:
        if "client_secret" in request.parameters() or "client_assertion" in request.parameters():
            raise Refusal(400, "invalid_request", "Client credentials cannot be supplied via query parameters.")
        basic = request.headers.get("authorization", "")
        if bool(basic) + ("client_secret" in form) + ("client_assertion" in form) > 1:
            raise Refusal(
                401,
                "invalid_request",
                "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization "
                "header, credentials in the post body, or a client_assertion in the post body.",
            )
        if "client_assertion" in form:
            return self._by_assertion(form, endpoint)
        if basic:
            return self._by_secret(*_basic_credentials(basic))
        if "client_id" not in form or "client_secret" not in form:
            raise Refusal(401, "invalid_client", "No client credentials found.")
        return self._by_secret(form["client_id"], form["client_secret"])

    def _by_secret(self, client_id: str, secret: str) -> Client:
        client = self.clients.get(client_id)
        if client is None:
            raise Refusal(401, "invalid_client", "Invalid value for 'client_id' parameter.")
        if client.jwks:
            raise Refusal(
                401,
                "invalid_client",
                "Client authentication failed. Either the client or the client credentials are invalid.",
            )
        if not client.secret or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise Refusal(401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
        return client

    def _by_assertion(self, form: Mapping[str, str], endpoint: str) -> Client:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refusal(400, "invalid_request", "The client_assertion_type is invalid.")
        header, claims = parsed(form["client_assertion"])
        if header.get("alg") not in ALGORITHMS:
            raise assertion_refused("The client_assertion JWT signature algorithm is invalid.")
        client = self._asserted_client(claims)
        check_signature(form["client_assertion"], header, client.jwks)
        check_times(claims, self.clock())
        if claims.get("aud") not in (endpoint, [endpoint]):
            raise assertion_refused(
                "The audience claim for client_assertion must be the endpoint invoked for the request."
            )
        self._use_once(client, claims)
        return client

    def _asserted_client(self, claims: Mapping[str, Any]) -> Client:
        client = self.clients.get(str(claims.get("iss")))
        if client is None:
            raise assertion_refused("The issuer claim for client_assertion is not a valid client_id.")
        if claims.get("sub") != client.id:
            raise assertion_refused("The subject claim for client_assertion is not a valid client_id.")
        if not client.jwks:
            raise assertion_refused(
                "The client does not have a JWKSet configured, but the client_assertion requires one."
            )
        return client

    def _use_once(self, client: Client, claims: Mapping[str, Any]) -> None:
        if "jti" not in claims:
            return
        use = (client.id, str(claims["jti"]))
        with self._lock:
            if use in self._used:
                raise assertion_refused("The client_assertion token has already been used.")
            self._used.add(use)


_WELL_KNOWN = ("openid-configuration", "oauth-authorization-server")


def _metadata(issuer: str, base: str, scopes: Sequence[str]) -> dict[str, object]:
    """The members that OpenID Connect Discovery 1.0 requires, and what a client of this grant reads."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/v1/authorize",
        "token_endpoint": f"{base}/v1/token",
        "device_authorization_endpoint": f"{base}/v1/device/authorize",
        "revocation_endpoint": f"{base}/v1/revoke",
        "jwks_uri": f"{base}/v1/keys",
        "response_types_supported": [
            "code",
            "id_token",
            "code id_token",
            "code token",
            "id_token token",
            "code id_token token",
        ],
        "grant_types_supported": ["client_credentials", device.GRANT],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": [*scopes, "openid"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    }


def _check_grant(form: Mapping[str, str]) -> None:
    if "grant_type" not in form:
        raise Refusal(
            400, "invalid_request", "The token request must specify a 'grant_type'. Valid values: [client_credentials]"
        )
    if form["grant_type"] != "client_credentials":
        raise Refusal(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server. "
            "Configured grant types: [client_credentials].",
        )


def _check_dpop(client: Client, request: Request) -> None:
    if not client.dpop:
        return
    if "dpop" not in request.headers:
        raise Refusal(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
    nonce = {"dpop-nonce": secrets.token_urlsafe(24)}
    raise Refusal(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", nonce)


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = colon = secret = ""
    if scheme.lower() != "basic" or not colon:
        raise Refusal(401, "invalid_client", "Found Authentication header but was not valid client credentials.")
    # RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)
