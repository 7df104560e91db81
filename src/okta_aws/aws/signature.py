# SPDX-License-Identifier: Apache-2.0
"""Any request, signed as AWS's Signature Version 4 has it: botocore signs, our own client sends."""

from __future__ import annotations

from collections.abc import Mapping

from okta_aws.credentials import AwsKeys
from okta_aws.errors import SourceError


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, keys: AwsKeys, *, region: str, service: str
) -> dict[str, str]:
    """``headers`` and those that sign them. ``service``: ``s3`` signs the path as it is, any other encodes it again.

    Raises ``SourceError`` (aws-library) where botocore is not installed.
    """
    try:
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import ReadOnlyCredentials
    except ImportError:
        doing, fix = "signing a request to AWS", 'pip install "okta-aws-action[aws]"'
        raise SourceError("aws-library", doing, wanted="the library botocore", found="none", fix=fix) from None
    holder = ReadOnlyCredentials(
        keys.access_key_id, keys.secret_access_key.reveal(), keys.session_token.reveal() or None, None
    )
    request = AWSRequest(method, url, dict(headers), body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(holder, service, region).add_auth(request)
    return dict(request.headers.items())
