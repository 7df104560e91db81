# SPDX-License-Identifier: Apache-2.0
"""A token of a source becomes the credentials of a role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from okta_aws.arn import RoleArn
from okta_aws.aws.sts import assume_with_token
from okta_aws.credentials import Credentials, session_name_from
from okta_aws.errors import AssumeRoleError, Error, Retry, TokenError
from okta_aws.flows.client import Client
from okta_aws.secret import Secret
from okta_aws.settings.settings import Settings
from okta_aws.settings.source import Source
from okta_aws.sources.base import TokenSource
from okta_aws.sources.select import fetch, select
from okta_aws.tokens.token import Token

_FADING_S = 60
# A token this long past its end is refused here; before that, AWS's clock decides and not ours.
_LEEWAY_S = 60
_ABOUT_THE_TRUST = frozenset({"role-refused", "provider-missing", "provider-audience"})


class Report(Protocol):
    """What is told about tokens."""

    def mask(self, value: Secret | str) -> None:
        """Hides a value in everything that is printed from now on."""

    def debug(self, text: str) -> None:
        """One line for those who look closer."""

    def warning(self, title: str, *lines: str) -> None:
        """Something that works, but not as it was asked for."""


def exchange_token(
    settings: Settings, role: RoleArn, source: Source, environ: Mapping[str, str], client: Client, report: Report
) -> tuple[Token, Credentials]:
    """A token of ``source`` and the credentials of ``role`` for it. Raises what ``flows.exchange.run`` does."""
    supply = Supply(source, environ, client, report)
    doing = f"assuming role {role.text}"
    session = settings.session
    if session.custom_tags:
        report.warning("custom-tags has no effect", "a token brings its own session tags; set them at its issuer")

    accepted: list[Token] = []

    def attempt() -> Credentials:
        token = supply.current()
        name = session.name or session_name_from(token.subject)
        within_s = client.persistence.remaining_s(doing)
        try:
            credentials = assume_with_token(
                client.http, settings.endpoint, role, session, name, token.text, within_s=within_s
            )
        except Error as error:
            _advise(error, token, supply, client.new_role_until)
            raise
        accepted.append(token)
        return credentials

    credentials = client.ask(doing, attempt, report.mask, plain=settings.hand_over.plain_secret)
    return accepted[-1], credentials


def _advise(error: Error, token: Token, supply: Supply, new_role_until: float | None) -> None:
    if error.code == "role-refused" and new_role_until is not None:
        error.retry = Retry(until=new_role_until)
    if error.retry is not None and error.retry.fresh_token:
        supply.refused(token, error)
    if isinstance(error, AssumeRoleError) and error.code in _ABOUT_THE_TRUST:
        error.claims = token.claims
        error.found += f"; the token has {told(token)}"


def told(token: Token) -> str:
    """What the token says to a trust policy. Never the token itself."""
    return f'iss "{token.issuer}", aud "{", ".join(token.audiences)}", sub "{token.subject}"'


def token_source(source: Source, environ: Mapping[str, str], client: Client) -> TokenSource:
    """What ``source``, which is no AWS credentials, gets its tokens from."""
    if source.login is None:
        return select(source, environ, client.context, client.http, client.persistence, client.time)
    from okta_aws.flows.last_login import last_login

    return last_login(source.login, environ, client.time)


class Supply:
    """Tokens for the attempts of one exchange: kept while good, fetched anew when fading or refused."""

    def __init__(self, source: Source, environ: Mapping[str, str], client: Client, report: Report) -> None:
        self._source = token_source(source, environ, client)
        self._audience = source.audience
        self._verify: Callable[[Token], None] | None = None
        if source.verify:
            from okta_aws.flows.verify import verifier

            self._verify = verifier(client)
        self._report = report
        self._clock = client.time.clock
        self._token: Token | None = None
        self._refused: tuple[Token, Error] | None = None

    def current(self) -> Token:
        """A token with time left; raises the last refusal again where the source has only the token it was about."""
        if self._token is None or self._left_s(self._token) < _FADING_S:
            self._token = self._fetch()
        if self._refused is not None and self._refused[0].text == self._token.text:
            self._refused[1].retry = None
            raise self._refused[1]
        return self._token

    def refused(self, token: Token, error: Error) -> None:
        """AWS's answer was about the token: the next attempt gets another one."""
        self._token = None
        if error.retry is not None and error.retry.once:
            self._refused = (token, error)

    def _fetch(self) -> Token:
        token = fetch(self._source)
        self._report.mask(token.text)
        self._report.debug(f"token from {self._source.name}: {told(token)}")
        check_token(token, self._audience, self._clock())
        if self._verify is not None:
            self._verify(token)
        return token

    def _left_s(self, token: Token) -> float:
        return float("inf") if token.expires is None else token.expires - self._clock()


def check_token(token: Token, audience: str, now: float) -> None:
    """Raises ``TokenError`` for a token that AWS would refuse anyway: expired, or not for ``audience`` (empty: any)."""
    if token.expires is not None and token.expires + _LEEWAY_S < now:
        raise TokenError(
            "token-expired",
            "checking the token",
            wanted="a token that has not expired",
            found=f"one that ended {now - token.expires:.0f} s ago by this machine's clock",
            fix=("issue a new token right before the exchange", "check this machine's clock"),
        )
    if audience and audience not in token.audiences:
        raise TokenError(
            "token-audience",
            "checking the token",
            wanted=f"audience {audience}",
            found=", ".join(token.audiences) or "none",
            fix=(
                "correct the input audience, or the audience of the authorization server in Okta",
                "AWS looks at azp where a token has it, else at aud",
            ),
        )
