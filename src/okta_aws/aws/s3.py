# SPDX-License-Identifier: Apache-2.0
"""Objects in S3: one version read, in parts of bounded size; one written, also only where there was none.

Source: S3 API reference: GetObject, HeadObject, PutObject. Path-style addresses, which take bucket names with dots and
endpoints without host names for buckets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from okta_aws.aws.answer import Element, tree
from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.faults import error_of
from okta_aws.aws.signature import signed
from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http, Response
from okta_aws.http.client import MAX_BODY
from okta_aws.retry import Persistence

_VERSION = "x-amz-version-id"
_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was read: its bytes and their version id."""

    body: bytes
    version: str


class S3:
    """Reads and writes objects with ``keys``. Every act raises ``Error`` (s3-refused) and ``NetworkError``."""

    def __init__(self, http: Http, persistence: Persistence, keys: AwsKeys, region: str, url: str = "") -> None:
        """``region``: of the buckets. ``url``: another endpoint than the region's."""
        self._http, self._persistence, self._keys, self._region = http, persistence, keys, region
        self._url = url or f"https://s3.{region}.{partition_of(region).suffix}"

    def get(self, bucket: str, key: str, *, limit: int, version: str = "") -> Stored | None:
        """The object, or that ``version`` of it; ``None`` where there is none.

        Refused is an object of more than ``limit`` bytes, before more than 1 MiB of it was read.
        """
        doing = f"reading s3://{bucket}/{key} (s3:GetObject{'Version' if version else ''})"
        parts, total, found = b"", 1, version
        while len(parts) < total:
            # The version of the first part is asked for by name, so that a new one cannot be mixed in.
            query = {"versionId": found} if found else {}
            last = min(len(parts) + MAX_BODY, limit) - 1
            response = self._ask("GET", bucket, key, query, {"Range": f"bytes={len(parts)}-{last}"}, b"", doing)
            if response.status == 404:
                return None
            if response.status == 416 and not parts:  # no range of an empty object can be had
                return Stored(b"", found or response.headers.get(_VERSION, ""))
            total = _total(response, doing)
            if total > limit:
                raise _refused(doing, f"at most {limit} bytes", f"{total}", "look what was stored there")
            found = self._same_version(response, found, doing)
            if not response.body:
                raise _garbage(doing, "an empty part")
            parts += response.body
        return Stored(parts, found)

    def version(self, bucket: str, key: str) -> str | None:
        """The id of the current version; ``None`` where there is no such object."""
        doing = f"reading the version of s3://{bucket}/{key} (s3:GetObject, s3:ListBucket)"
        response = self._ask("HEAD", bucket, key, {}, {}, b"", doing)
        return None if response.status == 404 else self._same_version(response, "", doing)

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_where_none: bool = False
    ) -> str | None:
        """Writes the object; the id of its version. ``None``: ``only_where_none`` was asked, and there is one."""
        doing = f"writing s3://{bucket}/{key} (s3:PutObject)"
        headers = {"Content-Type": content_type} | ({"If-None-Match": "*"} if only_where_none else {})
        response = self._ask("PUT", bucket, key, {}, headers, body, doing)
        return None if response.status == 412 else self._same_version(response, "", doing)

    def _same_version(self, response: Response, wanted: str, doing: str) -> str:
        found = response.headers.get(_VERSION, "")
        if not found or found == "null":
            fix = "switch on the bucket's versioning; without it nothing says which bytes are meant"
            raise _refused(doing, "a bucket with versions", "none", fix)
        if wanted and found != wanted:
            raise _garbage(doing, "another version than the one that was asked for")
        return found

    def _ask(
        self,
        method: str,
        bucket: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        doing: str,
    ) -> Response:
        path = f"{self._url}/{quote(bucket, safe='')}/{quote(key, safe='/~')}"
        url = f"{path}?{urlencode(query)}" if query else path
        return self._persistence.run(doing, lambda: self._once(method, url, headers, body, doing))

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes, doing: str) -> Response:
        sent = signed(method, url, headers, body, self._keys, region=self._region, service="s3")
        within_s = self._persistence.remaining_s(doing)
        response = self._http.send(method, url, sent, body if method == "PUT" else None, within_s=within_s)
        error = _error_in(response)
        missing = method == "HEAD" or error.one("Code").text in {"NoSuchKey", "NoSuchVersion"}
        if response.status in {200, 206, 416} or (response.status == 404 and missing):
            return response
        if response.status == 412 and "If-None-Match" in headers:
            return response
        raise self._refusal(response, error, doing)

    def _refusal(self, response: Response, error: Element, doing: str) -> Error:
        code, message = error.one("Code").text, error.one("Message").text
        if code == "ConditionalRequestConflict":  # two at the very same time: S3 asks to try again
            code, response = "SlowDown", Response(503, response.headers, b"")
        for secret in filter(None, self._keys.secrets):
            message = message.replace(secret.reveal(), "***")
        fault = error_of(response.status, code, message, doing)
        if isinstance(fault, NetworkError):
            return fault
        said = f'{code}: "{message[:300]}"' if code else f"HTTP status {response.status}"
        action = doing.rpartition("(")[2].rstrip(")")
        fix = (f"allow {action} to whoever owns {self._keys.origin}", "check that AWS_REGION is the bucket's region")
        return Error("s3-refused", doing, found=said, fix=fix)


def _total(response: Response, doing: str) -> int:
    if response.status == 200:  # the endpoint knows no ranges
        return len(response.body)
    found = _RANGE.fullmatch(response.headers.get("content-range", ""))
    if found is None:
        raise _garbage(doing, "a part without its range")
    return int(found[1])


def _error_in(response: Response) -> Element:
    if response.status in {200, 206} or not response.body:
        return Element("Error")
    try:
        return tree(response.body)
    except ValueError:
        return Element("Error")


def _refused(doing: str, wanted: str, found: str, fix: str) -> Error:
    return Error("s3-refused", doing, wanted=wanted, found=found, fix=fix)


def _garbage(doing: str, found: str) -> NetworkError:
    fix = "check AWS_REGION and AWS_ENDPOINT_URL_S3, and any proxy on the way"
    return NetworkError("network-garbage", doing, wanted="an answer of S3", found=found, fix=fix)
