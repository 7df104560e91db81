# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.settings.options import OPTIONS, Kind, Option
from okta_aws.settings.raw import RawValue
from okta_aws.settings.scalars import Reader, is_loopback, shown

BOOLEANS = [option for option in OPTIONS if option.kind is Kind.BOOLEAN]
INTEGERS = [option for option in OPTIONS if option.kind is Kind.INTEGER]
CHOICES = [option for option in OPTIONS if option.kind is Kind.CHOICE]


def _ids(option: object) -> str:
    return option.name if isinstance(option, Option) else ascii(option)


def _reader(name: str, text: str) -> Reader:
    return Reader({name: RawValue(text, "input")})


def _lines(reader: Reader) -> list[str]:
    return [problem.line() for problem in reader.problems]


@pytest.mark.parametrize("option", BOOLEANS, ids=_ids)
@pytest.mark.parametrize("text", ["true", "True", "TRUE", "false", "False", "FALSE"])
def test_a_boolean_is_one_of_the_spellings_of_yaml(option: Option, text: str) -> None:
    reader = _reader(option.name, text)
    assert reader.boolean(option.name) is (text.lower() == "true")
    assert not reader.problems


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "1", "0", "tRUE", "t", "tru\u0435", "true false", "null", "$" + "{{ true }}"]
)
def test_nothing_else_is_a_boolean(text: str) -> None:
    reader = _reader("disable-retry", text)
    assert reader.boolean("disable-retry") is False
    assert _lines(reader)[0].startswith("disable-retry (input): wanted true or false, found ")


@pytest.mark.parametrize("unset", [True, False])
def test_an_unset_boolean_is_what_the_caller_says(*, unset: bool) -> None:
    reader = Reader({})
    assert reader.boolean("output-env-credentials", unset=unset) is unset
    assert not reader.problems


@pytest.mark.parametrize("option", INTEGERS, ids=_ids)
def test_integers_are_taken_up_to_their_bounds_and_not_beyond(option: Option) -> None:
    for number in (option.minimum, option.maximum):
        reader = _reader(option.name, str(number))
        assert reader.integer(option.name) == number
        assert not reader.problems
    for number in (option.minimum - 1, option.maximum + 1):
        reader = _reader(option.name, str(number))
        reader.integer(option.name)
        wanted = f"wanted a whole number from {option.minimum} to {option.maximum}"
        assert _lines(reader) == [f'{option.name} (input): {wanted}, found "{number}"']


@pytest.mark.parametrize("option", INTEGERS, ids=_ids)
@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "+1000",
        "1e3",
        "1_000",
        "1000.0",
        "1,000",
        "0x3e8",
        "\u0967\u0966\u0966\u0966",
        "\uff11\uff10\uff10\uff10",
        "\u00b2",
        "1000 s",
        "9" * 9,
        "9" * 5000,
        "NaN",
        "true",
    ],
)
def test_nothing_but_plain_digits_is_an_integer(option: Option, text: str) -> None:
    reader = _reader(option.name, text)
    reader.integer(option.name)
    assert len(reader.problems) == 1
    assert len(_lines(reader)[0]) < 300


@pytest.mark.parametrize("option", INTEGERS, ids=_ids)
def test_an_unset_integer_is_its_default(option: Option) -> None:
    assert Reader({}).integer(option.name) == int(option.default)


@pytest.mark.parametrize("option", CHOICES, ids=_ids)
def test_a_choice_is_one_of_those_that_the_table_has(option: Option) -> None:
    for choice in option.choices:
        assert _reader(option.name, choice).choice(option.name) == choice
    assert Reader({}).choice(option.name) == ""
    for text in (option.choices[0].upper(), f"{option.choices[0]}s", "-"):
        reader = _reader(option.name, text)
        assert reader.choice(option.name) == ""
        assert f"one of {', '.join(option.choices)}" in _lines(reader)[0]


@pytest.mark.parametrize("text", ["a,b c", "a\nb\r\nc", " ,a,,b ,\n c,", "a\tb\u2003c"])
def test_a_list_is_parted_by_commas_blanks_and_lines(text: str) -> None:
    assert _reader("okta-scope", text).items("okta-scope") == ("a", "b", "c")


def test_a_list_of_lines_keeps_its_blanks() -> None:
    assert _reader("managed-session-policies", " a b ,\r\n\r\nc\n").lines("managed-session-policies") == ("a b", "c")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("arn:aws:sts::123456789012:assumed-role/a/b", "that is a session; give the role's own ARN"),
        ("arn:aws:iam::123456789012:user/a", "that is a user; a token can only become a role"),
        ("arn:aws:iam::123456789012:oidc-provider/a.invalid", "that is the identity provider; give the role's ARN"),
        ("deploy", ""),
    ],
)
def test_what_was_taken_for_a_role_is_named(text: str, hint: str) -> None:
    reader = _reader("role-to-assume", text)
    assert reader.role("role-to-assume") is None
    (problem,) = reader.problems
    assert problem.fix == hint


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "text that is no JSON at line 1 column 2"),
        ('{"a": 1,\n}', "text that is no JSON at line 2 column 1"),
        ("[]", "JSON, but a list"),
        ('"a"', "JSON, but a text"),
        ("null", "JSON, but null"),
        ("1", "JSON, but a single value"),
        ("[" * 100_000, "text that is no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "text that is no JSON"),
    ],
)
def test_a_policy_that_is_no_json_object_is_refused_without_being_quoted(text: str, found: str) -> None:
    reader = _reader("inline-session-policy", text)
    reader.json_object("inline-session-policy")
    assert [problem.found for problem in reader.problems] == [found]


def test_a_json_object_stays_as_it_was_written() -> None:
    text = '{ "Version" : "2012-10-17" }'
    assert _reader("inline-session-policy", text).json_object("inline-session-policy") == text


@pytest.mark.parametrize(
    "text",
    [
        "https://acme.okta.com/oauth2/aus123",
        "https://host:8443",
        "https://[2001:db8::1]:443/a",
        "http://127.0.0.1:8080/a",
        "http://[::1]:8080",
        "http://localhost",
        "http://127.9.9.9",
    ],
)
def test_urls_are_https_or_of_this_machine(text: str) -> None:
    reader = _reader("sts-endpoint", text)
    assert reader.url("sts-endpoint") == text
    assert not reader.problems


@pytest.mark.parametrize(
    "text",
    [
        "http://acme.okta.com",
        "http://localhost.invalid",
        "http://127.0.0.1.invalid",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "acme.okta.com",
        "//acme.okta.com",
        "https://",
        "https:///path",
        "https://:443",
        "https://user:p@acme.okta.com",
        "https://user@acme.okta.com",
        "https://@acme.okta.com",
        "https://acme.okta.com?a=b",
        "https://acme.okta.com/?",
        "https://acme.okta.com/#",
        "https://acme.okta.com/#a",
        "https://acme.okta.com:0x50",
        "https://acme.okta.com:65536",
        "https://acme.okta.com:-1",
        "https://[::1",
        "https://acme.okta.com/a b",
        "https://acme.okta.com/a\nb",
        "https://acme.okta.com\\@evil.invalid",
        "https://acmé.okta.com",
        "https://acme.okta.com/\U0001f511",
        "https://acme\u202e.okta.com",
        "https://acme.okta.com/\x7f",
    ],
)
def test_nothing_else_is_a_url(text: str) -> None:
    reader = _reader("sts-endpoint", text)
    assert reader.url("sts-endpoint") == ""
    assert len(reader.problems) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_known_by_name_and_number(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "::", "10.0.0.1", "localhost.invalid", "127.0.0.1.invalid", "2130706433"])
def test_nothing_else_is_loopback(host: str) -> None:
    assert not is_loopback(host)


def _private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _token() -> str:
    def part(document: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return ".".join([part({"alg": "RS256"}), part({"sub": "x"}), secrets.token_urlsafe(32)])


SECRETS: dict[str, Callable[[], str]] = {
    "a private key": _private_key,
    "a private key with literal line ends": lambda: _private_key().replace("\n", "\\n"),
    "the inside of a private key": lambda: "".join(_private_key().splitlines()[1:-1]),
    "a private key in base64": lambda: base64.b64encode(_private_key().encode()).decode(),
    "a JWK": lambda: json.dumps({"kty": "EC", "d": secrets.token_urlsafe(6)}),
    "a token": _token,
    "the first half of a token": lambda: _token().partition(".")[0],
    "an AWS secret key": lambda: base64.b64encode(secrets.token_bytes(30)).decode(),
    "an AWS key id": lambda: "ASIA" + "".join(secrets.choice("ABCDEFGH234567") for _ in range(16)),
    "an AWS session token": lambda: base64.b64encode(secrets.token_bytes(300)).decode(),
    "an Okta client secret": lambda: secrets.token_urlsafe(48),
    "a GitHub token": lambda: "ghs_" + secrets.token_hex(18),
    "a hexadecimal key": lambda: secrets.token_hex(16),
    "a user in a URL": lambda: f"https://me:{secrets.token_hex(5)}@proxy.invalid",
    "a user in a URL with a slash in the password": lambda: f"https://me:a/{secrets.token_hex(5)}@proxy.invalid",
    "a user without a scheme": lambda: f"me:{secrets.token_hex(5)}@proxy.invalid:8080",
}


@pytest.mark.parametrize("make", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("around", ["{}", "us-east-1, {}", "{} 123456789012", "role {}!", "x\n{}\ny"])
def test_what_looks_like_a_secret_is_not_quoted(make: Callable[[], str], around: str) -> None:
    secret = make()
    said = shown(around.format(secret))
    pieces = [secret[at : at + 8] for at in range(len(secret) - 7)]
    harmless = "-----BEGIN PRIVATE KEY-----\\n-----END PRIVATE KEY-----https://@proxy.invalid:8080"
    assert not [piece for piece in pieces if piece in said and piece not in harmless]


@pytest.mark.parametrize(
    "text",
    [
        "us-esat-1",
        "arn:aws:iam::123456789012:user/deploy",
        "https://acme.okta.com/oauth2/aus123/",
        "GitHub Actions",
        "true-ish",
    ],
)
def test_what_is_harmless_is_quoted(text: str) -> None:
    assert shown(text) == f'"{text}"'


@given(st.text())
def test_whatever_is_quoted_is_short_and_one_printable_line(text: str) -> None:
    said = shown(text)
    assert said.isprintable()
    assert len(said) <= 10 * 120 + 2


def test_a_secret_option_is_never_quoted() -> None:
    reader = _reader("web-identity-token", "marked")
    reader.refuse("web-identity-token", "another")
    assert _lines(reader) == ["web-identity-token (input): wanted another, found 6 characters (secret, not shown)"]


def test_an_option_that_is_not_set_is_refused_as_nothing() -> None:
    reader = Reader({})
    reader.refuse("aws-region", "a region")
    assert _lines(reader) == ["aws-region (not set): wanted a region, found nothing"]


def test_bytes_that_are_no_text_are_one_problem_of_their_option() -> None:
    reader = _reader("aws-region", "eu-\udcff")
    reader.refuse("aws-region", "a region")
    assert _lines(reader) == ["aws-region (input): wanted text in UTF-8, found bytes that are none"]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("http://minio:9000", True),
        ("http://localhost:9000", True),
        ("http://minio.example:9000", False),
        ("http://10.0.0.1:9000", False),
        ("http://[fd00::1]:9000", False),
    ],
)
def test_plain_http_to_a_service_container_is_for_the_option_that_says_so(text: str, *, accepted: bool) -> None:
    reader = Reader({"sts-endpoint": RawValue(text, "input")})
    assert (reader.url("sts-endpoint", local=True) == text) is accepted
    assert (reader.url("sts-endpoint") == text) is (text == "http://localhost:9000")


def test_a_long_address_is_no_secret() -> None:
    issuer = "https://acme.okta.com/oauth2/aus9a8b7c6d5e4f3g2h1/"
    assert shown(issuer) == f'"{issuer}"'
