# SPDX-License-Identifier: Apache-2.0
"""The roles of an account, as IAM has them now."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.iam import Iam, Role, iam_endpoint
from okta_aws.errors import Error
from okta_aws.flows.client import Client
from okta_aws.flows.policy_files.contents import Contents, Found, NotChecked, inline_document
from okta_aws.flows.with_keys import Report
from okta_aws.policies.document import Document
from okta_aws.sources.ambient import find
from okta_aws.trust.permissions import AWS_OWN, Permissions
from okta_aws.trust.provider_name import OIDC_PROVIDER
from okta_aws.trust.role import NOTHING_KNOWN

# AWS's own variables (AWS SDKs and tools reference guide, "Service-specific endpoints" and "AWS Region").
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_FIRST = "us-east-1"
_FOR_TOKENS = "Federated"


def add_live(contents: Contents, environ: Mapping[str, str], client: Client, report: Report) -> None:
    """Adds all roles of the account whose credentials the environment holds; its providers are known from then on.

    What is attached to roles that tokens open is read as far as the credentials may, and as the time allows; the rest
    is remarked upon. Raises what ``sources.ambient.find`` and ``aws.iam.Iam`` raise, each request after as many
    attempts as the client has patience for.
    """
    iam = _iam(environ, client, report)
    contents.known_providers = frozenset(arn.partition(OIDC_PROVIDER)[2] for arn in iam.providers())
    reader = _Attached(iam, contents)
    # Trust policies first: those of all roles count for more than what is attached to the first ones.
    for role in list(iam.roles()):
        permissions = reader.permissions(role) if _FOR_TOKENS in role.trust_policy else NOTHING_KNOWN
        contents.add(Found(role.arn, role.trust_policy, role.arn, None, None, None, role.max_session_s, permissions))


class _Attached:
    """Reads the policies that are attached to roles, each managed one once. What is refused is not asked again."""

    def __init__(self, iam: Iam, contents: Contents) -> None:
        self._iam, self._contents = iam, contents
        self._managed: dict[str, Document | None] = {}
        self._closed = False

    def permissions(self, role: Role) -> Permissions:
        """What the role may do; nothing known where that may not be read, or there is no time left."""
        if self._closed:
            return NOTHING_KNOWN
        try:
            return self._read(role.name)
        except Error as error:
            if error.code == "iam-missing":  # removed since it was listed
                return NOTHING_KNOWN
            # The trust policies are all here by now; they are not thrown away for what is worth less.
            self._closed = True
            why = f"wanted {error.wanted}, found {error.found}" if error.wanted else error.found
            reason = f"from here on, what is attached to roles was not read ({error.code}): {why}"
            self._contents.not_checked.append(NotChecked(role.arn, None, role.arn, reason))
            return NOTHING_KNOWN

    def _read(self, name: str) -> Permissions:
        attached = self._iam.attached(name)
        own = [arn for arn in attached if AWS_OWN not in arn]
        documents = [self._document(arn) for arn in own]
        documents += [inline_document(text) for text in self._iam.inline(name)]
        managed = tuple(arn for arn in attached if AWS_OWN in arn)
        return Permissions(managed, tuple(one for one in documents if one is not None), None not in documents)

    def _document(self, arn: str) -> Document | None:
        if arn not in self._managed:
            self._managed[arn] = inline_document(self._iam.managed(arn))
        return self._managed[arn]


def _iam(environ: Mapping[str, str], client: Client, report: Report) -> Iam:
    keys = find(environ, client.context, client.persistence.remaining_s("looking for AWS credentials"))
    for secret in (*keys.secrets, keys.access_key_id):
        report.mask(secret)
    region = next((environ[name] for name in _REGIONS if environ.get(name)), _FIRST)
    endpoint = iam_endpoint(partition_of(region).name, environ)
    patience = client.persistence
    return Iam(client.http, endpoint, keys, within_s=patience.remaining_s, again=patience.run)
