# SPDX-License-Identifier: Apache-2.0
"""Roles and providers of a CloudFormation template. What an intrinsic function computes is not known, but for
``Fn::Sub`` and
``Fn::Join`` of literal pieces, and references to a provider of the same template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from okta_aws.flows.policy_files.contents import Contents, Found, as_role, inline_document, texts, whole_number
from okta_aws.policies.json_text import JsonObject
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.provider_name import OIDC_PROVIDER, UNKNOWN
from okta_aws.trust.role import ProviderUrl

ROLE = "AWS::IAM::Role"
PROVIDER = "AWS::IAM::OIDCProvider"
_POLICY = "AssumeRolePolicyDocument"
_REFERENCE = re.compile(r"\$\{(!?)([^}]*)\}")
_DEEPEST = 64


def add_template(resources: Mapping[str, Any], file: str, contents: Contents) -> None:
    """Adds the roles and providers among ``resources``."""
    resolver = _Resolver(resources)
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        properties = resource.get("Properties") if kind in (ROLE, PROVIDER) else None
        if not isinstance(properties, dict):
            continue
        if kind == ROLE:
            _add_role(name, resource, resolver, file, contents)
        else:
            url = resolver.value(properties.get("Url"))
            if isinstance(url, str) and url != UNKNOWN:
                contents.providers.append(ProviderUrl(name, url, file, as_role(properties, "Url")))


def _add_role(name: str, resource: Mapping[str, Any], resolver: _Resolver, file: str, contents: Contents) -> None:
    properties = resource["Properties"]
    policy = resolver.value(properties.get(_POLICY))
    managed = resolver.value(properties.get("ManagedPolicyArns"))
    inline = resolver.value(properties.get("Policies"))
    documents = [inline_document(one.get("PolicyDocument")) for one in inline or () if isinstance(one, dict)]
    contents.add(
        Found(
            file,
            policy,
            name,
            resolver.line(name),
            as_role(properties, _POLICY),
            None if isinstance(policy, str) else 0,
            whole_number(properties.get("MaxSessionDuration")),
            Permissions(
                texts(managed),
                tuple(one for one in documents if one is not None),
                complete=None not in documents and (inline is None or isinstance(inline, list)),
            ),
        )
    )


class _Resolver:
    """Values with what is known of intrinsic functions put in."""

    def __init__(self, resources: Mapping[str, Any]) -> None:
        self._resources = resources

    def line(self, name: str) -> int | None:
        """Where the resource called ``name`` begins."""
        return as_role(self._resources, name)

    def value(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
        if depth > _DEEPEST:
            return UNKNOWN
        if isinstance(value, list):
            return [self.value(one, depth + 1) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument, depth)
        made = JsonObject(getattr(value, "line", 0))
        made.lines = dict(getattr(value, "lines", {}))
        for key, one in value.items():
            made[key] = self.value(one, depth + 1)
        return made

    def _function(self, name: str, argument: Any, depth: int) -> str:  # noqa: ANN401 - JSON
        if name == "Fn::Sub":
            template = argument[0] if isinstance(argument, list) and argument else argument
            return _REFERENCE.sub(self._substituted, template) if isinstance(template, str) else UNKNOWN
        if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
            parts = self.value(argument[1], depth + 1)
            if isinstance(argument[0], str) and isinstance(parts, list):
                return argument[0].join(one if isinstance(one, str) else UNKNOWN for one in parts)
        if name == "Ref" and isinstance(argument, str):
            return self._reference(argument)
        if name == "Fn::GetAtt":
            parts = argument.split(".") if isinstance(argument, str) else argument
            if isinstance(parts, list) and len(parts) == 2 and parts[1] == "Arn":
                return self._reference(str(parts[0]))
        return UNKNOWN

    def _substituted(self, match: re.Match[str]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        return self._reference(match[2].removesuffix(".Arn"))

    def _reference(self, name: str) -> str:
        """The ARN of a provider of this template."""
        resource = self._resources.get(name)
        if isinstance(resource, dict) and resource.get("Type") == PROVIDER:
            properties = resource.get("Properties")
            url = properties.get("Url") if isinstance(properties, dict) else None
            if isinstance(url, str):
                return f"arn:{UNKNOWN}:iam::{UNKNOWN}{OIDC_PROVIDER}{url.removeprefix('https://')}"
        return UNKNOWN
