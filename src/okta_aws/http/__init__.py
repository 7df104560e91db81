# SPDX-License-Identifier: Apache-2.0
"""The one HTTP client of the hot path (``client``), and how it gets through proxies (``proxy``)."""

from okta_aws.http.client import Http, Response

__all__ = ["Http", "Response"]
