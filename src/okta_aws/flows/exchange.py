# SPDX-License-Identifier: Apache-2.0
"""The exchange: what it begins with, checked, becomes the credentials of a role, checked again.

Nothing is written or exported here; whoever calls does that with a result that passed every check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from okta_aws.arn import RoleArn
from okta_aws.credentials import Credentials
from okta_aws.errors import Error, Problem, SettingsError, SourceError, WrongAccount
from okta_aws.flows.client import Client
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.secret import Secret
from okta_aws.settings.scalars import shown
from okta_aws.settings.settings import Settings
from okta_aws.settings.source import OF_AWS, Source
from okta_aws.sources.select import choose, select
from okta_aws.tokens.token import Token


class Report(Protocol):
    """What the exchange tells whoever runs it."""

    def mask(self, value: Secret | str) -> None:
        """Hides a value in everything that is printed from now on."""

    def debug(self, text: str) -> None:
        """One line for those who look closer."""

    def info(self, text: str) -> None:
        """One line of the log."""

    def warning(self, title: str, *lines: str) -> None:
        """Something that works, but not as it was asked for."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of it: the credentials, and the token that they were given for, if it was one.

    ``kept``: the environment's own credentials do, and nothing has to be handed over.
    """

    token: Token | None
    credentials: Credentials
    kept: bool = False


def run(settings: Settings, environ: Mapping[str, str], context: Context, time: Time, report: Report) -> Exchanged:
    """The credentials that ``settings`` ask for.

    Raises ``WrongAccount`` before any request where the role's ARN tells; ``SettingsError``, ``SourceError``,
    ``TokenError``, ``AssumeRoleError``, ``NetworkError``; and ``WrongAccount`` again on AWS's answer.
    """
    if settings.role is not None and settings.role.account:
        check_account(settings.role.account, settings.allowed_accounts, f"choosing the role {settings.role.text}")
    client = Client(settings.patience, settings.network, context, time, report.debug)
    try:
        if settings.existing.keep:
            from okta_aws.flows.existing import fitting

            existing = fitting(settings, environ, client, report)
            if existing is not None:
                return Exchanged(None, existing, kept=True)
        return _exchanged(settings, environ, client, report)
    except Error as error:
        raise client.explained(error) from None
    finally:
        client.close()


def _exchanged(settings: Settings, environ: Mapping[str, str], client: Client, report: Report) -> Exchanged:
    has_role = settings.role is not None or bool(settings.role_name)
    source = choose(settings.source, has_role, environ, client.context)
    if source.name in OF_AWS:
        # Credentials of the environment that become no role stay where they are: written down, a session of an instance
        # or of a profile would not be renewed any more.
        stays = source.name == "ambient" and not has_role
        exchanged = Exchanged(None, _from_keys(settings, source, environ, client, report), kept=stays)
    else:
        from okta_aws.flows.with_token import exchange_token

        token, credentials = exchange_token(settings, _role(settings), source, environ, client, report)
        exchanged = Exchanged(token, credentials)
    check_account(exchanged.credentials.account, settings.allowed_accounts, "checking the account of the credentials")
    return exchanged


def _from_keys(
    settings: Settings, source: Source, environ: Mapping[str, str], client: Client, report: Report
) -> Credentials:
    from okta_aws.flows.with_keys import credentials_for

    try:
        return credentials_for(settings, source, environ, client, report)
    except SourceError as error:
        # Nothing was chosen, a role is wanted, and a job has no AWS credentials: as a rule it lacks the permission for
        # GitHub's token, and that is what it has to be told.
        is_guess = settings.source.name is None and settings.role is not None
        if error.code == "aws-credentials-missing" and is_guess and client.context.on_github:
            select(settings.source, environ, client.context, client.http, client.persistence, client.time).fetch()
        raise


def _role(settings: Settings) -> RoleArn:
    if settings.role is None:
        wanted = "the ARN of the role, as a token is exchanged for it"
        raise SettingsError([Problem("role-to-assume", "input", wanted, shown(settings.role_name))])
    return settings.role


def check_account(account: str, allowed: frozenset[str], doing: str) -> None:
    """Raises ``WrongAccount`` unless ``account`` is one of ``allowed``; an empty set allows all."""
    if allowed and account not in allowed:
        raise WrongAccount(
            "wrong-account",
            doing,
            wanted=f"one of the accounts {', '.join(sorted(allowed))}",
            found=account or "an answer that names no account",
            fix="correct role-to-assume, or add the account to allowed-account-ids",
        )
