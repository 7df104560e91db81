# SPDX-License-Identifier: Apache-2.0
"""Which claims of a token people are shown. Of the others only that they are there: they may be about a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

# Who started a run, ``actor`` and ``actor_id``, is left out. Source: GitHub Docs, "OpenID Connect reference".
_GITHUB: Final = (
    *("repository", "repository_id", "repository_owner", "repository_owner_id", "repository_visibility"),
    *("ref", "ref_type", "ref_protected", "sha", "head_ref", "base_ref", "environment", "event_name"),
    *("workflow", "workflow_ref", "workflow_sha", "job_workflow_ref", "job_workflow_sha"),
    *("run_id", "run_number", "run_attempt", "runner_environment", "enterprise", "enterprise_id"),
)
SHOWN: Final = ("iss", "aud", "azp", "sub", "exp", "iat", "amr", *_GITHUB)


def shown(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each claim that may be shown; foreign text is not yet escaped."""
    return [(name, _text(claims[name])) for name in SHOWN if claims.get(name) not in (None, "")]


def hidden(claims: Mapping[str, Any]) -> list[str]:
    """The names of the claims that are not shown."""
    return sorted(name for name in claims if name not in SHOWN)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
