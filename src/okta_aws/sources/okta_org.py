# SPDX-License-Identifier: Apache-2.0
"""The access token of a service app for Okta's own API, from the org authorization server.

Source: Okta, "Implement OAuth for Okta with a service app": client credentials with ``private_key_jwt`` alone, scopes
that an administrator granted to the app, at an endpoint that every org has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from okta_aws.errors import Error, NetworkError, SourceError
from okta_aws.http import Http
from okta_aws.issuers import Issuer
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_client import OktaClientSource

_LONGEST_S = 24 * 3600  # as long as an administrator can let one of Okta's tokens last
_LONGEST = 16 << 10  # twice what servers usually take as headers
_APP = "in Okta: Applications > Applications > the service app"
_SCOPES_FIX = f"{_APP} > Okta API Scopes: grant okta.users.read and okta.groups.read"
# What the refusals at a custom authorization server advise does not help here.
_FIXES: Mapping[str, tuple[str, ...]] = {
    "okta-scope": (_SCOPES_FIX,),
    "okta-policy": (_SCOPES_FIX,),
    "okta-grant": (
        "in Okta: Applications > Create App Integration > API Services: make an app of its own for this",
        _SCOPES_FIX,
    ),
}


@dataclass(frozen=True, slots=True)
class OrgToken:
    """An access token, and for how many seconds it is good."""

    token: Secret
    lasts_s: float


def org_token(client: OktaClient, http: Http, persistence: Persistence, time: Time) -> OrgToken:
    """A token with the scopes of ``client``, whose ``issuer`` is the org's address.

    Raises ``SourceError`` where key, app or scopes do not fit, ``NetworkError`` where Okta could not be reached.
    """
    doing = f"asking Okta for a token for its API ({client.issuer})"
    server = Issuer(client.issuer, f"{client.issuer}/oauth2/v1/token", "", ("private_key_jwt",))
    try:
        said = OktaClientSource(client, http, persistence, time).answer(server, doing)
    except Error as error:
        if error.code == "okta-dpop":
            raise _dpop(doing) from None
        error.fix = _FIXES.get(error.code, error.fix)
        raise
    return _org_token(said, client.scopes, doing)


def _org_token(said: Mapping[str, object], scopes: tuple[str, ...], doing: str) -> OrgToken:
    token, kind, lasts_s = said.get("access_token"), said.get("token_type"), said.get("expires_in")
    if str(kind).lower() == "dpop":
        raise _dpop(doing)
    is_text = isinstance(token, str) and 0 < len(token) <= _LONGEST and token.isascii() and token.isprintable()
    is_bearer = str(kind).lower() == "bearer"
    if not is_text or not is_bearer or not isinstance(lasts_s, int) or isinstance(lasts_s, bool) or lasts_s <= 0:
        raise NetworkError(
            "network-garbage",
            doing,
            wanted="JSON with access_token, token_type and expires_in",
            found="something else",
            fix="check for a proxy or a sign-in page between here and Okta",
        )
    missing = set(scopes) - set(str(said.get("scope", "")).split())
    if missing:
        found = f"one without {' and '.join(sorted(missing))}"
        raise SourceError("okta-scope", doing, wanted="a token with its scopes", found=found, fix=_SCOPES_FIX)
    return OrgToken(Secret(str(token)), float(min(lasts_s, _LONGEST_S)))


def _dpop(doing: str) -> SourceError:
    fix = (
        f"{_APP} > General > General Settings > Edit: untick Require Demonstrating Proof of Possession (DPoP) header "
        "in token requests"
    )
    wanted, found = "a bearer token, as this program proves no possession", "an app that demands DPoP"
    return SourceError("okta-dpop", doing, wanted=wanted, found=found, fix=fix)
