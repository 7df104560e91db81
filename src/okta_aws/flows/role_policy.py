# SPDX-License-Identifier: Apache-2.0
"""A role's trust policy from IAM itself, and what IAM lists of the token's identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from okta_aws.arn import RoleArn
from okta_aws.aws.iam import Iam, iam_endpoint
from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.flows.with_keys import Report
from okta_aws.sources.ambient import find

# AWS's own variables for another endpoint (AWS SDKs and tools reference guide, "Service-specific endpoints").


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """``audiences``: the client ids of the issuer's provider, ``None`` where they are not known. ``providers``: URLs,
    empty where it is certain that the account has no provider of this issuer, else ``None``."""

    text: str
    audiences: tuple[str, ...] | None
    providers: tuple[str, ...] | None


def role_policy(role: RoleArn, issuer: str, environ: Mapping[str, str], client: Client, report: Report) -> RolePolicy:
    """The trust policy of ``role``, by the AWS credentials of the environment.

    Raises what ``sources.ambient.find`` and ``aws.iam.Iam`` raise. That the provider cannot be read is no error.
    """
    iam = _iam(role, environ, client, report)
    doing = f"reading the role {role.name} from IAM (iam:GetRole)"
    found = client.persistence.run(doing, lambda: iam.role(role.name))
    if found.arn != role.text:
        fix = "use credentials of the role's account, and the ARN with its path"
        raise Error("iam-missing", doing, wanted=role.text, found=found.arn, fix=fix)
    audiences, providers = _provider(role, issuer, iam, client, report)
    return RolePolicy(found.trust_policy, audiences, providers)


def _iam(role: RoleArn, environ: Mapping[str, str], client: Client, report: Report) -> Iam:
    keys = find(environ, client.context, client.persistence.remaining_s("looking for AWS credentials"))
    for secret in (*keys.secrets, keys.access_key_id):
        report.mask(secret)
    return Iam(client.http, iam_endpoint(role.partition, environ), keys, within_s=client.persistence.remaining_s)


def _provider(
    role: RoleArn, issuer: str, iam: Iam, client: Client, report: Report
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    if not issuer:
        return None, None
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{issuer.removeprefix('https://')}"
    try:
        return client.persistence.run("reading the identity provider", lambda: iam.provider(arn)).audiences, None
    except Error as error:
        if error.code == "iam-missing":
            return None, ()
        report.info(f"the identity provider's audiences are not known: {error.headline()}")
        return None, None
