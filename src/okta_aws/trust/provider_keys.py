# SPDX-License-Identifier: Apache-2.0
"""The condition keys that AWS makes of a token's claims, by provider.

As of 2026-02-06 for GitHub's own, 2026-09-24 for the others; AWS adds to these lists now and then.

- Any OIDC provider: IAM user guide, "IAM and AWS STS condition context keys", table of keys for AWS OIDC federation.
- GitHub: AWS announcement of January 2026, "AWS STS now supports validation of select identity provider specific claims
  from Google, GitHub, CircleCI and OCI", in all commercial Regions.
"""

from __future__ import annotations

from typing import Final

GITHUB: Final = "token.actions.githubusercontent.com"
GITHUB_AS_OF: Final = "2026-02-06"
# Keys of every provider; their claims are in trust/context.py.
GENERIC: Final = frozenset({"aud", "oaud", "sub", "amr", "email"})
# Claims of GitHub that are keys of the same name.
GITHUB_KEYS: Final = frozenset(
    {
        "actor",
        "actor_id",
        "job_workflow_ref",
        "repository",
        "repository_id",
        "workflow",
        "ref",
        "environment",
        "enterprise_id",
    }
)
# One listing of the announcement's keys has it, others do not.
GITHUB_DOUBTFUL: Final = frozenset({"repository_owner_id"})
# Providers that AWS knows without an OIDC provider in the account. Their principal is this name, not an ARN.
BUILT_IN: Final = frozenset(
    {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}
)


def of(provider: str) -> frozenset[str]:
    """The names of a provider's keys, in lower case, the doubtful ones among them."""
    return GENERIC | GITHUB_KEYS | GITHUB_DOUBTFUL if provider.lower() == GITHUB else GENERIC


def may_have_more(provider: str) -> bool:
    """Whether AWS documents keys of this provider's own, that are not in this table."""
    return (
        provider in BUILT_IN
        or provider.startswith("oidc.circleci.com/")
        or provider.split("/", 1)[0].endswith(".oraclecloud.com")
    )
