# SPDX-License-Identifier: Apache-2.0
"""Terraform's JSON: ``terraform show -json`` of a plan or of the state, and the state file itself (version 4).

Source: Terraform documentation, "JSON Output Format".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.flows.policy_files.contents import Contents, Found, as_role, inline_document, texts, whole_number
from okta_aws.policies.document import Document
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.role import ProviderUrl

_POLICY = "assume_role_policy"
_NOT_YET = "the trust policy is known after apply only: look again at the state, or at the live account"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, ``values`` with the lines of its members."""

    address: str
    type: str
    values: Mapping[str, Any]


def is_terraform(value: Mapping[str, Any]) -> bool:
    """That this is Terraform's: a plan, a state as it is shown, or a state file."""
    shown = "format_version" in value and ("planned_values" in value or "values" in value)
    return shown or ("terraform_version" in value and isinstance(value.get("resources"), list))


def add_terraform(value: Mapping[str, Any], file: str, contents: Contents) -> None:
    """Adds the roles and providers."""
    resources = list(_resources(value))
    attached = _Attached.of(resources)
    for resource in resources:
        if resource.type == "aws_iam_openid_connect_provider" and isinstance(resource.values.get("url"), str):
            line = as_role(resource.values, "url")
            contents.providers.append(ProviderUrl(resource.address, resource.values["url"], file, line))
        elif resource.type == "aws_iam_role":
            _add_role(resource, attached, file, contents)


def _add_role(resource: Resource, attached: _Attached, file: str, contents: Contents) -> None:
    values = resource.values
    policy = values.get(_POLICY)
    found = Found(
        file,
        policy,
        resource.address,
        as_role(values, _POLICY),
        shift=None,
        max_session_s=whole_number(values.get("max_session_duration")),
        permissions=attached.permissions(values),
    )
    if isinstance(policy, str):
        contents.add(found)
    else:
        contents.skip(found, _NOT_YET)


@dataclass(frozen=True, slots=True)
class _Attached:
    """Policies by the name of the role that they are attached to; ``loose``: some whose role is not known yet."""

    managed: Mapping[str, list[str]]
    inline: Mapping[str, list[Document | None]]
    loose: bool

    @classmethod
    def of(cls, resources: list[Resource]) -> _Attached:
        managed: dict[str, list[str]] = defaultdict(list)
        inline: dict[str, list[Document | None]] = defaultdict(list)
        loose = False
        for resource in resources:
            role = resource.values.get("role")
            if resource.type == "aws_iam_role_policy_attachment":
                managed[str(role)] += texts([resource.values.get("policy_arn")])
            elif resource.type == "aws_iam_role_policy":
                inline[str(role)].append(inline_document(resource.values.get("policy")))
            else:
                continue
            loose = loose or not isinstance(role, str)
        return cls(managed, inline, loose)

    def permissions(self, values: Mapping[str, Any]) -> Permissions:
        """What a role with these values may do."""
        name = str(values.get("name"))
        own = values.get("inline_policy")
        inside = [one.get("policy") for one in own if isinstance(one, dict)] if isinstance(own, list) else []
        documents = [*self.inline.get(name, ()), *(inline_document(one) for one in inside if one)]
        managed = (*self.managed.get(name, ()), *texts(values.get("managed_policy_arns")))
        complete = not self.loose and None not in documents
        return Permissions(managed, tuple(one for one in documents if one is not None), complete)


def _resources(value: Mapping[str, Any]) -> Iterator[Resource]:
    if "format_version" not in value:
        yield from _of_state_file(value["resources"])
        return
    shown = value.get("planned_values", value.get("values"))
    waiting = [shown.get("root_module")] if isinstance(shown, dict) else []
    while waiting:
        module = waiting.pop()
        if not isinstance(module, dict):
            continue
        for one in _objects(module.get("resources")):
            if one.get("mode") == "managed" and isinstance(one.get("values"), dict):
                yield Resource(str(one.get("address")), str(one.get("type")), one["values"])
        waiting.extend(reversed(_objects(module.get("child_modules"))))


def _of_state_file(resources: object) -> Iterator[Resource]:
    for one in _objects(resources):
        if one.get("mode") != "managed":
            continue
        module = f"{one['module']}." if isinstance(one.get("module"), str) else ""
        for instance in _objects(one.get("instances")):
            index = instance.get("index_key")
            key = "" if index is None else f"[{index}]" if isinstance(index, int) else f'["{index}"]'
            address = f"{module}{one.get('type')}.{one.get('name')}{key}"
            if isinstance(instance.get("attributes"), dict):
                yield Resource(address, str(one.get("type")), instance["attributes"])


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
