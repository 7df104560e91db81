# SPDX-License-Identifier: Apache-2.0
"""The roles of an account, as IAM has them now."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.iam import Iam, region_of
from okta_aws.flows.client import Client
from okta_aws.flows.policy_files.contents import Contents, Found
from okta_aws.flows.with_keys import Report
from okta_aws.settings.settings import Endpoint
from okta_aws.sources.ambient import find
from okta_aws.trust.provider_name import OIDC_PROVIDER

# AWS's own variables (AWS SDKs and tools reference guide, "Service-specific endpoints" and "AWS Region").
_ENDPOINTS = ("AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_FIRST = "us-east-1"


def add_live(contents: Contents, environ: Mapping[str, str], client: Client, report: Report) -> None:
    """Adds all roles of the account whose credentials the environment holds; its providers are known from then on.

    Raises what ``sources.ambient.find`` and ``aws.iam.Iam`` raise, after as many attempts as the client has patience
    for.
    """
    iam = _iam(environ, client, report)
    providers = client.persistence.run("reading the account's identity providers", iam.providers)
    contents.known_providers = frozenset(arn.partition(OIDC_PROVIDER)[2] for arn in providers)
    for role in client.persistence.run("reading the account's roles", lambda: list(iam.roles())):
        contents.add(Found(role.arn, role.trust_policy, role.arn, shift=None, max_session_s=role.max_session_s))


def _iam(environ: Mapping[str, str], client: Client, report: Report) -> Iam:
    keys = find(environ, client.context, client.persistence.remaining_s("looking for AWS credentials"))
    for secret in (*keys.secrets, keys.access_key_id):
        report.mask(secret)
    url = next((environ[name] for name in _ENDPOINTS if environ.get(name)), "")
    region = next((environ[name] for name in _REGIONS if environ.get(name)), _FIRST)
    endpoint = Endpoint(region_of(partition_of(region).name), url, fips=False, dualstack=False)
    return Iam(client.http, endpoint, keys, within_s=client.persistence.remaining_s)
