# SPDX-License-Identifier: Apache-2.0
"""Key pairs for stand-ins and for the clients that talk to them, in the six algorithms that Okta and STS take."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import get_default_algorithms

# Okta ("Build a JWT for client authentication") and the STS API reference (AssumeRoleWithWebIdentity) name the same.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_CURVES: Mapping[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name (``kid``) and the algorithm it is used with."""

    kid: str
    algorithm: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, algorithm: str = "RS256", kid: str = "") -> SigningKey:
        """A fresh key; its name is random where none is given."""
        private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if algorithm in _CURVES:
            private = ec.generate_private_key(_CURVES[algorithm])
        else:
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(kid or secrets.token_urlsafe(12), algorithm, private)

    def public_jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        own = get_default_algorithms()[self.algorithm].to_jwk(self.private.public_key())
        return {**_text_members(json.loads(own)), "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def pem(self) -> str:
        """The private half as PKCS#8 PEM, the form in which Okta's console hands a key out."""
        encoded = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return encoded.decode()

    def sign(self, claims: Mapping[str, object], header: Mapping[str, str | None] | None = None) -> str:
        """A compact JWS of ``claims``. ``header`` adds to it or, with ``None``, takes a member away."""
        members: dict[str, Any] = {"kid": self.kid, **(header or {})}
        # PyJWT writes "typ": "JWT" by itself and omits it for an explicit None.
        typ = {"typ": members.pop("typ", None)}
        return jwt.encode(
            dict(claims), self.private, self.algorithm, {k: v for k, v in members.items() if v is not None} | typ
        )


def _text_members(jwk: Mapping[str, Any]) -> dict[str, str]:
    # "key_ops" is the one member that is a list; "use" says the same and is what Okta publishes.
    return {name: value for name, value in jwk.items() if isinstance(value, str)}
