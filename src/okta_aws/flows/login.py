# SPDX-License-Identifier: Apache-2.0
"""A person signs in, and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from okta_aws.errors import Error, ExportError
from okta_aws.flows.client import Client
from okta_aws.flows.with_token import check_token
from okta_aws.secret import Secret
from okta_aws.settings.source import OktaLogin
from okta_aws.sources.okta_device import DeviceLogin, Show
from okta_aws.store import sessions
from okta_aws.store.tokens import Kept, LoginTokens
from okta_aws.tokens.token import Token

_HARMLESS_SKEW_S = 60


class Report(Protocol):
    """What is told about a sign-in."""

    def mask(self, value: Secret | str) -> None:
        """Hides a value in everything that is printed from now on."""

    def debug(self, text: str) -> None:
        """One line for those who look closer."""

    def warning(self, title: str, *lines: str) -> None:
        """Something that works, but not as it was asked for."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a token is to be kept."""

    tokens: LoginTokens
    in_keyring: bool


def sign_in(
    login: OktaLogin,
    client: Client,
    show: Callable[[Show], None],
    keeping: Keeping | None,
    environ: Mapping[str, str],
    report: Report,
) -> tuple[Token, Kept | None]:
    """The ID token of the person who signed in, and where it was kept.

    The sessions of whoever was signed in before are forgotten. Raises what ``DeviceLogin.run`` raises, ``TokenError``
    where the token is of no use by this machine's clock, and ``ExportError`` where it cannot be kept, if possible
    before anybody is asked to sign in.
    """
    try:
        if keeping is not None:
            keeping.tokens.prepare(login.issuer, login.client_id)
        token = DeviceLogin(login, client.http, client.persistence, client.time).run(show, report.debug)
        report.mask(token.text)
        check_token(token, "", client.time.clock())
    except Error as error:
        raise client.explained(error) from None
    _warn_of_the_clock(token, client.time.clock(), report)
    if keeping is None:
        return token, None
    kept = keeping.tokens.keep(login.issuer, login.client_id, token.text, in_keyring=keeping.in_keyring)
    _forget_sessions(environ)
    return token, kept


def sign_out(tokens: LoginTokens, environ: Mapping[str, str]) -> tuple[int, int]:
    """Forgets all tokens and all role sessions that are kept; how many of each there were.

    Both are tried whatever becomes of the other. Raises ``ExportError`` where something is left.
    """
    try:
        forgotten = _forget_sessions(environ)
    finally:
        removed = tokens.forget_all()
    return removed, forgotten


def _warn_of_the_clock(token: Token, now: float, report: Report) -> None:
    issued = token.claims.get("iat")
    # It was issued a moment ago, so this is the difference of the two clocks.
    if isinstance(issued, int) and abs(now - issued) > _HARMLESS_SKEW_S:
        side = "ahead of" if now > issued else "behind"
        report.warning(f"this machine's clock is {abs(now - issued):.0f} s {side} the issuer's", "set it right")


def _forget_sessions(environ: Mapping[str, str]) -> int:
    try:
        return sessions.forget_all(environ)
    except OSError as cause:
        raise ExportError(
            "export-failed",
            "removing the sessions that are kept",
            wanted="to remove them",
            found=(cause.strerror or "an error").lower(),
            fix=f"remove the folder {sessions.folder_of(environ)}",
        ) from None
