# SPDX-License-Identifier: Apache-2.0
"""A token's signature, checked before AWS is asked: a forged or damaged one is told apart from a refused one."""

from __future__ import annotations

import json
from collections.abc import Callable

from okta_aws.errors import SourceError, TokenError
from okta_aws.flows.client import Client
from okta_aws.issuers import discover, key_set
from okta_aws.tokens.token import Token

_DOING = "checking the token's signature"


def verifier(client: Client) -> Callable[[Token], None]:
    """A check that raises ``TokenError`` for a token whose signature does not fit the keys that its issuer publishes.

    Raises ``SourceError`` where the library that checks is missing, or the issuer publishes no keys.
    """
    try:
        from okta_aws.tokens.verify import fits
    except ImportError:
        fix = 'pip install "okta-aws-action[key]"'
        raise SourceError("okta-key-library", _DOING, wanted="cryptography and PyJWT", found="none", fix=fix) from None

    def check(token: Token) -> None:
        issuer = discover(token.issuer, client.http, client.persistence, client.time)
        keys = key_set(issuer, client.http, client.persistence, client.time)
        if not fits(token.text, json.dumps(keys)):
            raise TokenError(
                "token-signature",
                _DOING,
                wanted=f"a signature by one of the keys of {token.issuer}",
                found=f"key id {str(token.header.get('kid'))[:80]!r}, which is none of them, or another signature",
                fix=("fetch a new token and pass it on unchanged", "check that the issuer still publishes the key"),
            )

    return check
