# SPDX-License-Identifier: Apache-2.0
"""Whether the credentials that the environment holds already are what is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.aws.signed import Identity
from okta_aws.credentials import AwsKeys, Credentials
from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.flows.with_keys import Report, who
from okta_aws.settings.settings import Settings
from okta_aws.sources.ambient import from_variables


def fitting(settings: Settings, environ: Mapping[str, str], client: Client, report: Report) -> Credentials | None:
    """The environment's credentials where account and role are right and they last long enough; else ``None``."""
    keys = from_variables(environ)
    if keys is None:
        report.info("no existing credentials in the environment")
        return None
    for secret in (*keys.secrets, keys.access_key_id):
        report.mask(secret)
    try:
        identity = who(settings, keys, client)
    except Error as error:
        report.info(f"existing credentials are of no use: {error.headline()}")
        return None
    reason = _unfit(settings, keys, identity, client.time.clock())
    if reason:
        report.info(f"existing credentials are of no use: {reason}")
        return None
    report.info(f"existing credentials are kept: {identity.arn}")
    role = settings.role.text if settings.role else ""
    return Credentials(
        keys.access_key_id,
        keys.secret_access_key,
        keys.session_token,
        keys.expiration,
        identity.account,
        identity.arn,
        role,
        identity.arn.rpartition("/")[2] if role else "",
    )


def _unfit(settings: Settings, keys: AwsKeys, identity: Identity, now: float) -> str:
    role = settings.role.name if settings.role else settings.role_name.rpartition("/")[2]
    account = settings.role.account if settings.role else ""
    if settings.allowed_accounts and identity.account not in settings.allowed_accounts:
        return f"they are of account {identity.account}"
    # The path of a role is no part of its sessions' ARNs.
    if role and f":assumed-role/{role}/" not in identity.arn:
        return f"they are not of the role {role}"
    if account and identity.account != account:
        return f"they are of account {identity.account}"
    if keys.session_token and settings.existing.minimum_remaining_s:
        if keys.expiration is None:
            return "nothing tells when they expire"
        left_s = keys.expiration.timestamp() - now
        if left_s < settings.existing.minimum_remaining_s:
            return f"they last {max(left_s, 0):.0f} s more"
    return ""
