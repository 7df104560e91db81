# SPDX-License-Identifier: Apache-2.0
"""Our table of STS's refusals against botocore's model of the service and its retry mode."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from okta_aws.aws.faults import FAULTS, error_of
from okta_aws.errors import CODES, AssumeRoleError, NetworkError

# botocore's types do not name these; vars() does.
THROTTLING: list[str] = vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
TRANSIENT: list[str] = vars(TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]
TRANSIENT_STATUS: list[int] = vars(TransientRetryableChecker)["_TRANSIENT_STATUS_CODES"]
LOADER = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
MODEL: dict[str, Any] = LOADER.load_service_model("sts", "service-2")
MODELLED = [
    (MODEL["shapes"][one["shape"]]["error"]["code"], MODEL["shapes"][one["shape"]]["error"]["httpStatusCode"])
    for one in MODEL["operations"]["AssumeRoleWithWebIdentity"]["errors"]
]


def test_the_operation_still_needs_no_signature_and_has_the_version_that_we_ask_for() -> None:
    assert MODEL["operations"]["AssumeRoleWithWebIdentity"]["authtype"] == "none"
    assert MODEL["metadata"]["apiVersion"] == "2011-06-15"


@pytest.mark.parametrize(("aws_code", "status"), MODELLED)
def test_every_refusal_in_the_model_has_a_row(aws_code: str, status: int) -> None:
    error = error_of(status, aws_code, "", "assuming")
    assert isinstance(error, AssumeRoleError)
    assert error.code != "request-refused"
    assert error.fix


def test_the_table_keys_on_codes_of_the_wire() -> None:
    # Not modelled for the operation, but STS's common errors, and those of requests that are signed.
    common = {"AccessDenied", "ValidationError", "RequestExpired"}
    signed = {
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
        "ExpiredToken",
    }
    assert {row.aws_code for row in FAULTS} == {aws_code for aws_code, _ in MODELLED} | common | signed


def test_every_row_leads_to_a_code_of_ours_and_says_what_to_do() -> None:
    for row in FAULTS:
        assert row.code in CODES
        assert row.fix
        assert row.wanted
        assert row.message == row.message.lower()


@pytest.mark.parametrize("aws_code", THROTTLING)
def test_what_botocore_takes_for_throttling_is_throttling(aws_code: str) -> None:
    error = error_of(400, aws_code, "", "assuming")
    assert isinstance(error, NetworkError)
    assert error.code == "throttled"
    assert error.retry is not None


@pytest.mark.parametrize("aws_code", TRANSIENT)
def test_what_botocore_takes_for_passing_is_tried_again(aws_code: str) -> None:
    assert error_of(400, aws_code, "", "assuming").retry is not None


@pytest.mark.parametrize("status", TRANSIENT_STATUS)
def test_a_status_that_botocore_takes_for_passing_is_tried_again(status: int) -> None:
    error = error_of(status, "", "", "assuming")
    assert (error.code, error.exit_status) == ("aws-unavailable", 9)
    assert error.retry is not None


def test_the_issuer_that_aws_could_not_ask_is_asked_again_as_botocore_does() -> None:
    error = error_of(400, "IDPCommunicationError", "", "assuming")
    assert error.retry is not None
    assert error.retry.fresh_token
