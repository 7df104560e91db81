# SPDX-License-Identifier: Apache-2.0
"""Signatures by a key that never leaves KMS.

Source: KMS API reference, Sign and Verify: JSON 1.1, ``MessageType=DIGEST`` for what was hashed already.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.faults import error_of
from okta_aws.aws.signature import signed
from okta_aws.credentials import AwsKeys
from okta_aws.errors import Error, NetworkError
from okta_aws.http import Http
from okta_aws.retry import Persistence

ALGORITHM = "ECDSA_SHA_256"
# A key by its ARN, no alias: whoever may move an alias would choose the key.
KEY_ARN = re.compile(
    r"arn:aws[a-z-]*:kms:(?P<region>[a-z]{2,}[a-z0-9-]+[0-9]):(?P<account>[0-9]{12}):key/[A-Za-z0-9-]{1,64}"
)


class Kms:
    """Signs and verifies with ``keys``. Each question raises ``Error`` (kms-refused) and ``NetworkError``."""

    def __init__(self, http: Http, persistence: Persistence, keys: AwsKeys, url: str = "") -> None:
        """``url``: another endpoint than that of the key's region."""
        self._http, self._persistence, self._keys, self._url = http, persistence, keys, url

    def sign(self, key_arn: str, digest: bytes) -> bytes:
        """The signature (DER) of a SHA-256 ``digest`` by the key."""
        doing = f"signing with the key {key_arn} (kms:Sign)"
        answer = self._ask(doing, "Sign", key_arn, {"Message": _base64(digest)})
        try:
            return base64.b64decode(str(answer["Signature"]), validate=True)
        except (KeyError, ValueError):
            raise _garbage(doing, "no signature in it") from None

    def verify(self, key_arn: str, digest: bytes, signature: bytes) -> bool:
        """Whether the key made that ``signature`` of ``digest``."""
        doing = f"verifying with the key {key_arn} (kms:Verify)"
        members = {"Message": _base64(digest), "Signature": _base64(signature)}
        try:
            answer = self._ask(doing, "Verify", key_arn, members)
        except _InvalidSignature:
            return False
        return answer.get("SignatureValid") is True

    def _ask(self, doing: str, action: str, key_arn: str, members: Mapping[str, str]) -> Mapping[str, Any]:
        value = {"KeyId": key_arn, "MessageType": "DIGEST", "SigningAlgorithm": ALGORITHM, **members}
        return self._persistence.run(doing, lambda: self._once(doing, action, key_arn, json.dumps(value).encode()))

    def _once(self, doing: str, action: str, key_arn: str, body: bytes) -> Mapping[str, Any]:
        found = KEY_ARN.fullmatch(key_arn)
        region = found["region"] if found else ""
        url = f"{self._url or f'https://kms.{region}.{partition_of(region).suffix}'}/"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{action}"}
        sent = signed("POST", url, headers, body, self._keys, region=region, service="kms")
        response = self._http.send("POST", url, sent, body, within_s=self._persistence.remaining_s(doing))
        try:
            answer = json.loads(response.body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            answer = {}
        if response.status == 200 and answer:
            return answer
        raise self._refusal(response.status, answer, doing)

    def _refusal(self, status: int, answer: Mapping[str, Any], doing: str) -> Exception:
        code = str(answer.get("__type", "")).rpartition("#")[2]
        message = str(answer.get("message") or answer.get("Message") or "")
        if code == "KMSInvalidSignatureException":
            return _InvalidSignature()
        for secret in filter(None, self._keys.secrets):
            message = message.replace(secret.reveal(), "***")
        if not code and status not in {408, 429, 500, 502, 503, 504}:
            return _garbage(doing, f"HTTP status {status} without an answer of KMS in it")
        fault = error_of(status, code, message, doing)
        if isinstance(fault, NetworkError):
            return fault
        action = doing.rpartition("(")[2].rstrip(")")
        fix = (f"allow {action} on this key to whoever owns {self._keys.origin}", "and give the ARN of an ECC key")
        return Error("kms-refused", doing, found=f'{code}: "{message[:300]}"', fix=fix)


class _InvalidSignature(Exception):  # noqa: N818 - it is an answer
    pass


def _garbage(doing: str, found: str) -> NetworkError:
    fix = "check AWS_REGION and AWS_ENDPOINT_URL_KMS, and any proxy on the way"
    return NetworkError("network-garbage", doing, wanted="an answer of KMS", found=found, fix=fix)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
