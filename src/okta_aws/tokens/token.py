# SPDX-License-Identifier: Apache-2.0
"""A signed JWT, taken apart but not verified: AWS does that. What is read here serves checks and explanations."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from okta_aws.errors import TokenError
from okta_aws.secret import Secret

# STS API reference: WebIdentityToken is 4 to 20000 characters; signatures RS and ES with 256, 384 or 512.
MAX_CHARACTERS = 20000
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
_DOING = "reading the token"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, its header and its claims, as it states them itself."""

    text: Secret
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """The claim ``iss``, empty where it is no text."""
        return self._text("iss")

    @property
    def subject(self) -> str:
        """The claim ``sub``, empty where it is no text."""
        return self._text("sub")

    @property
    def audiences(self) -> tuple[str, ...]:
        """What AWS takes for the audience: ``azp`` where there is one, else ``aud`` (IAM user guide)."""
        authorized = self._text("azp")
        if authorized:
            return (authorized,)
        audience = self.claims.get("aud")
        if isinstance(audience, list):
            return tuple(one for one in audience if isinstance(one, str))
        return (audience,) if isinstance(audience, str) else ()

    @property
    def expires(self) -> float | None:
        """The claim ``exp``, in seconds since 1970."""
        value = self.claims.get("exp")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        try:
            return float(value)
        except OverflowError:  # a whole number of more than 308 digits
            return None

    def _text(self, claim: str) -> str:
        value = self.claims.get(claim)
        return value if isinstance(value, str) else ""


def parse(text: str) -> Token:
    """``text`` as a token.

    Raises ``TokenError`` where it is none, is encrypted, is longer than STS takes, or signed in an unknown way.
    """
    if len(text) > MAX_CHARACTERS:
        raise TokenError(
            "token-too-long",
            _DOING,
            wanted=f"at most {MAX_CHARACTERS} characters",
            found=str(len(text)),
            fix="issue the token with fewer claims",
        )
    parts = text.split(".")
    if len(parts) == 5:
        raise TokenError(
            "token-encrypted",
            _DOING,
            wanted="a signed JWT of three parts",
            found="an encrypted one of five (JWE)",
            fix="switch the encryption of tokens off at the issuer",
        )
    if len(parts) != 3 or text[0] in "\"'{" or text.lower().startswith("bearer "):
        _malformed(_what_it_is(text))
    header, claims = _segment(parts[0], "header"), _segment(parts[1], "payload")
    if not parts[2]:
        _malformed("a token without a signature")
    if not _BASE64URL.fullmatch(parts[2]):
        _malformed("a signature that is not base64url")
    if str(header.get("alg")) not in ALGORITHMS:
        raise TokenError(
            "token-algorithm",
            _DOING,
            wanted=f"one of {', '.join(sorted(ALGORITHMS))}",
            found=str(header.get("alg"))[:20],
            fix="change the signing algorithm of the issuer",
        )
    return Token(Secret(text), header, claims)


def _segment(text: str, name: str) -> Mapping[str, Any]:
    if not _BASE64URL.fullmatch(text):
        _malformed(f"a {name} that is not base64url")
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        _malformed(f"a {name} that is no JSON")
    if not isinstance(value, dict):
        _malformed(f"a {name} that is no JSON object")
    return value


def _what_it_is(text: str) -> str:
    if not text:
        return "nothing"
    if text[0] in "\"'" or text.lower().startswith("bearer "):
        return "a token in quotes or after the word Bearer"
    if text.lstrip().startswith("{"):
        return "JSON; give the token in it, not the whole answer"
    return f"{len(text)} characters with {text.count('.')} dots"


def _malformed(found: str) -> NoReturn:
    raise TokenError(
        "token-malformed",
        _DOING,
        wanted="a signed JWT: three base64url parts with dots between",
        found=found,
        fix="give the token itself; ACTIONS_ID_TOKEN_REQUEST_TOKEN is not one, it only asks for one",
    )
