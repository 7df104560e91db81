# SPDX-License-Identifier: Apache-2.0
"""A client for contract tests that adds nothing of its own to a request."""

from __future__ import annotations

import contextlib
import http.client
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def element(self, name: str) -> str:
        """The text of the first XML element of that name, whatever its namespace; empty where there is none."""
        found = ET.fromstring(self.body).find(f".//{{*}}{name}")  # noqa: S314 - written by our own stand-in
        return found.text or "" if found is not None else ""


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """One request without a body."""
    return _ask(method, url, b"", headers or {})


def post(url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
    """One form."""
    return _ask("POST", url, urlencode(form).encode(), {**FORM, **(headers or {})})


def _ask(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
