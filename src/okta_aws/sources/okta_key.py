# SPDX-License-Identifier: Apache-2.0
"""The app's private key in whatever form it comes, and the signature it makes.

Imported only where there is a key to read: it needs ``cryptography`` and PyJWT. What a library says of bad key data is
dropped on purpose, and nothing of the data is quoted: an error names the form that was seen, and what is wrong with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from okta_aws.errors import SourceError
from okta_aws.secret import Secret

# Okta, "Build a JWT for client authentication": these six; RFC 7518, section 3.4 binds the ES ones to their curves.
_RSA_ALGORITHMS = ("RS256", "RS384", "RS512")
_EC_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_SMALLEST_RSA_BITS = 2048
# An RSA key of 16384 bits as a JWK in base64 stays below.
_LONGEST = 20000

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_PEM_FORMS = {"PRIVATE KEY": "PKCS#8 PEM", "RSA PRIVATE KEY": "PKCS#1 PEM", "EC PRIVATE KEY": "SEC1 PEM"}
_OTHER_BLOCKS = {
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "CERTIFICATE": "a certificate",
    "CERTIFICATE REQUEST": "a certificate request",
}
_FORM_FIX = "give the private key registered with the app: PEM (PKCS#1, PKCS#8, SEC1) or JWK, as it is or in base64"
_KIND_FIX = "register an RSA key of at least 2048 bits, or an EC key on P-256, P-384 or P-521"
_DECRYPT_FIX = "take the passphrase off: openssl pkey -in key.pem -out plain.pem; then keep that one as the secret"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its algorithm. ``key_id``: the one a JWK names, else empty. ``form``: how it was given."""

    private: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    algorithm: str
    key_id: str
    form: str

    def sign(self, claims: Mapping[str, object], key_id: str) -> str:
        """A JWT of ``claims`` under ``key_id``; without a ``kid`` header where that is empty."""
        return jwt.encode(dict(claims), self.private, self.algorithm, {"kid": key_id} if key_id else None)


def read_key(text: Secret) -> SigningKey:
    """The private key in ``text``: PEM (PKCS#1, PKCS#8, SEC1), JWK or a set with one private JWK, or base64 of these.

    Forgiven are quotes and blanks around it, CRLF, line breaks that are missing or became a backslash and an n.
    Raises ``SourceError`` (okta-key-format).
    """
    return _read(_unwrapped(text.reveal()), within="")


def _unwrapped(text: str) -> str:
    blanks = " \t\r\n\ufeff"
    text = text.strip(blanks)
    while len(text) > 1 and text[0] in "\"'`" and text[0] == text[-1]:
        text = text[1:-1].strip(blanks)
    return text.replace("\\r", "").replace("\\n", "\n").strip(blanks)


def _read(text: str, within: str) -> SigningKey:
    if not text or len(text) > _LONGEST:
        raise _refused(f"{len(text)} characters" if text else "nothing")
    if text.startswith("{"):
        return _from_json(text, within)
    if "-----BEGIN" in text:
        return _from_pem(text, within)
    decoded = b"" if within else _base64(text)
    if decoded.startswith(b"\x30"):  # the tag of an ASN.1 sequence, which every DER key is
        return _from_der(decoded, "DER in base64")
    inner = _unwrapped(decoded.decode("utf-8", "replace"))
    if not inner.startswith("{") and "-----BEGIN" not in inner:
        raise _unknown(text)
    return _read(inner, " in base64")


def _unknown(text: str) -> SourceError:
    is_path = "\n" not in text and (
        text.startswith(("/", "~", ".")) or text.endswith((".pem", ".key", ".json", ".jwk"))
    )
    if is_path:
        return _refused("what looks like the path of a file", "give what the file holds, not its path")
    return _refused(f"{len(text)} characters that are neither PEM nor JWK nor base64 of one")


def _base64(text: str) -> bytes:
    """The bytes of standard or URL-safe base64 with or without padding; none where it is not base64."""
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _from_pem(text: str, within: str) -> SigningKey:
    blocks: list[tuple[str, str]] = _BLOCK.findall(text)
    keys = [(label, body) for label, body in blocks if label.endswith("PRIVATE KEY")]
    if not blocks:
        raise _refused(f"PEM{within} that is cut off: a BEGIN line without its END line")
    if not keys:
        raise _refused(f"{_OTHER_BLOCKS.get(blocks[0][0], 'another kind of PEM')}{within}, not a private key")
    if len(keys) > 1:
        raise _refused(f"PEM{within} with {len(keys)} private keys", "give the one key that is registered with the app")
    label, body = keys[0]
    if label == "ENCRYPTED PRIVATE KEY" or "Proc-Type:" in body:
        raise _refused(f"encrypted PEM{within}", _DECRYPT_FIX)
    if label not in _PEM_FORMS:
        raise _refused(f"PEM{within} of a kind that Okta does not take", _KIND_FIX)
    form = _PEM_FORMS[label] + within
    data = _base64(body)
    if not data:
        raise _refused(f"{form} whose body is no base64")
    return _from_der(data, form)


def _from_der(data: bytes, form: str) -> SigningKey:
    private = _loaded(lambda: load_der_private_key(data, None))
    if private is None:
        raise _refused(f"{form}, but no unencrypted private key in it")
    return _checked(private, form)


def _from_json(text: str, within: str) -> SigningKey:
    document = _json(text)
    if document is None:
        raise _refused(f"text{within} that begins like JSON but is no JSON object")
    form, jwk = f"JWK{within}", document
    if isinstance(document.get("keys"), list):
        keys = [key for key in document["keys"] if isinstance(key, dict) and "d" in key]
        if len(keys) != 1:
            raise _refused(
                f"a JWK set{within} with {len(keys)} private keys", "give the one JWK registered with the app"
            )
        form, jwk = f"JWK set{within}", keys[0]
    _check_purpose(jwk, form)
    # Other members (key_ops, x5c) are no part of the key; those that are, are texts (RFC 7518, section 6).
    members = {name: value for name, value in jwk.items() if isinstance(value, str)}
    algorithm = RSAAlgorithm if jwk["kty"] == "RSA" else ECAlgorithm
    private = _loaded(lambda: algorithm.from_jwk(members))
    if private is None:
        raise _refused(f"{form} with members that are missing or do not fit together")
    return _checked(private, form, members.get("alg", ""), members.get("kid", ""))


def _check_purpose(jwk: Mapping[str, Any], form: str) -> None:
    kind = jwk.get("kty")
    if kind in ("OKP", "oct"):
        found = "an Ed25519 or X25519 key" if kind == "OKP" else "a symmetric key"
        raise _refused(f"{form} with {found} (kty {kind})", _KIND_FIX)
    if kind not in ("RSA", "EC"):
        raise _refused(f"JSON that is no {form}")
    if "d" not in jwk:
        raise _refused(f"{form} of a public key (no member d)", _FORM_FIX)
    if jwk.get("use", "sig") != "sig":
        raise _refused(f"{form} for another use than signing", "give the key that is registered for signing (use sig)")


def _json(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _loaded(load: Callable[[], object]) -> object | None:
    # The caller raises its own error outside of this handler, so that none of these hangs on it as its context.
    try:
        return load()
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, jwt.PyJWTError):
        return None


def _checked(private: object, form: str, algorithm: str = "", key_id: str = "") -> SigningKey:
    if isinstance(private, RSAPrivateKey):
        if private.key_size < _SMALLEST_RSA_BITS:
            raise _refused(f"{form} of an RSA key of {private.key_size} bits", _KIND_FIX)
        fitting: tuple[str, ...] = _RSA_ALGORITHMS
    elif isinstance(private, EllipticCurvePrivateKey):
        if private.curve.name not in _EC_ALGORITHMS:
            raise _refused(f"{form} of an EC key on {private.curve.name}", _KIND_FIX)
        fitting = (_EC_ALGORITHMS[private.curve.name],)
    else:
        raise _refused(f"{form} of an {type(private).__name__.removesuffix('PrivateKey')} key", _KIND_FIX)
    if algorithm and algorithm not in fitting:
        raise _refused(f"{form} whose alg is not {' or '.join(fitting)}", "correct its alg, or leave it out")
    return SigningKey(private, algorithm or fitting[0], key_id, form)


def _refused(found: str, fix: str = _FORM_FIX) -> SourceError:
    return SourceError("okta-key-format", "reading okta-private-key", wanted="a private key", found=found, fix=fix)
