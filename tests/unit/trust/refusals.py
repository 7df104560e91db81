# SPDX-License-Identifier: Apache-2.0
"""The refusals of ``tests/data/refusals``, read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from okta_aws.policies.document import Document, document
from okta_aws.trust.context import Request
from okta_aws.trust.explain import Explanation, explain
from okta_aws.trust.facts import Facts

FOLDER = Path(__file__).resolve().parents[2] / "data" / "refusals"


@dataclass(frozen=True)
class Refusal:
    """One file: the threads that it is from, and what was published there."""

    name: str
    threads: list[dict[str, Any]]
    report: str
    causes: list[str]
    policy: dict[str, Any]
    claims: dict[str, Any]
    request: dict[str, Any] = field(default_factory=dict)
    reconstructed: list[str] = field(default_factory=list)

    @property
    def document(self) -> Document:
        """The policy, parsed."""
        return document(self.policy)

    def asked(self, **claims: str) -> Request:
        """The request, with other ``claims`` if need be."""
        return Request(self.claims | claims, provider_arn=self.request.get("provider_arn"))

    @property
    def facts(self) -> Facts:
        """What the thread tells beside policy and token."""
        return Facts(
            now=self.request.get("now"),
            whole=self.request.get("whole", False),
            provider_audiences=self._list("provider_audiences"),
            providers=self._list("providers"),
        )

    def _list(self, name: str) -> tuple[str, ...] | None:
        return tuple(self.request[name]) if name in self.request else None

    def explained(self) -> Explanation:
        """Our explanation."""
        return explain(self.document, self.asked(), self.facts)


def refusals(folder: str) -> list[Refusal]:
    """The files of one folder: ``one`` cause, ``two`` causes, or ``allowed``."""
    paths = sorted((FOLDER / folder).glob("*.json"))
    return [Refusal(path.stem, **json.loads(path.read_text(encoding="utf-8"))) for path in paths]
