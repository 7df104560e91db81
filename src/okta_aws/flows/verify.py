# SPDX-License-Identifier: Apache-2.0
"""A token's signature, checked before AWS is asked: a forged or damaged one is told apart from a refused one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from okta_aws.errors import NetworkError, SourceError, TokenError
from okta_aws.flows.client import Client
from okta_aws.issuers import discover, key_set, origin
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
        keys = _keys(token, client)
        if not fits(token.text, json.dumps(keys)):
            raise TokenError(
                "token-signature",
                _DOING,
                wanted=f"a signature by one of the keys of {token.issuer}",
                found=f"key id {str(token.header.get('kid'))[:80]!r}, which is none of them, or another signature",
                fix=("fetch a new token and pass it on unchanged", "check that the issuer still publishes the key"),
            )

    return check


def _keys(token: Token, client: Client) -> Mapping[str, Any]:
    if origin(token.issuer) is None:
        hint = "a token's issuer is an https address; this one was not issued for AWS"
        raise TokenError("token-signature", _DOING, wanted="an issuer over https", found=ascii(token.issuer), fix=hint)
    try:
        issuer = discover(token.issuer, client.http, client.persistence, client.time)
        return key_set(issuer, client.http, client.persistence, client.time)
    except (SourceError, NetworkError) as error:
        if not error.code.startswith("okta-"):
            raise
        # Read by the means that serve Okta, but this may be anybody's issuer.
        fix = ("check that the issuer answers from here", "unset verify-token: AWS checks the signature itself")
        raise SourceError("issuer-keys", error.doing, wanted=error.wanted, found=error.found, fix=fix) from None
