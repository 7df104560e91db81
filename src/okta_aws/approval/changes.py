# SPDX-License-Identifier: Apache-2.0
"""What a plan is about to change, from Terraform's JSON: addresses and actions, never a value.

Source: Terraform documentation, "JSON Output Format" (``resource_changes``, ``resource_drift``, ``output_changes``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BUILT_IN = "terraform.io/builtin/"
_NOTHING: tuple[list[str], ...] = (["no-op"], ["read"], [])
_WORDS = {
    ("create",): "create",
    ("update",): "change",
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("no-op",): "move or import",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A resource or output and what happens to it."""

    action: str
    address: str


def changes(plan: object) -> list[Changed]:
    """What applying ``plan`` would change, in its order."""
    top = _object(plan)
    resources = [_changed(one) for one in _objects(top.get("resource_changes")) if _counts(one)]
    outputs = [
        Changed(_word(_object(change)), f"output {name}")
        for name, change in _object(top.get("output_changes")).items()
        if _object(change).get("actions") not in _NOTHING
    ]
    return resources + outputs


def drift(plan: object) -> list[Changed]:
    """What was changed by somebody else than Terraform since it last looked."""
    return [_changed(one) for one in _objects(_object(plan).get("resource_drift")) if _counts(one)]


def summary(found: list[Changed]) -> str:
    """``2 to create, 1 to destroy``."""
    counts = Counter(one.action for one in found)
    return ", ".join(f"{count} to {action}" for action, count in counts.items()) or "no changes"


def providers(plan: object) -> set[str]:
    """The addresses of all providers that the plan needs, but those that are a part of Terraform."""
    top = _object(plan)
    configured = _object(_object(top.get("configuration")).get("provider_config")).values()
    names = {_object(one).get("full_name") for one in configured}
    for part in ("resource_changes", "resource_drift"):
        names |= {one.get("provider_name") for one in _objects(top.get(part))}
    for state in (_object(top.get("prior_state")).get("values"), top.get("planned_values")):
        names |= set(_of_modules(_object(state).get("root_module")))
    return {name for name in names if isinstance(name, str) and not name.startswith(BUILT_IN)}


def _of_modules(root: object) -> Iterator[Any]:
    waiting = [_object(root)]
    while waiting:
        module = waiting.pop()
        waiting += _objects(module.get("child_modules"))
        yield from (one.get("provider_name") for one in _objects(module.get("resources")))


def _counts(one: Mapping[str, Any]) -> bool:
    change = _object(one.get("change"))
    return change.get("actions") not in _NOTHING or "importing" in change or "previous_address" in one


def _changed(one: Mapping[str, Any]) -> Changed:
    return Changed(_word(_object(one.get("change"))), str(one.get("address")))


def _word(change: Mapping[str, Any]) -> str:
    actions = change.get("actions")
    known = tuple(map(str, actions)) if isinstance(actions, list) else ()
    return _WORDS.get(known, "change")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
