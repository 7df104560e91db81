# SPDX-License-Identifier: Apache-2.0
"""What an issuer publishes about itself (OpenID Connect Discovery 1.0), and what its answers say about waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from okta_aws.errors import NetworkError, Retry, SourceError
from okta_aws.http import Http, Response
from okta_aws.retry import Persistence, Time
from okta_aws.settings.scalars import is_loopback

_OPENID = "/.well-known/openid-configuration"
_COPY_ISSUER = (
    "copy the issuer from Okta: Security > API > Authorization Servers, column Issuer URI; it ends in /oauth2/ and the "
    "id of the server"
)
_NO_ADMIN = "give the organization's own host, neither the admin console's (-admin) nor a page that people sign in at"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer and its endpoints. ``token_endpoint`` is empty where it has none (GitHub's issuer).

    ``device_endpoint`` (RFC 8628) and ``revocation_endpoint`` (RFC 7009) are empty too where they are at another host.
    """

    issuer: str
    token_endpoint: str
    jwks_uri: str
    token_auth_methods: tuple[str, ...]
    device_endpoint: str = ""
    revocation_endpoint: str = ""


def discover(issuer: str, http: Http, persistence: Persistence, time: Time) -> Issuer:
    """What ``issuer`` says of itself, checked: it names itself byte for byte, and its endpoints are its own.

    Raises ``SourceError`` (okta-discovery, okta-rate-limit) or ``NetworkError``.
    """
    doing = f"reading the discovery document of {issuer}"
    return persistence.run(doing, lambda: _ask(issuer, http, persistence, time, doing))


def _ask(issuer: str, http: Http, persistence: Persistence, time: Time, doing: str) -> Issuer:
    parts = urlsplit(issuer)
    # AWS reads this document and no other (IAM user guide, OIDC federation), so nothing else will do.
    try:
        headers = {"Accept": "application/json"}
        response = http.get(issuer + _OPENID, headers, within_s=persistence.remaining_s(doing))
    except NetworkError as error:
        if error.code != "network-garbage":
            raise
        raise _unusable(doing, error.found, f"check that {parts.hostname} is the right host", _COPY_ISSUER) from None
    busy = unavailable(response, doing, time.clock())
    if busy is not None:
        raise busy
    if response.status != 200:
        raise _no_document(response, parts, doing)
    return _issuer(response.body, issuer, doing)


def key_set(issuer: Issuer, http: Http, persistence: Persistence, time: Time) -> Mapping[str, Any]:
    """The keys (JWKS, RFC 7517) that ``issuer`` publishes. Raises as ``discover`` does."""
    doing = f"reading the keys of {issuer.issuer}"

    def ask() -> Mapping[str, Any]:
        headers = {"Accept": "application/json"}
        response = http.get(issuer.jwks_uri, headers, within_s=persistence.remaining_s(doing))
        busy = unavailable(response, doing, time.clock())
        if busy is not None:
            raise busy
        document = json_object(response.body) if response.status == 200 else None
        if document is None or not isinstance(document.get("keys"), list) or not document["keys"]:
            raise _unusable(doing, f"no key set (HTTP status {response.status})", "check jwks_uri of the issuer")
        return document

    return persistence.run(doing, ask)


def _no_document(response: Response, parts: SplitResult, doing: str) -> SourceError:
    if 300 <= response.status < 400:
        host = _host(response.headers.get("location", ""))
        found = f"a redirect{f' to {host}' if host else ''} (HTTP status {response.status})"
        return _unusable(doing, found, _NO_ADMIN, _COPY_ISSUER)
    found = f"HTTP status {response.status}"
    if response.status != 404:
        zone_fix = "check that no proxy, network zone or firewall between here and the issuer refuses the request"
        return _unusable(doing, found, zone_fix, _COPY_ISSUER)
    if "/oauth2/" not in parts.path:
        return _unusable(doing, f"{found}, and an address without /oauth2/", _COPY_ISSUER)
    server_fix = "check the server's id at the end of the issuer, and in Okta that this server is active"
    return _unusable(doing, found, server_fix, _COPY_ISSUER)


def _host(location: str) -> str:
    try:
        return excerpt(urlsplit(location).hostname or "", 80)
    except ValueError:
        return ""


def _issuer(body: bytes, issuer: str, doing: str) -> Issuer:
    document = json_object(body)
    if document is None:
        is_page = body.lstrip()[:1] == b"<"
        found = "a web page (a sign-in page?)" if is_page else "something that is no JSON object"
        raise _unusable(doing, found, _NO_ADMIN, _COPY_ISSUER)
    if document.get("issuer") != issuer:
        raise _another(document.get("issuer"), issuer, doing)
    methods = document.get("token_endpoint_auth_methods_supported")
    return Issuer(
        issuer,
        _endpoint(document, "token_endpoint", issuer, doing),
        _endpoint(document, "jwks_uri", issuer, doing) or _missing_keys(doing),
        tuple(method for method in methods if isinstance(method, str)) if isinstance(methods, list) else (),
        _own(document.get("device_authorization_endpoint"), issuer),
        _own(document.get("revocation_endpoint"), issuer),
    )


def _own(url: object, issuer: str) -> str:
    return str(url) if url and origin(url) == origin(issuer) else ""


def _another(named: object, issuer: str, doing: str) -> SourceError:
    return SourceError(
        "okta-discovery",
        doing,
        wanted=f'the issuer "{issuer}", byte for byte',
        found=f'"{excerpt(named)}"' if isinstance(named, str) else "a document that names no issuer",
        fix=(
            "if the one found is yours too (a custom domain?), make it okta-issuer and the IAM identity provider's URL",
            _COPY_ISSUER,
        ),
    )


def _missing_keys(doing: str) -> str:
    raise _unusable(doing, "a document without jwks_uri, so AWS could not verify its tokens", _COPY_ISSUER)


def _endpoint(document: Mapping[str, Any], name: str, issuer: str, doing: str) -> str:
    url = document.get(name, "")
    if url == "":
        return ""
    found = origin(url)
    # The client's credentials go to the token endpoint: that must be the host they are meant for.
    is_elsewhere = name == "token_endpoint" and found != origin(issuer)
    if found is None or is_elsewhere:
        raise SourceError(
            "okta-discovery",
            doing,
            wanted=f"a {name} over https{' at the host of the issuer' if is_elsewhere else ''}",
            found=f'"{excerpt(url)}"' if isinstance(url, str) else "something that is no text",
            fix=("check that nothing between here and the issuer changes its answers", _COPY_ISSUER),
        )
    return str(url)


def origin(url: object) -> tuple[str, str, int] | None:
    """Scheme, host and port of ``url``, ``None`` where it is no https address (or one of this machine's loopback)."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return (parts.scheme, host, port) if host and secure and parts.username is None and not parts.fragment else None


def _unusable(doing: str, found: str, *fix: str) -> SourceError:
    wanted = "the JSON document of an authorization server"
    return SourceError("okta-discovery", doing, wanted=wanted, found=found, fix=fix)


def json_object(body: bytes) -> Mapping[str, Any] | None:
    """``body`` as a JSON object, ``None`` where it is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def excerpt(text: str, longest: int = 200) -> str:
    """Foreign text as an error may quote it: one line, printable, at most ``longest`` characters."""
    line = "".join(character if character.isprintable() else "?" for character in " ".join(text[: 2 * longest].split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def unavailable(response: Response, doing: str, now: float) -> SourceError | NetworkError | None:
    """The error of an issuer that cannot answer now (429, 5xx) with the wait it asks for, ``None`` where it did answer.

    ``now``: seconds since 1970. The status decides, whatever the body says: Okta's ``user_rate_limited`` comes as
    ``invalid_grant``.
    """
    if response.status == 429:
        return _throttled(response, doing, now)
    if response.status < 500:
        return None
    return NetworkError(
        "okta-unavailable",
        doing,
        wanted="an answer",
        found=f"HTTP status {response.status}",
        fix="try again later; see https://status.okta.com",
        retry=Retry(after_s=_advised_wait_s(response.headers, now)),
    )


def _throttled(response: Response, doing: str, now: float) -> SourceError:
    wait_s = _advised_wait_s(response.headers, now)
    found = "too many requests at the same time" if _is_concurrency(response.headers) else "no request left"
    pause = f", the next one possible in {wait_s:.0f} s" if wait_s is not None else ""
    return SourceError(
        "okta-rate-limit",
        doing,
        wanted="a request within the rate limit",
        found=f"HTTP status 429, {found}{pause}",
        fix=(
            "let fewer jobs ask at the same time",
            "see in Okta which limit it is: Reports > Rate Limits; an app's share: the app > Application rate limits",
            "raise action-timeout-s if the wait is worth it",
        ),
        retry=Retry(after_s=wait_s),
    )


def _is_concurrency(headers: Mapping[str, str]) -> bool:
    return headers.get("x-rate-limit-limit", "").strip() == "0"


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait by ``Retry-After`` (RFC 9110, 10.2.3), ``None`` where it says nothing.

    A moment is taken against the server's own ``Date``, so a wrong clock here does not matter; ``now`` (seconds since
    1970) serves where an answer has none.
    """
    asked = headers.get("retry-after", "").strip()
    seconds = _whole(asked)
    return float(seconds) if seconds is not None else _until(_moment(asked), headers, now)


def _advised_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """``retry_after_s``, else the wait by Okta's ``X-Rate-Limit-Reset``, seconds since 1970.

    For a limit on concurrent requests Okta calls the reset a mere suggestion; a short random wait serves better there.
    """
    wait_s = retry_after_s(headers, now)
    if wait_s is not None or _is_concurrency(headers):
        return wait_s
    return _until(_whole(headers.get("x-rate-limit-reset", "").strip()), headers, now)


def _until(moment: float | None, headers: Mapping[str, str], now: float | None) -> float | None:
    theirs = server_time(headers)
    reference = now if theirs is None else theirs
    if moment is None or reference is None or moment <= reference:
        return None
    return moment - reference


def server_time(headers: Mapping[str, str]) -> float | None:
    """The answer's ``Date`` in seconds since 1970, ``None`` where it has none."""
    return _moment(headers.get("date", ""))


def _moment(text: str) -> float | None:
    try:
        # RFC 9110, 5.6.7: always GMT, so a zone that is missing or another is not obeyed.
        return parsedate_to_datetime(text).replace(tzinfo=UTC).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
