# SPDX-License-Identifier: Apache-2.0
"""Whether what is there is still what the code says: a plan of the default branch, read for that."""

from __future__ import annotations

import json
from dataclasses import dataclass

from okta_aws.approval.changes import Changed, changes, drift, summary
from okta_aws.errors import Problem, SettingsError
from okta_aws.runner.summary import Summary


@dataclass(frozen=True, slots=True)
class Drift:
    """``changes``: what applying would do. ``drifted``: what somebody else changed, which that need not undo."""

    changes: list[Changed]
    drifted: list[Changed]

    @property
    def is_there(self) -> bool:
        """Whether the code and what is there differ."""
        return bool(self.changes)


def drift_of(plan: bytes) -> Drift:
    """What ``plan``, as ``terraform show -json`` prints it, has to say. Raises ``SettingsError``."""
    try:
        value = json.loads(plan)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or "format_version" not in value:
        wanted = "a plan, as `terraform show -json PLAN` prints it"
        raise SettingsError([Problem("--plan-json", "flag", wanted, "something else")])
    return Drift(changes(value), drift(value))


def drift_summary(found: Drift, directory: str, workspace: str) -> str:
    """Addresses and actions as Markdown; no value."""
    page = Summary()
    page.heading(f"Drift of {directory}, workspace {workspace}: {summary(found.changes)}")
    rows = [(one.action, one.address) for one in found.changes]
    if rows:
        page.table(("To apply", "Where"), rows)
    if found.drifted:
        page.table(("Changed elsewhere", "Where"), [(one.action, one.address) for one in found.drifted])
    return page.markdown()
