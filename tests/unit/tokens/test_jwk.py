# SPDX-License-Identifier: Apache-2.0
"""The public JWK and its name."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from okta_aws.tokens import jwk

# RFC 7638, section 3.1: the example, with its answer.
EXAMPLE = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
    "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

numbers = st.integers(min_value=1, max_value=2**2048)
coordinates = st.integers(min_value=0, max_value=2**256 - 1)


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def test_the_example_of_the_specification_has_the_thumbprint_that_is_printed_there() -> None:
    assert jwk.thumbprint(EXAMPLE) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_example_s_key_made_from_its_numbers_is_the_example() -> None:
    made = jwk.rsa(number(EXAMPLE["n"]), number(EXAMPLE["e"]), "RS256")
    assert made == {**EXAMPLE, "use": "sig", "kid": jwk.thumbprint(EXAMPLE)}


@given(numbers, numbers, st.dictionaries(st.text(min_size=1), st.text()))
def test_what_is_no_part_of_the_key_does_not_change_its_thumbprint(n: int, e: int, more: dict[str, str]) -> None:
    made = jwk.rsa(n, e, "RS256")
    assert jwk.thumbprint({**more, **made}) == made["kid"]


@given(numbers, numbers)
def test_an_rsa_key_s_numbers_can_be_read_back_and_have_no_leading_zero(n: int, e: int) -> None:
    made = jwk.rsa(n, e, "RS384")
    assert (number(made["n"]), number(made["e"])) == (n, e)
    assert not base64.urlsafe_b64decode(made["n"] + "==").startswith(b"\0")
    assert "=" not in made["n"] + made["e"] + made["kid"]


@given(coordinates, coordinates)
def test_a_point_s_coordinates_keep_their_full_length(x: int, y: int) -> None:
    made = jwk.elliptic("P-256", x, y, 32, "ES256")
    assert (number(made["x"]), number(made["y"])) == (x, y)
    assert {len(base64.urlsafe_b64decode(made[name] + "=")) for name in ("x", "y")} == {32}


@given(coordinates, coordinates, coordinates)
def test_another_key_has_another_thumbprint(x: int, y: int, other: int) -> None:
    one, two = (jwk.elliptic("P-256", x, second, 32, "ES256")["kid"] for second in (y, other))
    assert (one == two) == (y == other)
