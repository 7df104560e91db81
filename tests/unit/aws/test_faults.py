# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from okta_aws.aws.faults import error_of
from okta_aws.errors import AssumeRoleError, NetworkError, Retry

UNREACHABLE = "Couldn't retrieve verification key from your identity provider,  please reference the documentation"


@pytest.mark.parametrize(
    ("aws_code", "message", "code", "retry"),
    [
        ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "role-refused", None),
        ("InvalidIdentityToken", UNREACHABLE, "provider-unreachable", Retry(fresh_token=True)),
        ("InvalidIdentityToken", UNREACHABLE.replace("'", "\u2019"), "provider-unreachable", Retry(fresh_token=True)),
        (
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://i.invalid",
            "provider-missing",
            None,
        ),
        ("InvalidIdentityToken", "Incorrect token audience", "provider-audience", None),
        ("InvalidIdentityToken", "Missing a required claim: sub", "token-refused", None),
        ("InvalidIdentityToken", "", "token-refused", None),
        ("ExpiredTokenException", "Token expired", "token-expired", Retry(fresh_token=True, once=True)),
        ("IDPCommunicationError", "", "provider-unreachable", Retry(fresh_token=True)),
        ("IDPRejectedClaim", "", "provider-rejected", None),
        ("MalformedPolicyDocument", "", "session-policy", None),
        ("PackedPolicyTooLarge", "", "session-policy", None),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "session-duration",
            None,
        ),
        ("ValidationError", "1 validation error detected", "request-refused", None),
        ("RegionDisabledException", "", "region-disabled", None),
        ("SomethingNew", "", "request-refused", None),
    ],
)
def test_each_refusal_of_aws_is_one_of_ours(aws_code: str, message: str, code: str, retry: Retry | None) -> None:
    error = error_of(400, aws_code, message, "assuming role r", request_id="the-id")
    assert isinstance(error, AssumeRoleError)
    assert (error.code, error.retry, error.aws_code, error.request_id) == (code, retry, aws_code, "the-id")
    assert error.doing == "assuming role r"
    assert f'{aws_code}: "{message}"' in error.found
    assert error.fix


@pytest.mark.parametrize(
    ("status", "aws_code"), [(429, ""), (429, "AccessDenied"), (400, "Throttling"), (503, "SlowDown")]
)
def test_throttling_waits_as_long_as_aws_asks(status: int, aws_code: str) -> None:
    error = error_of(status, aws_code, "", "assuming", after_s=3.5)
    assert isinstance(error, NetworkError)
    assert (error.code, error.retry) == ("throttled", Retry(after_s=3.5))


@pytest.mark.parametrize(
    ("status", "aws_code"),
    [(500, ""), (502, ""), (503, ""), (504, ""), (500, "InternalFailure"), (400, "RequestTimeout"), (503, "Unheard")],
)
def test_a_passing_failure_of_aws_is_tried_again(status: int, aws_code: str) -> None:
    error = error_of(status, aws_code, "", "assuming", after_s=1.0)
    assert isinstance(error, NetworkError)
    assert (error.code, error.retry) == ("aws-unavailable", Retry(after_s=1.0))


def test_a_refusal_stays_one_whatever_its_status() -> None:
    assert error_of(500, "AccessDenied", "", "assuming").code == "role-refused"


def test_a_long_message_is_quoted_in_part() -> None:
    found = error_of(400, "AccessDenied", "x" * 10_000, "assuming").found
    assert found.count("x") == 300


def test_the_advice_of_one_error_does_not_change_that_of_the_next() -> None:
    first = error_of(400, "ExpiredTokenException", "", "assuming")
    first.retry = None
    assert error_of(400, "ExpiredTokenException", "", "assuming").retry is not None
