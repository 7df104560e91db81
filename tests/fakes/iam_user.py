# SPDX-License-Identifier: Apache-2.0
"""An IAM user with long-lived keys, and roles that trust somebody who has AWS credentials."""

from __future__ import annotations

import json

from fakes.signed_sts import Keys
from fakes.world import Account


def user(account: Account, name: str = "ci") -> tuple[str, Keys]:
    """A user that may assume any role that lets it; its ARN and its keys."""
    made = account.iam().create_user(UserName=name)["User"]["Arn"]
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam().put_user_policy(UserName=name, PolicyName="roles", PolicyDocument=document)
    key = account.iam().create_access_key(UserName=name)["AccessKey"]
    return made, Keys(key["AccessKeyId"], key["SecretAccessKey"])


def role_for(
    account: Account, principal: str, name: str = "deploy", *, external_id: str = "", tags: bool = True
) -> str:
    """A role that trusts ``principal``; its ARN. ``tags``: also with session tags."""
    actions = ["sts:AssumeRole", "sts:TagSession"] if tags else ["sts:AssumeRole"]
    condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else {}
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Condition": condition}
    return account.role({"Version": "2012-10-17", "Statement": [statement]}, name)


def may_assume(account: Account, role: str) -> None:
    """Lets the role itself assume others."""
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam().put_role_policy(RoleName=role, PolicyName="roles", PolicyDocument=document)
