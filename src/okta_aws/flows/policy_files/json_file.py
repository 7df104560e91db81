# SPDX-License-Identifier: Apache-2.0
"""JSON: a trust policy alone, roles as AWS's command line prints them, Terraform's and CloudFormation's JSON."""

from __future__ import annotations

from okta_aws.flows.policy_files.cloudformation import add_template
from okta_aws.flows.policy_files.contents import Contents, Found, as_role, inline_document, texts, whole_number
from okta_aws.flows.policy_files.terraform_json import add_terraform, is_terraform
from okta_aws.policies.json_text import PolicyError, parse
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.role import NOTHING_KNOWN

# What `aws iam list-roles` prints of an account with as many roles as IAM allows ever (5,000), ten times over.
LARGEST = 64 * 1024 * 1024
POLICY = "AssumeRolePolicyDocument"
_LISTS = ("Roles", "RoleDetailList")
_WANTED = "a trust policy, roles as the AWS CLI prints them, a Terraform plan or state, or a CloudFormation template"


def add_json(data: bytes, file: str, contents: Contents, *, named: bool) -> None:
    """Adds what the file holds. ``named``: somebody gave this very file, so that something has to be in it."""
    try:
        value = parse(data, "the file", largest=LARGEST).value
    except PolicyError as error:
        contents.refuse(file, error.line or None, error)
        return
    add_value(value, file, contents, named=named)


def add_value(value: object, file: str, contents: Contents, *, named: bool) -> None:
    """Adds what the parsed file holds."""
    if isinstance(value, dict) and "Statement" in value:
        if named or _trusts(value):
            contents.add(Found(file, value))
    elif isinstance(value, dict) and is_terraform(value):
        add_terraform(value, file, contents)
    elif isinstance(value, dict) and isinstance(value.get("Resources"), dict):
        add_template(value["Resources"], file, contents)
    elif roles := _roles(value):
        for role in roles:
            _add_role(role, file, contents)
    elif named and not _empty_listing(value):
        contents.cannot(file, 1, _WANTED, "other JSON")


def _roles(value: object) -> list[dict[str, object]]:
    """The roles of get-role, list-roles, get-account-authorization-details, create-role's input, or a list of them."""
    listed: object = value
    if isinstance(value, dict):
        if isinstance(value.get("Role"), dict):
            listed = [value["Role"]]
        elif POLICY in value:
            listed = [value]
        else:
            listed = next((value[name] for name in _LISTS if name in value), [])
    if not isinstance(listed, list):
        return []
    return [one for one in listed if isinstance(one, dict) and POLICY in one]


def _empty_listing(value: object) -> bool:
    return isinstance(value, dict) and any(value.get(name) == [] for name in _LISTS)


def _add_role(role: dict[str, object], file: str, contents: Contents) -> None:
    policy = role[POLICY]
    found = Found(
        file,
        policy,
        _text(role.get("Arn")) or _text(role.get("RoleName")),
        as_role(role, POLICY),
        shift=None if isinstance(policy, str) else 0,
        max_session_s=whole_number(role.get("MaxSessionDuration")),
        permissions=_permissions(role),
    )
    contents.add(found)


def _permissions(role: dict[str, object]) -> Permissions:
    """Attached policies, which get-account-authorization-details alone tells."""
    attached, inline = role.get("AttachedManagedPolicies"), role.get("RolePolicyList")
    if not isinstance(attached, list) or not isinstance(inline, list):
        return NOTHING_KNOWN
    documents = [inline_document(one.get("PolicyDocument")) for one in inline if isinstance(one, dict)]
    arns = texts([one.get("PolicyArn") for one in attached if isinstance(one, dict)])
    return Permissions(arns, tuple(one for one in documents if one is not None), complete=None not in documents)


def _trusts(value: dict[str, object]) -> bool:
    """That a policy met on the way is a trust policy: those of buckets and users look alike."""
    statements = value["Statement"] if isinstance(value["Statement"], list) else [value["Statement"]]
    return any(
        isinstance(one, dict) and ("Principal" in one or "NotPrincipal" in one) and "sts:" in str(one.get("Action"))
        for one in statements
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
