# SPDX-License-Identifier: Apache-2.0
"""What Okta's refusals at the token endpoint mean: its error and description to our error with the way out.

The answer carries ``error`` and ``error_description`` alone, so most cases can be told apart by their description only.
Source of the texts: Okta's published catalogue of OAuth 2.0 errors (developer.okta.com/docs/reference/error-codes,
release 2026.08.1). Throttling and outages never get here: they are known by their status (``issuers.unavailable``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from okta_aws.errors import Error, NetworkError, Retry, SourceError
from okta_aws.issuers import excerpt

_APP = "in Okta: Applications > Applications > the app"
_SERVER = "in Okta: Security > API > Authorization Servers > the server"
_KEYS = f"{_APP} > General > Client Credentials > Public keys"


@dataclass(frozen=True, slots=True)
class Sent:
    """What of our request an explanation may name. ``ahead_s``: how far our clock is ahead of Okta's, if known."""

    endpoint: str
    client_id: str
    scopes: tuple[str, ...]
    key: str
    ahead_s: float | None

    def facts(self) -> Mapping[str, str]:
        """The parts by the names that ``Case.sent`` has for them."""
        return {
            "endpoint": self.endpoint,
            "client": self.client_id,
            "scopes": " ".join(self.scopes) or "none",
            "key": self.key,
            "clock": self.clock(),
        }

    def clock(self) -> str:
        """The skew in words."""
        if self.ahead_s is None:
            return "the answer has no date to compare this machine's clock with"
        # A Date header has whole seconds, and the answer took its time.
        if abs(self.ahead_s) < 2:
            return "this machine's clock agrees with Okta's within 2 s"
        return (
            f"this machine's clock is {abs(self.ahead_s):.0f} s {'ahead of' if self.ahead_s > 0 else 'behind'} Okta's"
        )


@dataclass(frozen=True, slots=True)
class Case:
    """What a refusal means to us. ``sent``: what of our request explains it, names of ``Sent.facts`` in braces."""

    code: str
    wanted: str
    fix: tuple[str, ...]
    sent: str = ""
    retry: Retry | None = None


_PUBLIC_KEY_APP = f"{_APP} > General > Client Credentials > Edit > Client authentication: Public key / Private key"
_COPY_CLIENT_ID = f"{_APP} > General > Client Credentials: copy the Client ID; the app must be active, and in this org"
_API_ACCESS_MANAGEMENT = (
    "custom servers need Okta's API Access Management; a developer org has it, and a server named default"
)
_API_SERVICES = "create an app of its own: Applications > Create App Integration > API Services"
_SCOPES = f"{_SERVER} > Scopes"
_RULE = (
    "its rule must be active, with IF Grant type is: Client Credentials, and AND Scopes requested: any, or all of these"
)
_REGISTER = (
    f"{_KEYS}: add the public half of this key, status active, and set okta-key-id to the KID shown there",
    "or use the private key that belongs to a key listed there",
)
_SECRET = (
    f"{_APP} > General > Client Credentials > Client Secrets: copy an active secret, whole and without blanks",
    "an app set to Public key / Private key has no secret: use okta-private-key",
)

_AUDIENCE = Case(
    "okta-assertion-audience",
    "the token endpoint as Okta knows it",
    (
        "let okta-issuer name the host that Okta knows: its own or the custom domain, no alias, no proxy's name",
        f"{_SERVER} > Issuer URI: use exactly this",
    ),
    sent="sent aud {endpoint}",
)
_CLOCK = Case(
    "okta-assertion-clock",
    "an assertion whose times fit Okta's clock",
    ("set this machine's clock (NTP), then run again",),
    sent="{clock}",
)
_REPLAYED = Case(
    "okta-assertion-replayed",
    "an assertion never seen before",
    ("check that no proxy on the way sends requests twice",),
    sent="a new jti is sent with each request",
    retry=Retry(once=True),
)
_KEY_UNKNOWN = Case("okta-assertion-key", "a key registered with the app", _REGISTER, sent="sent {key}")
_NO_KEYS = Case(
    "okta-assertion-key",
    "an app that authenticates with keys",
    (f"{_PUBLIC_KEY_APP}, then Add key with the public half of this one",),
    sent="sent {key}",
)
_KEY_URL = Case(
    "okta-assertion-key",
    "keys at the app's JWKS URL",
    (
        f"{_KEYS}: the URL must answer Okta with a JWK set in which each key has a kid of its own",
        "or choose Save keys in Okta",
    ),
    sent="sent {key}",
)
_KEY_USE = Case(
    "okta-assertion-key",
    "a key registered for signing",
    (f"{_KEYS}: register the key with use sig, not enc",),
    sent="sent {key}",
)
_ALGORITHM = Case(
    "okta-assertion-signature",
    "the algorithm of the registered key",
    (f"{_KEYS}: the key's alg must be the one sent; leave alg out, or make it the same in both JWKs",),
    sent="sent {key}",
)
_SIGNATURE = Case(
    "okta-assertion-signature", "the private key of the registered public key", _REGISTER, sent="sent {key}"
)
_SUBJECT = Case(
    "okta-assertion-subject",
    "the client id of an app of this org",
    (_COPY_CLIENT_ID,),
    sent="sent iss and sub {client}",
)
_ASSERTION_CHANGED = Case(
    "okta-refused",
    "an assertion that Okta can read",
    ("check that no proxy on the way changes the request",),
    sent="sent {key}",
)
_ORG_SERVER = Case(
    "okta-org-server",
    "a custom authorization server",
    (f"{_SERVER} > Issuer URI: make this okta-issuer, https://acme.okta.com/oauth2/aus123", _API_ACCESS_MANAGEMENT),
)
_CLIENT_ID = Case("okta-client", "the client id of an app of this org", (_COPY_CLIENT_ID,), sent="sent {client}")
_CLIENT_SECRET = Case("okta-client", "a secret of this app", _SECRET)
_CLIENT = Case(
    "okta-client", "a client and credentials that Okta knows", (_COPY_CLIENT_ID, *_SECRET), sent="sent {client}"
)
_ENCRYPTION = Case(
    "okta-refused",
    "a token that is not encrypted, as AWS reads no other",
    (f"{_SERVER}: deactivate its encryption key; and switch token encryption off in the app",),
)
_DPOP = Case(
    "okta-dpop",
    "a bearer token, as AWS knows no DPoP",
    (
        (
            f"{_APP} > General > General Settings > Edit: untick Require Demonstrating Proof of Possession "
            "(DPoP) header in token requests"
        ),
    ),
)
_GRANT = Case(
    "okta-grant",
    "an app that may use client credentials",
    (
        f"{_APP} > General > General Settings > Edit > Grant type: tick Client Credentials",
        f"or {_API_SERVICES}",
    ),
)
_ORG_SERVER_APP = Case("okta-grant", "an app for custom authorization servers", (_API_SERVICES,))
_LICENCE = Case("okta-grant", "API Access Management in this org", (_API_ACCESS_MANAGEMENT,))
_POLICY = Case(
    "okta-policy",
    "a policy rule for this client, grant and scopes",
    (f"{_SERVER} > Access Policies: one policy must be assigned to this app", _RULE),
    sent="sent client {client}, scopes {scopes}",
)
_ZONE = Case(
    "okta-refused",
    "a request from the network zones of the app",
    (
        "in Okta: Security > Networks, and the app's network restriction: allow the address this machine asks from",
        "or run on a machine inside the zone",
    ),
)
_SCOPE_DENIED = Case(
    "okta-scope",
    "scopes that a policy rule allows",
    (f"{_SERVER} > Access Policies > the policy of this app", _RULE),
    sent="sent scopes {scopes}",
)
_SCOPE_OPENID = Case(
    "okta-scope",
    "custom scopes only",
    (
        "take openid, profile, email, groups, offline_access and the like out of okta-scope: they are for people",
        f"{_SCOPES} > Add Scope: make one of your own, and set okta-scope to it",
    ),
    sent="sent scopes {scopes}",
)
_SCOPE_MISSING = Case(
    "okta-scope",
    "a scope, as the server has no default one",
    (f"set okta-scope to one of {_SCOPES}", "or edit one there: tick Set as a default scope"),
    sent="sent scopes {scopes}",
)
_SCOPE_UNKNOWN = Case(
    "okta-scope",
    "scopes of this authorization server",
    (f"correct okta-scope, or add the scope: {_SCOPES} > Add Scope", f"{_SERVER} > Access Policies: {_RULE}"),
    sent="sent scopes {scopes}",
)
_BUSY = Case("okta-unavailable", "an answer", ("try again later; see https://status.okta.com",), retry=Retry())
_CLAIMS = Case(
    "okta-refused",
    "claims that can be computed",
    (f"{_SERVER} > Claims: correct the claim named (a service app has no user), or remove it",),
)
_HOOK = Case(
    "okta-refused",
    "an answer of the token inline hook",
    ("in Okta: Workflow > Inline Hooks: see why the hook failed",),
)

_UNKNOWN = Case(
    "okta-refused",
    "an access token",
    ("see Okta's system log at this moment: Reports > System Log", f"{_APP}: check that it is active"),
)

# Okta's error, a part of its description in lower case, what it means. The first row that fits counts.
REFUSALS: tuple[tuple[str, str, Case], ...] = (
    ("invalid_client", "audience claim for client_assertion", _AUDIENCE),
    ("invalid_client", "client_assertion token is expired", _CLOCK),
    ("invalid_client", "expiration too far into the future", _CLOCK),
    ("invalid_client", "must be issued before the current time", _CLOCK),
    ("invalid_client", "client_assertion token has already been used", _REPLAYED),
    ("invalid_client", "kid is invalid", _KEY_UNKNOWN),
    ("invalid_client", "client jwkset is invalid", _KEY_UNKNOWN),
    ("invalid_client", "does not have a jwkset configured", _NO_KEYS),
    ("invalid_client", "does not have a client secret", _NO_KEYS),
    ("invalid_client", "jwks_uri", _KEY_URL),
    ("invalid_client", "invalid 'use' parameter", _KEY_USE),
    ("invalid_client", "needs to be signed using a signing key", _KEY_USE),
    ("invalid_client", "signature algorithm is invalid", _ALGORITHM),
    ("invalid_client", "client_assertion signature is invalid", _SIGNATURE),
    ("invalid_client", "claim for client_assertion is not a valid client_id", _SUBJECT),
    ("invalid_client", "client_assertion", _ASSERTION_CHANGED),
    ("invalid_client", "org authorization server", _ORG_SERVER),
    ("invalid_client", "encryption key", _ENCRYPTION),
    ("invalid_client", "'client_id' parameter", _CLIENT_ID),
    ("invalid_client", "client secret supplied", _CLIENT_SECRET),
    ("invalid_client", "", _CLIENT),
    ("invalid_dpop_proof", "", _DPOP),
    ("use_dpop_nonce", "", _DPOP),
    ("invalid_request", "dpop", _DPOP),
    ("invalid_request", "encryption key", _ENCRYPTION),
    ("unsupported_grant_type", "custom authorization server", _ORG_SERVER),
    ("unsupported_grant_type", "", _GRANT),
    ("unauthorized_client", "cannot use a custom authorization server", _ORG_SERVER_APP),
    ("unauthorized_client", "", _GRANT),
    ("invalid_grant", "sku is not enabled", _LICENCE),
    ("access_denied", "feature is not enabled", _LICENCE),
    ("access_denied", "permitted network zones", _ZONE),
    ("access_denied", "scopes were rejected", _SCOPE_DENIED),
    ("access_denied", "scopes were denied", _SCOPE_DENIED),
    ("access_denied", "policy evaluation failed", _POLICY),
    ("access_denied", "authorization server denied the request", _POLICY),
    ("invalid_scope", "openid", _SCOPE_OPENID),
    ("invalid_scope", "default scopes", _SCOPE_MISSING),
    ("invalid_scope", "no scopes were requested", _SCOPE_MISSING),
    ("invalid_scope", "", _SCOPE_UNKNOWN),
    ("temporarily_unavailable", "", _BUSY),
    ("server_error", "groups claim", _CLAIMS),
    ("server_error", "claim could not be evaluated", _CLAIMS),
    ("server_error", "callback service", _HOOK),
)


def refusal(said: Mapping[str, object], status: int, doing: str, sent: Sent) -> Error:
    """Our error for Okta's: the parsed body ``said`` of an answer that is no token, with its HTTP ``status``.

    Understands OAuth's form (``error``, ``error_description``) and Okta's own (``errorCode``, ``errorSummary``).
    """
    error = _text(said, "error") or _text(said, "errorCode")
    description = _text(said, "error_description") or _text(said, "errorSummary")
    if not error:
        return _garbage(status, doing)
    case = _case(error, description)
    found = _quoted(error, description, status)
    if case.sent:
        found = f"{found}; {case.sent.format_map(dict(sent.facts()))}"
    kind = NetworkError if case is _BUSY else SourceError
    return kind(case.code, doing, wanted=case.wanted, found=found, fix=case.fix, retry=case.retry)


def org_server(doing: str, issuer: str) -> SourceError:
    """The error for an issuer that is an org authorization server, whose tokens only Okta itself may verify."""
    found = f"the org's own, {issuer}"
    return SourceError(_ORG_SERVER.code, doing, wanted=_ORG_SERVER.wanted, found=found, fix=_ORG_SERVER.fix)


def dpop_bound(doing: str) -> SourceError:
    """The error for a token that is bound to a key, which AWS could not be shown."""
    found = "a token bound to a key (DPoP)"
    return SourceError(_DPOP.code, doing, wanted=_DPOP.wanted, found=found, fix=_DPOP.fix)


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _case(error: str, description: str) -> Case:
    error, description = error.lower().strip(), " ".join(description.lower().split())
    return next((case for known, part, case in REFUSALS if known == error and part in description), _UNKNOWN)


# Okta's own texts have no such words; a token, a key or a secret that somebody echoes is one.
_LONG_WORD = re.compile(r"[\w.+/=~-]{32,}")


def _quoted(error: str, description: str, status: int) -> str:
    name = excerpt(_LONG_WORD.sub("(a long word)", error), 60)
    if not description:
        return f"{name} (HTTP status {status})"
    return f'{name}: "{excerpt(_LONG_WORD.sub("(a long word)", description))}"'


def _garbage(status: int, doing: str) -> NetworkError:
    return NetworkError(
        "network-garbage",
        doing,
        wanted="an OAuth answer in JSON",
        found=f"HTTP status {status} and something else",
        fix="check for a proxy, a firewall or a sign-in page between here and Okta",
    )
