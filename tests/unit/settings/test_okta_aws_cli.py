# SPDX-License-Identifier: Apache-2.0
"""okta-aws-cli's variables mean what they mean to its command m2m, and count below ours."""

from __future__ import annotations

import pytest

from okta_aws.settings.okta_aws_cli import from_okta_aws_cli
from okta_aws.settings.options import OPTIONS
from okta_aws.settings.raw import RawValue
from okta_aws.settings.settings import read

# What that tool's README shows for m2m, with its own placeholders.
MACHINE = {
    "OKTA_AWSCLI_ORG_DOMAIN": "acme.okta.com",
    "OKTA_AWSCLI_OIDC_CLIENT_ID": "0oaMACHINE",
    "OKTA_AWSCLI_IAM_ROLE": "arn:aws:iam::123456789012:role/ops",
    "OKTA_AWSCLI_KEY_ID": "kid",
    "OKTA_AWSCLI_PRIVATE_KEY": "a key",
}


def texts(environ: dict[str, str], given: dict[str, str] | None = None) -> dict[str, str]:
    found = from_okta_aws_cli(environ, {name: RawValue(text, "flag") for name, text in (given or {}).items()})
    return {name: value.text for name, value in found.items()}


def test_the_defaults_are_that_tools() -> None:
    assert texts(MACHINE) == {
        "okta-issuer": "https://acme.okta.com/oauth2/default",
        "okta-client-id": "0oaMACHINE",
        "okta-key-id": "kid",
        "okta-private-key": "a key",
        "okta-scope": "okta-m2m-access",
        "role-to-assume": "arn:aws:iam::123456789012:role/ops",
        "role-session-name": "okta-aws-cli",
        "role-duration-seconds": "3600",
    }


@pytest.mark.parametrize(
    ("variable", "value", "option", "text"),
    [
        ("OKTA_AWSCLI_AUTHZ_ID", "aus123", "okta-issuer", "https://acme.okta.com/oauth2/aus123"),
        ("OKTA_AWSCLI_ORG_DOMAIN", "acme-admin.okta.com", "okta-issuer", "https://acme.okta.com/oauth2/default"),
        ("OKTA_AWSCLI_CUSTOM_SCOPE", "mine", "okta-scope", "mine"),
        ("OKTA_AWSCLI_SESSION_DURATION", "900", "role-duration-seconds", "900"),
        ("OKTA_AWSCLI_STS_ROLE_SESSION_NAME", "me", "role-session-name", "me"),
        ("OKTA_AWSCLI_AWS_REGION", "us-gov-west-1", "aws-region", "us-gov-west-1"),
    ],
)
def test_each_variable_is_its_option(variable: str, value: str, option: str, text: str) -> None:
    found = from_okta_aws_cli(MACHINE | {variable: value}, {})
    assert found[option].text == text
    assert found[option].origin in {f"environment {variable}", "environment OKTA_AWSCLI_ORG_DOMAIN"}


def test_they_are_settings_that_make_sense_together() -> None:
    region = {"aws-region": RawValue("us-east-1", "x")}
    defaults = {one.name: RawValue(one.default, "default") for one in OPTIONS if one.default and not one.action_only}
    settings = read({**defaults, **region, **from_okta_aws_cli(MACHINE, {})})
    assert settings.source.name == "okta"
    assert settings.session.name == "okta-aws-cli"


@pytest.mark.parametrize("missing", ["OKTA_AWSCLI_PRIVATE_KEY"])
def test_those_of_a_person_mean_nothing_here(missing: str) -> None:
    assert texts({name: value for name, value in MACHINE.items() if name != missing}) == {}


@pytest.mark.parametrize(
    "given",
    [
        {"web-identity-token-file": "t"},
        {"web-identity-token": "t"},
        {"token-source": "github"},
        {"aws-access-key-id": "x"},
        {"okta-client-secret": "x"},
        {"role-chaining": "true"},
    ],
)
def test_who_begins_with_something_else_does_not_get_them(given: dict[str, str]) -> None:
    assert texts(MACHINE, given) == {}


@pytest.mark.parametrize("given", [{"role-chaining": "false"}, {"token-source": "okta"}, {"aws-region": "x"}])
def test_who_says_nothing_of_a_source_gets_them(given: dict[str, str]) -> None:
    assert texts(MACHINE, given)["okta-client-id"] == "0oaMACHINE"
