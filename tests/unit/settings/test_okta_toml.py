# SPDX-License-Identifier: Apache-2.0
"""``okta-aws.toml``: what its profiles say, and what is told about each mistake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.settings.okta_toml import OktaToml

GOOD = """\
# a comment
[default]
aws-region = "eu-west-1"

[deploy]
role-to-assume = "arn:aws:iam::123456789012:role/deploy"
role-duration-seconds = 1800
verify-token = true
allowed-account-ids = ["123456789012", "210987654321"]
inline-session-policy = { Version = "2012-10-17", Statement = [] }
okta-private-key-file = "~/key.pem"
web-identity-token-file = "token"
ca-bundle = "/etc/ca.pem"
"""


def toml(text: str) -> OktaToml:
    return OktaToml(text, "/home/me/.config/okta-aws", "/home/me")


def problems(text: str, profile: str = "p") -> list[str]:
    found = toml(text)
    if not found.problems:
        found.settings_of(profile)
    return [problem.line() for problem in found.problems]


def test_a_profile_is_options_as_text_with_their_lines() -> None:
    found = toml(GOOD)
    assert found.profiles == ["default", "deploy"]
    settings = found.settings_of("deploy")
    assert found.problems == []
    assert {name: value.text for name, value in settings.items()} == {
        "role-to-assume": "arn:aws:iam::123456789012:role/deploy",
        "role-duration-seconds": "1800",
        "verify-token": "true",
        "allowed-account-ids": "123456789012\n210987654321",
        "inline-session-policy": '{"Version": "2012-10-17", "Statement": []}',
        "okta-private-key-file": "/home/me/key.pem",
        "web-identity-token-file": "/home/me/.config/okta-aws/token",
        "ca-bundle": "/etc/ca.pem",
    }
    assert settings["role-duration-seconds"].origin == "okta-aws.toml [deploy] line 7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[p]\nrole-to-asume = 'x'",
            "role-to-asume (okta-aws.toml [p] line 2): wanted the name of an option, found an unknown one; did you ",
        ),
        (
            "[p]\nokta-client-secret = 'hush'",
            "okta-client-secret (okta-aws.toml [p] line 2): wanted no secret in this file, found one; put it",
        ),
        ("[p]\nokta-client-secrets-file = 'x'", "did you mean okta-client-secret-file?"),
        ("[p]\naws-profile = 'x'", "an option of the command line"),
        ("[p]\nhost-temp = 'x'", "the name of an option"),
        ("[p]\nverify-token = 'maybe'", ""),
        ("[p]\nverify-token = 1", "wanted boolean as TOML has it, found a value of type int"),
        ("[p]\nrole-duration-seconds = 1.5", "found a value of type float"),
        ("[p]\nrole-to-assume = ['a']", "found a value of type list"),
        ("[p]\nallowed-account-ids = [1]", "found a value of type list"),
        ("[p]\nokta-private-key-file = 1", "wanted a path as TOML has it"),
        ("[p]\naws-region = 2020-01-01", "found a value of type date"),
        ("[p.q]\naws-region = 'x'", "the name of an option"),
        ("role-to-assume = 'x'", "role-to-assume (okta-aws.toml line 1): wanted settings below the name of a profile"),
        ("['a b']", "wanted a profile name"),
        ("[p]\nx = !", "wanted a file in TOML, found a mistake at line 2, column 5"),
        ("[p", "wanted a file in TOML, found a mistake at"),
        ("[p]\nx = 1\nx = 2", "wanted a file in TOML"),
    ],
)
def test_each_mistake_is_told_with_its_place(text: str, said: str) -> None:
    found = problems(text)
    assert bool(found) is bool(said)
    assert said in "".join(found)
    assert "hush" not in "".join(found)


def test_all_mistakes_are_told_together() -> None:
    assert len(problems("[p]\na = 1\nokta-client-secret = 'x'\nverify-token = 3\n[q]\nb = 1")) == 3


def test_a_line_that_looks_alike_in_another_profile_is_not_meant() -> None:
    found = toml("[a]\naws-region = 'x'\n[b]\n'aws-region' = 'y'\n").settings_of("b")
    assert found["aws-region"].origin == "okta-aws.toml [b] line 4"


@given(st.text())
def test_no_text_ends_in_anything_but_profiles_or_problems(text: str) -> None:
    found = toml(text)
    for name in found.profiles:
        found.settings_of(name)
    assert all(problem.line().isprintable() or "\n" not in problem.line() for problem in found.problems)


def test_nothing_nested_too_deep_is_a_defect() -> None:
    assert problems("x = " + "[" * 5000)
