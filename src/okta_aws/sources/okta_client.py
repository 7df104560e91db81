# SPDX-License-Identifier: Apache-2.0
"""The access token of an Okta app by the client credentials grant (RFC 6749, section 4.4).

The app authenticates with its secret, or with an assertion signed by its private key (RFC 7523; Okta calls the method
``private_key_jwt``). The library for keys is loaded for keys alone.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode, urlsplit

from okta_aws.errors import NetworkError, SourceError, TokenError
from okta_aws.http import Http, Response
from okta_aws.issuers import Issuer, discover, json_object, server_time, unavailable
from okta_aws.retry import Persistence, Time
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaClient
from okta_aws.sources.okta_refusals import Sent, dpop_bound, org_server, refusal
from okta_aws.tokens.token import Token, parse

if TYPE_CHECKING:
    from okta_aws.sources.okta_key import SigningKey

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# A clock that runs ahead of Okta's by less is forgiven; Okta takes an assertion for at most an hour.
_BACKDATED_S = 60
_LIFETIME_S = 300
_ENCRYPTED_FIX = (
    "in Okta: Security > API > Authorization Servers > the server: deactivate the encryption key of its access tokens",
)


class OktaClientSource:
    """Asks the authorization server's token endpoint, once for each ``fetch``."""

    name = "okta"

    def __init__(self, client: OktaClient, http: Http, persistence: Persistence, time: Time) -> None:
        self._client = client
        self._http = http
        self._persistence = persistence
        self._time = time
        self._issuer: Issuer | None = None
        self._key: SigningKey | None = None

    def fetch(self) -> Token | None:
        """A new token. The discovery document is read once, and the key before any request.

        Raises ``SourceError`` where key, issuer or app do not fit, ``TokenError`` where Okta issued what AWS cannot
        use, ``NetworkError`` where Okta could not be reached.
        """
        self._read_key()
        doing = f"asking Okta for a token ({self._client.issuer})"
        issuer = self._issuer or self._discovered(doing)
        return self._persistence.run(doing, lambda: _token(self._ask(issuer, doing), doing))

    def answer(self, issuer: Issuer, doing: str) -> Mapping[str, object]:
        """What the token endpoint of an issuer that needs no discovery says, where it says yes. Raises as ``fetch``."""
        self._read_key()
        return self._persistence.run(doing, lambda: self._ask(issuer, doing))

    def why_not(self) -> str:
        """Never needed: an Okta app that was configured always counts."""
        return ""

    def _read_key(self) -> None:
        if self._client.private_key is not None and self._key is None:
            self._key = _read(self._client.private_key)

    def _discovered(self, doing: str) -> Issuer:
        issuer = discover(self._client.issuer, self._http, self._persistence, self._time)
        if not urlsplit(issuer.issuer).path and urlsplit(issuer.token_endpoint).path == "/oauth2/v1/token":
            raise org_server(doing, issuer.issuer)
        if not issuer.token_endpoint:
            fix = "give the issuer of a custom authorization server in okta-issuer"
            raise SourceError("okta-discovery", doing, wanted="an issuer with a token endpoint", found="none", fix=fix)
        self._issuer = issuer
        return issuer

    def _ask(self, issuer: Issuer, doing: str) -> Mapping[str, object]:
        form = {"grant_type": "client_credentials"}
        if self._client.scopes:
            form["scope"] = " ".join(self._client.scopes)
        headers = {"Accept": "application/json"}
        self._authenticate(issuer, form, headers)
        within_s = self._persistence.remaining_s(doing)
        response = self._http.post_form(issuer.token_endpoint, urlencode(form).encode(), headers, within_s=within_s)
        now = self._time.clock()
        busy = unavailable(response, doing, now)
        if busy is not None:
            raise busy
        said = json_object(response.body) or {}
        if response.status != 200:
            raise refusal(self._without_secret(said), response.status, doing, self._sent(issuer, response, now))
        return said

    def _without_secret(self, said: Mapping[str, object]) -> Mapping[str, object]:
        """What was said, where it repeats our own secret: that part is not for a log."""
        secret = (self._client.client_secret or Secret("")).reveal()
        if not secret:
            return said
        return {name: text.replace(secret, "***") if isinstance(text, str) else text for name, text in said.items()}

    def _authenticate(self, issuer: Issuer, form: dict[str, str], headers: dict[str, str]) -> None:
        if self._key is not None:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = self._assertion(self._key, issuer.token_endpoint)
            return
        client_id, secret = self._client.client_id, (self._client.client_secret or Secret("")).reveal()
        methods = issuer.token_auth_methods
        if "client_secret_post" in methods and "client_secret_basic" not in methods:
            form |= {"client_id": client_id, "client_secret": secret}
            return
        # RFC 6749, section 2.3.1: both halves are form-encoded first, or a colon in them would tear them apart.
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _assertion(self, key: SigningKey, endpoint: str) -> str:
        # Okta, "Build a JWT for client authentication". It takes a jti once only, so each request gets its own.
        now = int(self._time.clock())
        claims: Mapping[str, object] = {
            "iss": self._client.client_id,
            "sub": self._client.client_id,
            "aud": endpoint,
            "iat": now - _BACKDATED_S,
            "exp": now + _LIFETIME_S,
            "jti": base64.urlsafe_b64encode(os.urandom(18)).decode(),
        }
        return key.sign(claims, self._client.key_id or key.key_id)

    def _sent(self, issuer: Issuer, response: Response, now: float) -> Sent:
        theirs = server_time(response.headers)
        key = ""
        if self._key is not None:
            key_id = self._client.key_id or self._key.key_id
            key = (
                f"kid {key_id or 'none (set okta-key-id)'}, {self._key.algorithm}, from a key given as {self._key.form}"
            )
        ahead_s = None if theirs is None else now - theirs
        return Sent(issuer.token_endpoint, self._client.client_id, self._client.scopes, key, ahead_s)


def _read(text: Secret) -> SigningKey:
    try:
        from okta_aws.sources.okta_key import read_key
    except ImportError as missing:
        raise SourceError(
            "okta-key-library",
            "reading okta-private-key",
            wanted="the libraries cryptography and PyJWT",
            found=f"none named {missing.name}"
            if isinstance(missing, ModuleNotFoundError)
            else "one that does not load",
            fix='pip install "okta-aws-action[key]"',
        ) from None
    return read_key(text)


def _token(said: Mapping[str, object], doing: str) -> Token:
    text, kind = said.get("access_token"), said.get("token_type")
    if not isinstance(text, str) or not isinstance(kind, str):
        raise NetworkError(
            "network-garbage",
            doing,
            wanted="JSON with access_token and token_type",
            found="something else",
            fix="check for a proxy or a sign-in page between here and Okta",
        )
    if kind.lower() == "dpop":
        raise dpop_bound(doing)
    try:
        token = parse(text)
    except TokenError as error:
        if error.code == "token-encrypted":
            error.fix = _ENCRYPTED_FIX
        raise
    # RFC 7800: a token with cnf is good only together with a key that AWS cannot be shown.
    if "cnf" in token.claims:
        raise dpop_bound(doing)
    return token
