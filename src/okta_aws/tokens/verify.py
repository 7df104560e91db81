# SPDX-License-Identifier: Apache-2.0
"""Whether a token's signature fits its issuer's keys. Its claims are looked at elsewhere."""

from __future__ import annotations

import jwt
from jwt.types import Options

from okta_aws.secret import Secret
from okta_aws.tokens.token import ALGORITHMS

_SIGNATURE_ALONE: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def fits(token: Secret, key_set: str) -> bool:
    """Whether ``token`` is signed by the key of ``key_set`` (JWKS as JSON text) that its header names."""
    try:
        keys = jwt.PyJWKSet.from_json(key_set)
        key = keys[jwt.get_unverified_header(token.reveal()).get("kid", "")]
        jwt.decode(token.reveal(), key, algorithms=sorted(ALGORITHMS), options=_SIGNATURE_ALONE)
    except (jwt.PyJWTError, KeyError):
        return False
    return True
