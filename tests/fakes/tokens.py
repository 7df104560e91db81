# SPDX-License-Identifier: Apache-2.0
"""Tokens that look right and are signed by nobody."""

from __future__ import annotations

import base64
import json
import secrets

from okta_aws.tokens.token import Token, parse


def unsigned_jwt(**claims: object) -> str:
    """The text of a token with these claims, its signature random: no two are the same."""
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)
    )
    return f"{head}.{body}.{secrets.token_urlsafe(32)}"


def unsigned_token(**claims: object) -> Token:
    """The same, taken apart."""
    return parse(unsigned_jwt(**claims))
