# SPDX-License-Identifier: Apache-2.0
"""The golden cases of `tests/data/policies`: policy, claims and request, with the verdict that follows from
AWS's documentation.

No verdict was made by the code under test. `source` is the page that it follows from; the facts are retold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from okta_aws.trust.context import ASSUME, Request

FOLDER = Path(__file__).resolve().parents[1] / "data" / "policies"


@dataclass(frozen=True)
class Golden:
    """One case; `trace` has an object a statement, with what is to be seen there."""

    topic: str
    name: str
    source: str
    policy: Mapping[str, Any]
    claims: Mapping[str, Any]
    verdict: str
    trace: tuple[Mapping[str, Any], ...]
    request: Request


def cases() -> list[Golden]:
    return [
        _case(file.stem, case) for file in sorted(FOLDER.glob("*.json")) for case in json.loads(file.read_text("utf-8"))
    ]


def _case(topic: str, case: Mapping[str, Any]) -> Golden:
    told = case.get("request", {})
    request = Request(
        case["claims"],
        provider_arn=told.get("provider_arn"),
        action=told.get("action", ASSUME),
        session_name=told.get("session_name"),
        time=datetime.fromisoformat(told["time"]) if "time" in told else None,
        partition=told.get("partition"),
    )
    trace = tuple(case.get("trace", ()))
    return Golden(topic, case["name"], case["source"], case["policy"], case["claims"], case["verdict"], trace, request)
