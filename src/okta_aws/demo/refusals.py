# SPDX-License-Identifier: Apache-2.0
"""The two shapes in which Okta says no: OAuth errors, and the errors of its own API."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping

from okta_aws.demo.web import Response


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of this program
    """One of Okta's OAuth errors."""

    def __init__(self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error, description)
        self.response = Response.of_json(status, {"error": error, "error_description": description}, headers)


class RateLimited(Refusal):
    """The one refusal at the token endpoint that has the shape of Okta's API errors."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(429, "", "")
        self.response = api_error(429, "E0000047", "API call exceeded rate limit due to too many requests.", headers)


def api_error(status: int, code: str, summary: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error of Okta's API: https://developer.okta.com/docs/reference/error-codes/ ."""
    body = {
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": f"oae{secrets.token_urlsafe(16)}",
        "errorCauses": [],
    }
    return Response.of_json(status, body, headers)


def rate_headers(limit: int, left: int, reset: float) -> dict[str, str]:
    """How much of a limit is left; ``reset`` in seconds since the epoch."""
    return {
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(left),
        "X-Rate-Limit-Reset": str(math.ceil(reset)),
    }
