# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import contextlib
import json
import secrets

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.errors import TokenError
from okta_aws.tokens.token import ALGORITHMS, MAX_CHARACTERS, Token, parse

SIGNATURE = secrets.token_urlsafe(32)
HUGE_NUMBER = b'{"exp": ' + b"9" * 5000 + b"}"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _segment(document: object) -> str:
    return _encode(json.dumps(document).encode())


def _jwt(claims: object, header: object = {"alg": "RS256"}, signature: str = SIGNATURE) -> str:
    return f"{_segment(header)}.{_segment(claims)}.{signature}"


def _claims(**claims: object) -> Token:
    return parse(_jwt(claims))


def _refusal(text: str) -> TokenError:
    with pytest.raises(TokenError) as refused:
        parse(text)
    assert SIGNATURE not in "".join(refused.value.lines())
    assert refused.value.fix
    return refused.value


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_token_is_read_with_every_algorithm_that_sts_takes(algorithm: str) -> None:
    token = parse(_jwt({"iss": "https://i.invalid", "sub": "s", "aud": "a", "exp": 5}, {"alg": algorithm, "kid": "k"}))
    assert (token.issuer, token.subject, token.audiences, token.expires) == ("https://i.invalid", "s", ("a",), 5.0)
    assert token.header == {"alg": algorithm, "kid": "k"}


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "PS256", "EdDSA", "rs256", "", None, 1, [], ["RS256"], {"a": "RS256"}]
)
def test_another_algorithm_is_named(algorithm: object) -> None:
    error = _refusal(_jwt({}, {"alg": algorithm}))
    assert error.code == "token-algorithm"
    assert str(algorithm)[:20] in str(error)


def test_a_token_without_an_algorithm_is_refused() -> None:
    assert _refusal(_jwt({}, {})).code == "token-algorithm"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "nothing"),
        ("abc", "3 characters with 0 dots"),
        (_jwt({}).rpartition(".")[0], "characters with 1 dots"),
        (_jwt({}) + ".x", "characters with 3 dots"),
        (f'"{_jwt({})}"', "a token in quotes or after the word Bearer"),
        (f"'{_jwt({})}'", "a token in quotes or after the word Bearer"),
        (f"Bearer {_jwt({})}", "a token in quotes or after the word Bearer"),
        (f"bearer {_jwt({})}", "a token in quotes or after the word Bearer"),
        (json.dumps({"value": _jwt({})}), "JSON; give the token in it, not the whole answer"),
        (json.dumps({"value": "opaque"}), "JSON; give the token in it, not the whole answer"),
        (_jwt({}, signature=""), "a token without a signature"),
        (_jwt({}, signature=f"{SIGNATURE}\n"), "a signature that is not base64url"),
        (_jwt({}, signature="a+b"), "a signature that is not base64url"),
        (f"{_jwt({})} ", "a signature that is not base64url"),
        (f" {_jwt({})}", "a header that is not base64url"),
        ("..", "a header that is not base64url"),
        (f"{_segment({})}..{SIGNATURE}", "a payload that is not base64url"),
        (f"a.{_segment({})}.{SIGNATURE}", "a header that is no JSON"),
        (f"{_encode(b'x')}.{_segment({})}.{SIGNATURE}", "a header that is no JSON"),
        (f"{_segment([])}.{_segment({})}.{SIGNATURE}", "a header that is no JSON object"),
        (_jwt("claims"), "a payload that is no JSON object"),
        (f"{_segment({'alg': 'RS256'})}.{_encode(b'[' * 9000)}.{SIGNATURE}", "a payload that is no JSON"),
        (f"{_segment({'alg': 'RS256'})}.{_encode(bytes([0xFF, 0xFE, 0xFD]))}.{SIGNATURE}", "a payload that is no JSON"),
        (
            f"{_segment({'alg': 'RS256'})}.{_encode(HUGE_NUMBER)}.{SIGNATURE}",
            "a payload that is no JSON",
        ),
    ],
)
def test_what_is_no_token_is_told_for_what_it_is(text: str, found: str) -> None:
    error = _refusal(text)
    assert error.code == "token-malformed"
    assert found in error.found


def test_an_encrypted_token_is_told_apart() -> None:
    assert (
        _refusal(".".join([_segment({"alg": "RSA-OAEP", "enc": "A256GCM"}), "a", "b", "c", "d"])).code
        == "token-encrypted"
    )


def test_a_token_may_be_as_long_as_sts_takes_and_no_longer() -> None:
    short = _jwt({})
    longest = short + "x" * (MAX_CHARACTERS - len(short))
    assert parse(longest).text.reveal() == longest
    error = _refusal(longest + "x")
    assert (error.code, error.found) == ("token-too-long", "20001")


def test_a_token_does_not_show_itself() -> None:
    assert SIGNATURE not in repr(parse(_jwt({"sub": "s"})))


@pytest.mark.parametrize(
    ("claims", "audiences"),
    [
        ({"aud": "a"}, ("a",)),
        ({"aud": ["a", "b"]}, ("a", "b")),
        ({"aud": ["a", 1, None, "b"]}, ("a", "b")),
        ({"aud": ["a"], "azp": "z"}, ("z",)),
        ({"aud": "a", "azp": ""}, ("a",)),
        ({"aud": "a", "azp": 5}, ("a",)),
        ({"aud": {"a": "b"}}, ()),
        ({}, ()),
    ],
)
def test_the_audience_is_azp_or_else_aud(claims: dict[str, object], audiences: tuple[str, ...]) -> None:
    assert _claims(**claims).audiences == audiences


@pytest.mark.parametrize(
    ("value", "expires"),
    [(5, 5.0), (5.5, 5.5), (0, 0.0), ("5", None), (True, None), (None, None), ([5], None), (10**400, None)],
)
def test_the_end_is_a_number_or_not_known(value: object, expires: float | None) -> None:
    assert _claims(exp=value).expires == expires


@pytest.mark.parametrize("value", [None, 1, ["s"], {"a": "s"}, True])
def test_a_claim_that_should_be_text_and_is_not_is_empty(value: object) -> None:
    token = _claims(iss=value, sub=value)
    assert (token.issuer, token.subject) == ("", "")


def test_of_a_claim_that_comes_twice_the_last_counts() -> None:
    # RFC 7519, section 4: refuse, or take the lexically last.
    payload = _encode(b'{"sub": "first", "sub": "last"}')
    assert parse(f"{_segment({'alg': 'ES256'})}.{payload}.{SIGNATURE}").subject == "last"


@given(st.dictionaries(st.sampled_from(["iss", "sub", "aud", "azp", "exp", "x"]), JSON))
@example({"exp": float("inf")})
@example({"exp": float("nan")})
@example({"sub": "\ud800"})
def test_any_claims_are_read_without_a_defect(claims: dict[str, object]) -> None:
    token = _claims(**claims)
    assert all(isinstance(text, str) for text in (token.issuer, token.subject, *token.audiences))
    assert token.expires is None or isinstance(token.expires, float)


@given(
    st.text(max_size=100)
    | st.lists(st.binary(max_size=30), min_size=3, max_size=3).map(lambda parts: ".".join(map(_encode, parts)))
)
def test_any_text_is_a_token_or_an_error(text: str) -> None:
    with contextlib.suppress(TokenError):
        assert parse(text).text.reveal() == text


@given(JSON)
def test_any_header_is_read_without_a_defect(header: object) -> None:
    with pytest.raises(TokenError):
        parse(_jwt({}, header))
