# SPDX-License-Identifier: Apache-2.0
"""The public half of a key, private or public as it is given, and new pairs: what is registered with an app.

Imported only by the command that needs it: it needs ``cryptography``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key

from okta_aws.errors import SourceError
from okta_aws.secret import Secret
from okta_aws.sources.okta_key import read_key
from okta_aws.tokens import jwk

# RFC 7518, section 3.4: each of these algorithms has one curve. Name, algorithm and length of a coordinate in bytes.
_CURVES = {
    "secp256r1": ("P-256", "ES256", 32),
    "secp384r1": ("P-384", "ES384", 48),
    "secp521r1": ("P-521", "ES512", 66),
}
_NEW_CURVES: Mapping[str, EllipticCurve] = {"ES256": SECP256R1(), "ES384": SECP384R1(), "ES512": SECP521R1()}
ALGORITHMS = ("RS256", *_NEW_CURVES)
# What Okta's console makes; smaller ones Okta refuses.
_RSA_BITS = 2048
_PUBLIC = re.compile(r"-----BEGIN (?:RSA )?PUBLIC KEY-----.*?-----END (?:RSA )?PUBLIC KEY-----", re.DOTALL)
_FIX = "give an RSA key of at least 2048 bits, or an EC key on P-256, P-384 or P-521: those are what Okta takes"


def public_jwk(text: Secret, name: str) -> dict[str, str]:
    """The public JWK of the key in ``text``, which was read from ``name``: a private key in each form that
    ``okta-private-key`` takes, or a public one as PEM.

    Raises ``SourceError`` (okta-key-format).
    """
    public = _PUBLIC.search(text.reveal())
    if public is not None and "PRIVATE KEY" not in text.reveal():
        return _of_public(_loaded(public[0], name), name)
    try:
        key = read_key(text)
    except SourceError as error:
        error.doing = f"reading {name}"
        raise
    return {**_of_public(key.private.public_key(), name), "alg": key.algorithm}


def new_pair(algorithm: str) -> tuple[Secret, dict[str, str]]:
    """A new private key as PKCS#8 PEM, and its public JWK; ``algorithm`` is one of ``ALGORITHMS``."""
    curve = _NEW_CURVES.get(algorithm)
    private = new_ec_key(curve) if curve is not None else new_rsa_key(public_exponent=65537, key_size=_RSA_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Secret(pem.decode()), _of_public(private.public_key(), "the new key")


def _loaded(pem: str, name: str) -> object:
    try:
        return serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _refused(name, "PEM of a public key that cannot be read") from None


def _of_public(key: object, name: str) -> dict[str, str]:
    if isinstance(key, RSAPublicKey):
        if key.key_size < _RSA_BITS:
            raise _refused(name, f"an RSA key of {key.key_size} bits")
        rsa = key.public_numbers()
        return jwk.rsa(rsa.n, rsa.e, "RS256")
    if not isinstance(key, EllipticCurvePublicKey):
        raise _refused(name, f"an {type(key).__name__.lstrip('_').removesuffix('PublicKey')} key")
    if key.curve.name not in _CURVES:
        raise _refused(name, f"an EC key on {key.curve.name}")
    curve, algorithm, size = _CURVES[key.curve.name]
    point = key.public_numbers()
    return jwk.elliptic(curve, point.x, point.y, size, algorithm)


def _refused(name: str, found: str) -> SourceError:
    return SourceError("okta-key-format", f"reading {name}", wanted="a key that Okta takes", found=found, fix=_FIX)
