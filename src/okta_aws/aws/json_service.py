# SPDX-License-Identifier: Apache-2.0
"""Services of AWS that speak JSON 1.1: one signed POST a question (Smithy, AWS JSON 1.1 protocol)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.aws.endpoints import partition_of
from okta_aws.aws.faults import error_of
from okta_aws.aws.signature import signed
from okta_aws.credentials import AwsKeys
from okta_aws.errors import AtlantisError, NetworkError
from okta_aws.http import Http
from okta_aws.retry import Persistence


@dataclass(frozen=True, slots=True)
class Service:
    """``name``: in host names and signatures. ``target``: what comes before the action in ``X-Amz-Target``."""

    name: str
    target: str
    title: str


class JsonService:
    """Asks a service in ``region`` with ``keys``; ``url``: another endpoint than the region's."""

    def __init__(
        self, service: Service, http: Http, persistence: Persistence, keys: AwsKeys, region: str, url: str = ""
    ) -> None:
        self._service, self._http, self._persistence = service, http, persistence
        self._keys, self._region = keys, region
        self._url = f"{url or f'https://{service.name}.{region}.{partition_of(region).suffix}'}/"

    def ask(self, doing: str, action: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to ``action``.

        Raises ``AtlantisError`` (atlantis-value) for a refusal, ``NetworkError`` for what kept it from answering.
        """
        body = json.dumps(members).encode()
        return self._persistence.run(doing, lambda: self._once(doing, action, body))

    def _once(self, doing: str, action: str, body: bytes) -> Mapping[str, Any]:
        target = f"{self._service.target}.{action}"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        sent = signed("POST", self._url, headers, body, self._keys, region=self._region, service=self._service.name)
        response = self._http.send("POST", self._url, sent, body, within_s=self._persistence.remaining_s(doing))
        try:
            answer = json.loads(response.body)
        except (ValueError, RecursionError):
            answer = None
        if response.status == 200 and isinstance(answer, dict):
            return answer
        raise self._refusal(response.status, answer if isinstance(answer, dict) else {}, doing, action)

    def _refusal(self, status: int, answer: Mapping[str, Any], doing: str, action: str) -> Exception:
        code = str(answer.get("__type", "")).rpartition("#")[2]
        message = str(answer.get("message") or answer.get("Message") or "")
        for secret in filter(None, self._keys.secrets):
            message = message.replace(secret.reveal(), "***")
        if not code and status not in {408, 429, 500, 502, 503, 504}:
            found = f"HTTP status {status} without an answer of {self._service.title} in it"
            fix = "check the endpoint, and any proxy on the way"
            return NetworkError(
                "network-garbage", doing, wanted=f"{self._service.title}'s answer", found=found, fix=fix
            )
        fault = error_of(status, code, message, doing)
        if isinstance(fault, NetworkError):
            return fault
        fixes = (
            f"check the name in the map, and allow {self._service.name}:{action} on it to the project's roles",
            "and kms:Decrypt where a key of your own encrypts it",
        )
        return AtlantisError("atlantis-value", doing, found=f'{code}: "{message[:300]}"', fix=fixes)
