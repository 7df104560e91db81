# SPDX-License-Identifier: Apache-2.0
"""Whether a statement's principal is the provider of the token (user guide, "AWS JSON policy elements: Principal")."""

from __future__ import annotations

import re
from typing import Final

from okta_aws.policies.document import Statement
from okta_aws.trust.context import Request
from okta_aws.trust.provider_keys import BUILT_IN

# Accounts have 12 digits at AWS; STS-compatible services have an empty one, or names.
_ARN: Final = re.compile(
    r"arn:(?P<partition>[a-z][a-z0-9-]*):iam::(?P<account>[\w-]*):oidc-provider/(?P<url>.+)", re.ASCII
)
_NEAREST: Final = ("letter-case", "wrong-account", "wrong-partition", "federated-wildcard", "other-provider")


def partition_of(arn: str) -> str | None:
    """The partition in the ARN of an OIDC provider; ``None`` where it is none."""
    match = _ARN.fullmatch(arn)
    return match["partition"] if match else None


def matches(statement: Statement, request: Request) -> tuple[bool | None, str]:
    """Whether ``statement`` names the request's provider, and why not; the reasons are those of ``StatementResult``.

    ``"*"`` and ``{"AWS": "*"}`` are everyone: the guide has them as equivalent for callers without AWS credentials.
    """
    if statement.not_principals:
        return None, "not-principal"
    if not statement.principals:
        return None, "no-principal"
    if "*" in statement.principals or "*" in statement.principals.get("AWS", ()):
        return True, ""
    named = statement.principals.get("Federated", ())
    if not named:
        return False, "no-federated-principal"
    reasons = {_difference(one, request) for one in named}
    if "" in reasons:
        return True, ""
    nearest = min(reasons, key=_rank)
    if reasons & {"federated-wildcard", "no-issuer"}:
        return None, "no-issuer" if "no-issuer" in reasons else "federated-wildcard"
    return False, nearest


def _rank(reason: str) -> int:
    return _NEAREST.index(reason) if reason in _NEAREST else len(_NEAREST)


def _difference(named: str, request: Request) -> str:
    """Why ``named`` is not the request's provider; empty where it is. ARNs are compared letter by letter."""
    if "*" in named or "?" in named:
        return "federated-wildcard"
    provider = request.provider
    if provider is None:
        return "no-issuer"
    if named in (request.provider_arn, provider) and (named in BUILT_IN or _ARN.fullmatch(named)):
        return ""
    wanted = _ARN.fullmatch(named)
    if wanted is None or wanted["url"].lower() != provider.lower():
        return "other-provider"
    if wanted["url"] != provider:
        return "letter-case"
    if request.provider_arn is None:
        return "wrong-partition" if request.partition not in (None, wanted["partition"]) else ""
    own = _ARN.fullmatch(request.provider_arn)
    if own is None:
        return "other-provider"
    return "wrong-account" if own["partition"] == wanted["partition"] else "wrong-partition"
