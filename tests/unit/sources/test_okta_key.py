# SPDX-License-Identifier: Apache-2.0
"""A private key is read in every form people have it in, and an error tells the form but never the content."""

from __future__ import annotations

import base64
import json
import re
import secrets
import traceback
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from okta_aws.errors import SourceError
from okta_aws.secret import Secret
from okta_aws.sources.okta_key import SigningKey, read_key

RSA = rsa.generate_private_key(65537, 2048)
P256, P384, P521 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1))
KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
    "RS256": RSA,
    "ES256": P256,
    "ES384": P384,
    "ES512": P521,
}
PASSPHRASE = BestAvailableEncryption(secrets.token_bytes(8))
Key = Any


def pem(key: Key, form: PrivateFormat = PrivateFormat.PKCS8, lock: KeySerializationEncryption | None = None) -> str:
    return str(key.private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode())


def der(key: Key) -> bytes:
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_pem(key: Key) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def jwk(key: Key, **changes: object) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    members: dict[str, Any] = {**algorithm.to_jwk(key, as_dict=True), "kid": "key-1", **changes}
    return {name: value for name, value in members.items() if value is not None}


def jwk_text(key: Key, **changes: object) -> str:
    return json.dumps(jwk(key, **changes))


def standard(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[Key], str]] = {
    "PKCS#8 PEM": pem,
    "PKCS#1 or SEC1 PEM": lambda key: pem(key, PrivateFormat.TraditionalOpenSSL),
    "JWK": jwk_text,
    "JWK set": lambda key: json.dumps({"keys": [jwk(P256, d=None), jwk(key)]}),
}
WRAPPINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "literal backslash n": lambda text: text.replace("\n", "\\n"),
    "literal backslash r n": lambda text: text.replace("\n", "\\r\\n"),
    "no last newline": lambda text: text.rstrip("\n"),
    "blanks for newlines": lambda text: text.replace("\n", " "),
    "indented": lambda text: "".join(f"\n    {line}" for line in text.splitlines()),
    "blanks around": lambda text: f"\n\t {text}\n\n",
    "byte order mark": lambda text: f"\ufeff{text}",
    "double quotes": lambda text: f'"{text}"',
    "single quotes with literal n": lambda text: f"'{text}'".replace("\n", "\\n"),
    "base64": standard,
    "base64 in lines": lambda text: "\n".join(re.findall(".{1,64}", standard(text))),
    "base64 in lines with literal n": lambda text: "\\n".join(re.findall(".{1,76}", standard(text))),
    "base64 without padding": lambda text: standard(text).rstrip("="),
    "URL-safe base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of CRLF": lambda text: standard(text.replace("\n", "\r\n")),
}


def verifies(key: SigningKey, public: Key) -> bool:
    token = key.sign({"sub": "app"}, "key-1")
    assert jwt.get_unverified_header(token) == {"alg": key.algorithm, "kid": "key-1", "typ": "JWT"}
    return bool(jwt.decode(token, public.public_key(), [key.algorithm]) == {"sub": "app"})


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_is_read_in_every_form_and_wrapping(algorithm: str, form: str, wrapping: str) -> None:
    key = read_key(Secret(WRAPPINGS[wrapping](FORMS[form](KEYS[algorithm]))))
    assert key.algorithm == algorithm
    assert key.key_id == ("key-1" if "JWK" in form else "")
    assert verifies(key, KEYS[algorithm])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (pem(RSA), "PKCS#8 PEM"),
        (pem(RSA, PrivateFormat.TraditionalOpenSSL), "PKCS#1 PEM"),
        (pem(P256, PrivateFormat.TraditionalOpenSSL), "SEC1 PEM"),
        (jwk_text(RSA), "JWK"),
        (json.dumps({"keys": [jwk(P256)]}), "JWK set"),
        (standard(pem(P384)), "PKCS#8 PEM in base64"),
        (standard(jwk_text(P384)), "JWK in base64"),
        (base64.b64encode(der(P256)).decode(), "DER in base64"),
    ],
)
def test_the_form_that_was_seen_is_told(text: str, form: str) -> None:
    assert read_key(Secret(text)).form == form


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_the_alg_of_a_jwk_chooses_among_the_rsa_algorithms(algorithm: str) -> None:
    key = read_key(Secret(jwk_text(RSA, alg=algorithm)))
    assert key.algorithm == algorithm
    assert verifies(key, RSA)


def test_an_rsa_jwk_without_its_primes_is_read() -> None:
    bare = {name: value for name, value in jwk(RSA).items() if name in ("kty", "n", "e", "d")}
    assert verifies(read_key(Secret(json.dumps(bare))), RSA)


def test_a_parameters_block_before_an_ec_key_does_no_harm() -> None:
    parameters = f"-----BEGIN EC PARAMETERS-----\n{standard('curve')}\n-----END EC PARAMETERS-----\n"
    assert read_key(Secret(parameters + pem(P256, PrivateFormat.TraditionalOpenSSL))).algorithm == "ES256"


def test_a_key_without_an_id_signs_without_a_kid() -> None:
    assert "kid" not in jwt.get_unverified_header(read_key(Secret(pem(P256))).sign({}, ""))


def refused(text: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_key(Secret(text))
    says_nothing_of(text, caught.value)
    return caught.value


def says_nothing_of(text: str, error: SourceError) -> None:
    """No long word of the text is in anything that could be printed of the error."""
    assert error.code == "okta-key-format"
    assert error.__cause__ is None
    assert error.__context__ is None
    said = "\n".join([*error.lines(), repr(error), *traceback.format_exception_only(error)])
    for word in re.findall(r"[\w+/=-]{14,}", text.replace("-----", " ")):
        assert word not in said


SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505 - refused for it
DSA = dsa.generate_private_key(2048)
ODD_CURVE = ec.generate_private_key(ec.SECP256K1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
# Random but for its first byte: 0x30, the digit 0, would be the tag that DER begins with.
BODY = standard("f" + secrets.token_hex(60)[1:])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "nothing"),
        (" \n", "nothing"),
        ('""', "nothing"),
        ("x" * 20001, "20001 characters"),
        (public_pem(RSA), "a public key, not a private key"),
        (standard(public_pem(RSA)), "a public key in base64, not a private key"),
        (jwk_text(P256, d=None), "JWK of a public key (no member d)"),
        (json.dumps({"keys": [jwk(P256, d=None)]}), "a JWK set with 0 private keys"),
        (json.dumps({"keys": [jwk(P256), jwk(RSA)]}), "a JWK set with 2 private keys"),
        (pem(P256) + pem(P384), "PEM with 2 private keys"),
        (f"-----BEGIN CERTIFICATE-----\n{BODY}\n-----END CERTIFICATE-----", "a certificate, not a private key"),
        (f"-----BEGIN X509 CRL-----\n{BODY}\n-----END X509 CRL-----", "another kind of PEM, not a private key"),
        (pem(RSA, lock=PASSPHRASE), "encrypted PEM"),
        (pem(RSA, PrivateFormat.TraditionalOpenSSL, PASSPHRASE), "encrypted PEM"),
        (pem(P256, PrivateFormat.OpenSSH), "PEM of a kind that Okta does not take"),
        (
            pem(DSA, PrivateFormat.TraditionalOpenSSL),
            "PEM of a kind that Okta does not take",
        ),
        (pem(ED25519), "PKCS#8 PEM of an Ed25519 key"),
        (pem(ed448.Ed448PrivateKey.generate()), "PKCS#8 PEM of an Ed448 key"),
        (json.dumps({"kty": "OKP", "crv": "Ed25519", "d": BODY}), "JWK with an Ed25519 or X25519 key (kty OKP)"),
        (json.dumps({"kty": "oct", "k": BODY}), "JWK with a symmetric key (kty oct)"),
        (json.dumps({"type": "service_account", "d": BODY}), "JSON that is no JWK"),
        (pem(SMALL), "PKCS#8 PEM of an RSA key of 1024 bits"),
        (jwk_text(SMALL), "JWK of an RSA key of 1024 bits"),
        (pem(ODD_CURVE), "PKCS#8 PEM of an EC key on secp256k1"),
        (jwk_text(RSA, alg="PS256"), "JWK whose alg is not RS256 or RS384 or RS512"),
        (jwk_text(P256, alg="ES384"), "JWK whose alg is not ES256"),
        (jwk_text(RSA, use="enc"), "JWK for another use than signing"),
        (
            jwk_text(RSA, d=jwk(rsa.generate_private_key(65537, 2048))["d"]),
            "JWK with members that are missing or do not fit together",
        ),
        (jwk_text(P256, x=None), "JWK with members that are missing or do not fit together"),
        (jwk_text(RSA, n=12345), "JWK with members that are missing or do not fit together"),
        (jwk_text(P256)[:-1], "text that begins like JSON but is no JSON object"),
        ("{" * 19000, "text that begins like JSON but is no JSON object"),
        (pem(RSA)[:900], "PEM that is cut off: a BEGIN line without its END line"),
        (f"-----BEGIN PRIVATE KEY-----\n***{BODY}\n-----END PRIVATE KEY-----", "PKCS#8 PEM whose body is no base64"),
        (
            f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----",
            "PKCS#8 PEM, but no unencrypted private key in it",
        ),
        (
            base64.b64encode(b"\x30\x82" + secrets.token_bytes(90)).decode(),
            "DER in base64, but no unencrypted private key in it",
        ),
        ("/home/runner/keys/okta-production.pem", "what looks like the path of a file"),
        ("keys/okta-production.pem", "what looks like the path of a file"),
        ("./okta-production", "what looks like the path of a file"),
        (BODY, f"{len(BODY)} characters that are neither PEM nor JWK nor base64 of one"),
        (standard(standard(pem(P256))), "characters that are neither PEM nor JWK nor base64 of one"),
        ("not a key at all, just a sentence", "33 characters that are neither PEM nor JWK nor base64 of one"),
    ],
)
def test_what_is_no_usable_key_is_named_but_not_shown(text: str, found: str) -> None:
    error = refused(text)
    assert (error.code, error.exit_status) == ("okta-key-format", 3)
    assert error.fix
    assert error.found.endswith(found)


def test_a_key_shows_nothing_of_itself() -> None:
    key = read_key(Secret(pem(P256)))
    assert repr(key) == "SigningKey(algorithm='ES256', key_id='', form='PKCS#8 PEM')"


GOOD = [form(key) for form in FORMS.values() for key in (RSA, P256)] + [standard(pem(P256)), pem(ED25519)]
NAMES = st.sampled_from(
    ["kty", "d", "n", "e", "p", "q", "dp", "dq", "qi", "crv", "x", "y", "alg", "use", "kid", "keys", "oth"]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "RSA",
            "EC",
            "OKP",
            "P-256",
            "P-384",
            "AQAB",
            "sig",
            "enc",
            "RS256",
            "ES256",
            *jwk(RSA).values(),
            *jwk(P256).values(),
        ]
    ),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.none(),
    st.booleans(),
)
MEMBERS = st.dictionaries(NAMES, VALUES | st.lists(st.dictionaries(NAMES, VALUES), max_size=3))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good key with a piece cut out, and something else in its place."""
    text = draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(text)))
    return text[:start] + draw(st.text(max_size=8)) + text[start + draw(st.integers(0, 60)) :]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.text(),
        damaged(),
        damaged().map(standard),
        st.binary().map(lambda data: base64.b64encode(data).decode()),
        st.binary().map(lambda data: base64.b64encode(b"\x30" + data).decode()),
        MEMBERS.map(json.dumps),
        st.tuples(MEMBERS, st.sampled_from([RSA, P256])).map(lambda pair: json.dumps({**jwk(pair[1]), **pair[0]})),
    )
)
def test_any_text_is_a_key_or_an_error_that_says_nothing_of_it(text: str) -> None:
    try:
        key = read_key(Secret(text))
    except SourceError as error:
        says_nothing_of(text, error)
    else:
        assert key.sign({}, key.key_id)
