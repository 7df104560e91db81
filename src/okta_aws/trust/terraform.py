# SPDX-License-Identifier: Apache-2.0
"""The trust policies in Terraform's JSON: a plan or state as ``terraform show -json`` prints it, or a state file.

Source: Terraform documentation, "JSON Output Format" (format 1.x: ``planned_values``, ``values``); state files have
version 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ROLE = "aws_iam_role"


@dataclass(frozen=True, slots=True)
class TerraformRole:
    """A role by its address. ``policy``: its trust policy as JSON text, ``None`` where it is known after apply only."""

    address: str
    name: str
    arn: str
    policy: str | None


def roles(value: object) -> Iterator[TerraformRole]:
    """The roles in a plan or state, in its order. What is not of Terraform's shape is passed over."""
    top = _object(value)
    for part in ("planned_values", "values"):
        yield from _of_modules(_object(_object(top.get(part)).get("root_module")))
    for resource in _objects(top.get("resources")):
        if resource.get("mode") == "managed" and resource.get("type") == _ROLE:
            yield from _of_state(resource)


def named(found: Iterator[TerraformRole], wanted: str) -> list[TerraformRole]:
    """The roles whose address, name or ARN is ``wanted``; all where that is empty."""
    return [one for one in found if not wanted or wanted in (one.address, one.name, one.arn)]


def _of_modules(root: Mapping[str, Any]) -> Iterator[TerraformRole]:
    modules = [root]
    while modules:
        module = modules.pop(0)
        modules += _objects(module.get("child_modules"))
        for resource in _objects(module.get("resources")):
            if resource.get("mode") == "managed" and resource.get("type") == _ROLE:
                yield _role(_text(resource.get("address")) or "", _object(resource.get("values")))


def _of_state(resource: Mapping[str, Any]) -> Iterator[TerraformRole]:
    module = f"{resource['module']}." if isinstance(resource.get("module"), str) else ""
    for instance in _objects(resource.get("instances")):
        index = instance.get("index_key")
        key = f'["{index}"]' if isinstance(index, str) else f"[{index}]" if isinstance(index, int) else ""
        yield _role(f"{module}{_ROLE}.{resource.get('name')}{key}", _object(instance.get("attributes")))


def _role(address: str, values: Mapping[str, Any]) -> TerraformRole:
    name, arn = _text(values.get("name")) or "", _text(values.get("arn")) or ""
    return TerraformRole(address, name, arn, _text(values.get("assume_role_policy")))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
