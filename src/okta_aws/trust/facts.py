# SPDX-License-Identifier: Apache-2.0
"""What is known beside policy and claims: of the moment, and of the account's identity providers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """``None`` is: not known, and nothing is concluded from it.

    ``now``: seconds since 1970, given where the token is to be used now; claims copied from the log of a past run have
    expired and may still be explained. ``whole``: the claims are all that the token has, so one that is absent is
    missing. ``provider_audiences``: the client ids of the provider of this issuer. ``providers``: the URLs of all OIDC
    providers of the role's account. ``account``: the role's, empty if unknown.
    """

    now: float | None = None
    whole: bool = False
    provider_audiences: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    account: str = ""


NO_FACTS = Facts()
