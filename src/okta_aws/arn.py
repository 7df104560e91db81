# SPDX-License-Identifier: Apache-2.0
"""Amazon Resource Names of roles, and what a partition's endpoints are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

# arn:PARTITION:iam::ACCOUNT:role/PATH/NAME. STS-compatible services have names of their own: MinIO's partition is its
# own and its account empty, Ceph's account is a tenant's name. A number, though, is an account of AWS: 12 digits.
# Name and path characters: IAM API reference, CreateRole.
_ROLE_ARN = re.compile(
    r"arn:(?P<partition>[a-z][a-z0-9-]*):iam::(?P<account>\d{12}|(?!\d+:)[\w-]{0,64}):role/(?P<path>(?:[\x21-\x2e\x30-\x7e]+/)*)"
    r"(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)
_ASSUMED_ROLE = re.compile(r"arn:[a-z][a-z0-9-]*:sts::(?P<account>\d{12}|):assumed-role/.+", re.ASCII)


@dataclass(frozen=True, slots=True)
class RoleArn:
    """A role's ARN and its parts; ``account`` is empty where a service has no accounts."""

    text: str
    partition: str
    account: str
    path: str
    name: str

    @classmethod
    def parse(cls, text: str) -> RoleArn | None:
        """The role that ``text`` names, or ``None`` where it is none (STS API reference: 20 to 2048 characters)."""
        match = _ROLE_ARN.fullmatch(text)
        if match is None or not 20 <= len(text) <= 2048:
            return None
        return cls(text, match["partition"], match["account"], match["path"], match["name"])


def account_of_assumed_role(arn: str) -> str:
    """The account of an ``assumed-role`` ARN as STS answers it; empty where there is none."""
    match = _ASSUMED_ROLE.fullmatch(arn)
    return match["account"] if match else ""
