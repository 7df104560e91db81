# SPDX-License-Identifier: Apache-2.0
"""The token source ``device``: what the last ``okta-aws login`` left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from okta_aws.errors import SourceError, TokenError
from okta_aws.retry import Time
from okta_aws.settings.source import OktaLogin
from okta_aws.store.keyring import Keyring, KeyringSilent
from okta_aws.store.tokens import LoginTokens, login_folder
from okta_aws.tokens.token import Token, parse

_AGAIN = "run okta-aws login with the same okta-issuer and okta-client-id"


def last_login(login: OktaLogin, environ: Mapping[str, str], time: Time) -> LastLogin:
    """The source for ``login``, with what this user's folder and keyring hold."""
    tokens = LoginTokens(login_folder(environ, sys.platform), Keyring(), time.sleep)
    return LastLogin(login, tokens, time.clock)


class LastLogin:
    """Asks nobody to sign in: nobody may be there."""

    name = "device"

    def __init__(self, login: OktaLogin, tokens: LoginTokens, clock: Callable[[], float]) -> None:
        self._login = login
        self._tokens = tokens
        self._clock = clock

    def fetch(self) -> Token | None:
        """The token. Raises ``SourceError`` (login-needed) where there is none, or none that is good."""
        try:
            text = self._tokens.find(self._login.issuer, self._login.client_id)
        except KeyringSilent as silence:
            unlock = "unlock the keyring, or run okta-aws login --no-keyring"
            raise self._needed(f"one in the system's keyring, but {silence}", unlock) from None
        if text is None:
            raise self._needed("none", _AGAIN)
        try:
            token = parse(text.reveal())
        except TokenError:
            raise self._needed("something that is no token", _AGAIN) from None
        over_s = self._clock() - (token.expires or 0)
        if over_s >= 0:
            found = f"one that ended {over_s:.0f} s ago by this machine's clock"
            raise self._needed(found, _AGAIN)
        return token

    def why_not(self) -> str:
        """Never needed: where a person's sign-in was chosen, it always counts."""
        return ""

    def _needed(self, found: str, fix: str) -> SourceError:
        doing = f"looking for the sign-in of {self._login.client_id} at {self._login.issuer}"
        return SourceError("login-needed", doing, wanted="a token of a sign-in", found=found, fix=fix)
