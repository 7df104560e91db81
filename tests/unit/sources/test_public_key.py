# SPDX-License-Identifier: Apache-2.0
"""The public half of a key in each form, and new pairs."""

from __future__ import annotations

import json
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import get_default_algorithms

from okta_aws.errors import SourceError
from okta_aws.secret import Secret
from okta_aws.sources.public_key import ALGORITHMS, new_pair, public_jwk

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NEW: dict[str, Callable[[], Private]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
}


@pytest.fixture(scope="module", params=NEW)
def key(request: pytest.FixtureRequest) -> tuple[str, Private]:
    """One key of each kind, with its algorithm."""
    return request.param, NEW[request.param]()


def private_pem(private: Private, form: PrivateFormat) -> str:
    return private.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def refused(text: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        public_jwk(Secret(text), "deploy.pem")
    assert caught.value.code == "okta-key-format"
    assert caught.value.doing == "reading deploy.pem"
    assert caught.value.fix
    return caught.value


def test_every_form_of_a_key_gives_the_same_jwk(key: tuple[str, Private]) -> None:
    algorithm, private = key
    jwk = get_default_algorithms()[algorithm].to_jwk(private)
    forms = [
        private_pem(private, PrivateFormat.PKCS8),
        private_pem(private, PrivateFormat.TraditionalOpenSSL),
        private_pem(private, PrivateFormat.PKCS8).replace("\n", "\r\n"),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        f"key of the pipeline\n{private_pem(private, PrivateFormat.PKCS8)}",
        jwk,
    ]
    if isinstance(private, rsa.RSAPrivateKey):
        forms.append(private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode())
    made = [public_jwk(Secret(text), "deploy.pem") for text in forms]
    assert all(one == made[0] for one in made)
    assert (made[0]["alg"], made[0]["use"]) == (algorithm, "sig")


def test_the_jwk_verifies_what_the_private_key_signs_and_holds_nothing_of_it(key: tuple[str, Private]) -> None:
    algorithm, private = key
    made = public_jwk(Secret(private_pem(private, PrivateFormat.PKCS8)), "deploy.pem")
    signed = jwt.encode({"sub": "me"}, private, algorithm)
    assert jwt.decode(signed, jwt.PyJWK(made).key, algorithms=[algorithm]) == {"sub": "me"}
    assert set(made) <= {"kty", "n", "e", "crv", "x", "y", "kid", "use", "alg"}


def test_both_halves_in_one_text_are_read_as_the_private_key() -> None:
    private = NEW["ES256"]()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    text = public + private_pem(private, PrivateFormat.PKCS8)
    assert public_jwk(Secret(text), "deploy.pem") == public_jwk(Secret(public), "deploy.pem")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_pair_fits_together(algorithm: str) -> None:
    private, made = new_pair(algorithm)
    assert public_jwk(private, "deploy.pem") == made
    assert made["alg"] == algorithm
    assert private.reveal().startswith("-----BEGIN PRIVATE KEY-----\n")
    assert private.reveal() not in repr(private) + json.dumps(made)


def test_two_new_pairs_differ() -> None:
    assert new_pair("ES256")[1]["kid"] != new_pair("ES256")[1]["kid"]


def test_a_key_with_a_passphrase_is_refused_and_told_how_to_take_it_off() -> None:
    private = NEW["RS256"]()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")).decode()
    error = refused(text)
    assert "encrypted" in error.found
    assert "passphrase" in error.fix[0]


SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
KOBLITZ = ec.generate_private_key(ec.SECP256K1())
OTHERS: dict[str, PrivateKeyTypes] = {
    "RSA key of 1024 bits": SMALL,
    "secp256k1": KOBLITZ,
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "DSA": dsa.generate_private_key(2048),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_key_that_okta_does_not_take_is_refused_by_its_kind(kind: str) -> None:
    private = OTHERS[kind]
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public):
        error = refused(text)
        assert kind in error.found
        assert "2048" in error.fix[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a key",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        '{"kty": "oct", "k": "AAAA"}',
    ],
)
def test_what_is_no_key_is_refused_without_a_word_of_it(text: str) -> None:
    assert "AAAA" not in " ".join(refused(text).lines())
