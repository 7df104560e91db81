# SPDX-License-Identifier: Apache-2.0
"""The credentials of one role session, and the rules for its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from okta_aws.secret import Secret

# STS API reference, AssumeRoleWithWebIdentity: RoleSessionName.
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """AWS credentials to begin with. ``origin``: where they were found, in words; never empty.

    ``session_token`` is empty for an IAM user's long-lived keys. ``expiration``: UTC, ``None`` where it is not known.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    origin: str
    expiration: datetime | None = None

    @property
    def secrets(self) -> tuple[Secret, Secret]:
        """The parts that must not be seen."""
        return (self.secret_access_key, self.session_token)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials to hand over: as a rule what STS gave for a role, good until ``expiration`` (UTC).

    Without a role they are those of the start: ``role_arn`` and ``session_name`` are empty then, ``session_token`` may
    be, and ``expiration`` is ``None`` where it is not known. ``account`` and ``arn`` are empty where an STS-compatible
    service names neither.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expiration: datetime | None
    account: str
    arn: str
    role_arn: str
    session_name: str

    def expiration_text(self) -> str:
        """The expiry as ISO 8601 in UTC, to the second, ending in ``Z``; empty where it is not known."""
        return self.expiration.strftime("%Y-%m-%dT%H:%M:%SZ") if self.expiration else ""


def session_name_from(text: str) -> str:
    """``text`` made fit for a session name: other characters become ``-``, 2 to 64 long."""
    fitting = re.sub(r"[^\w+=,.@-]", "-", text, flags=re.ASCII)[:64]
    return fitting if len(fitting) > 1 else fitting.ljust(2, "-")
