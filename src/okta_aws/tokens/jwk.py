# SPDX-License-Identifier: Apache-2.0
"""The public JSON Web Key that is registered at Okta, and the name that follows from the key itself."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

# RFC 7638, section 3.2, and RFC 7518, section 6: what makes a public key, and nothing else.
_REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}


def rsa(modulus: int, exponent: int, algorithm: str) -> dict[str, str]:
    """The JWK of an RSA key, for signatures with ``algorithm``; its ``kid`` is its thumbprint."""
    return _named({"kty": "RSA", "n": _number(modulus), "e": _number(exponent)}, algorithm)


def elliptic(curve: str, x: int, y: int, coordinate_bytes: int, algorithm: str) -> dict[str, str]:
    """The JWK of a key on ``curve`` ("P-256"). Coordinates have their full length (RFC 7518, section 6.2.1.2)."""
    point = {"x": _number(x, coordinate_bytes), "y": _number(y, coordinate_bytes)}
    return _named({"kty": "EC", "crv": curve, **point}, algorithm)


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The SHA-256 thumbprint of RFC 7638: the same for the same key, whatever else the JWK says."""
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    return _base64url(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def _named(members: Mapping[str, str], algorithm: str) -> dict[str, str]:
    return {**members, "kid": thumbprint(members), "use": "sig", "alg": algorithm}


def _number(value: int, size: int = 0) -> str:
    return _base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
