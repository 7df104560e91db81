# SPDX-License-Identifier: Apache-2.0
"""What a small server in the place of STS answers (STS API reference, AssumeRoleWithWebIdentity and Common Errors)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from fakes.loopback import Reply

ACCOUNT = "123456789012"
KEY_ID = "KEYIDOFATEST"
EXPIRATION = "2030-01-02T03:04:05Z"


def session_arn(account: str = ACCOUNT) -> str:
    """The ARN of the session that ``granted`` answers."""
    return f"arn:aws:sts::{account}:assumed-role/deploy/me"


def granted(key: str, session_token: str, arn: str | None = None, **parts: str | None) -> Reply:
    """Credentials. ``parts`` replaces elements of them, ``None`` leaves one out; an empty ``arn``: as MinIO answers."""
    fields: dict[str, str | None] = {
        "AccessKeyId": KEY_ID,
        "SecretAccessKey": key,
        "SessionToken": session_token,
        "Expiration": EXPIRATION,
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in (fields | parts).items() if text is not None)
    arn = session_arn() if arn is None else arn
    user = (
        f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>X:me</AssumedRoleId></AssumedRoleUser>"
        if arn
        else "<AssumedRoleUser/>"
    )
    body = (
        '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>'
        f"{user}<Credentials>{inner}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )
    return Reply(200, body.encode(), {"Content-Type": "text/xml"})


def refused(status: int, code: str, message: str = "", headers: Mapping[str, str] = {}) -> Reply:
    """A refusal in STS's form."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Reply(status, f"<ErrorResponse>{error}<RequestId>the-id</RequestId></ErrorResponse>".encode(), headers)
