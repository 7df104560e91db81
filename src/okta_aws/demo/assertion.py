# SPDX-License-Identifier: Apache-2.0
"""What Okta checks of a ``client_assertion`` by itself; the texts are in the table of ``issuer``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from okta_aws.demo.refusals import Refusal

LONGEST_S = 3600


def assertion_refused(description: str) -> Refusal:
    """Okta's answer to an assertion it does not like."""
    return Refusal(401, "invalid_client", description)


def parsed(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, not yet verified."""
    try:
        decoded = jwt.decode_complete(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise assertion_refused("The parsing of the client_assertion failed.") from error
    return decoded["header"], decoded["payload"]


def check_signature(assertion: str, header: Mapping[str, Any], jwks: Sequence[Mapping[str, str]]) -> None:
    """Refuses unless the key that ``kid`` names is registered and has signed."""
    jwk = next((jwk for jwk in jwks if jwk.get("kid") == header.get("kid")), None)
    if jwk is None:
        raise assertion_refused("The client_assertion JWT kid is invalid.")
    algorithm = str(header["alg"])
    try:
        jwt.PyJWS().decode(assertion, jwt.PyJWK(dict(jwk), algorithm).key, algorithms=[algorithm])
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise assertion_refused("The client_assertion signature is invalid.") from error


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Refuses unless ``now`` (seconds since the epoch) is inside the assertion's life, at most an hour."""
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float):
        raise assertion_refused("The client_assertion must contain the 'exp' claim as seconds since epoch.")
    if expires <= now:
        raise assertion_refused("The client_assertion token is expired.")
    if expires > now + LONGEST_S:
        raise assertion_refused("The client_assertion token has an expiration too far into the future.")
    if isinstance(issued, int | float) and issued > now:
        raise assertion_refused("The client_assertion token must be issued before the current time.")
