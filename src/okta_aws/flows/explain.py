# SPDX-License-Identifier: Apache-2.0
"""What an explanation needs: claims of a token, a trust policy, and what is known beside them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from okta_aws.arn import RoleArn
from okta_aws.errors import Problem, SettingsError, TokenError
from okta_aws.policies.document import Document, parse_document
from okta_aws.policies.json_text import PolicyError, parse
from okta_aws.tokens.token import Token
from okta_aws.tokens.token import parse as parse_token
from okta_aws.trust.context import Request
from okta_aws.trust.explain import Explanation, explain
from okta_aws.trust.facts import Facts
from okta_aws.trust.terraform import named, roles

# Plans of large projects are tens of megabytes, and their modules nest.
_LARGEST_PLAN, _DEEPEST_PLAN = 1 << 26, 256


@dataclass(frozen=True, slots=True)
class Given:
    """What a user gave, read. ``is_token``: a token to be used now, not claims of some past one.

    ``account`` and ``partition`` are the role's, ``audiences`` and ``providers`` what IAM lists; ``None`` or empty
    where not known.
    """

    claims: Mapping[str, Any]
    policy: Document
    is_token: bool
    provider_arn: str | None = None
    action: str | None = None
    session_name: str | None = None
    audiences: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    account: str = ""
    partition: str = ""


def explained(given: Given, now: float) -> tuple[Explanation, Request]:
    """The explanation at ``now``, in seconds since 1970, and the request that it is of."""
    arn = given.provider_arn or _provider_arn(given)
    request = Request(given.claims, arn, session_name=given.session_name, time=datetime.fromtimestamp(now, UTC))
    if given.action:
        request = Request(given.claims, arn, given.action, given.session_name, request.time)
    facts = Facts(
        now=now if given.is_token else None,
        whole=given.is_token,
        provider_audiences=given.audiences,
        providers=given.providers,
        account=given.account,
    )
    return explain(given.policy, request, facts), request


def claims_of_token(text: str, origin: str) -> Token:
    """The token that ``text`` is. Raises ``TokenError``, which tells the place, also for a claim that comes twice."""
    doing = f"reading the token ({origin})"
    if text.startswith("\ufeff"):
        fix = "save the file without a byte order mark"
        wanted, found = "a signed JWT", "a byte order mark (BOM) at character 1"
        raise TokenError("token-malformed", doing, wanted=wanted, found=found, fix=fix)
    try:
        token = parse_token(text.strip())
        payload = text.strip().split(".")[1]
        parse(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), "the token's payload")
    except TokenError as error:
        error.doing = doing
        raise
    except PolicyError as error:
        fix = "have the issuer write each claim once, as JSON"
        found = f"{error.found} ({error.place} of the payload)"
        raise TokenError("token-malformed", doing, wanted=error.wanted, found=found, fix=fix) from None
    return token


def claims_of_json(text: bytes, option: str) -> Mapping[str, Any]:
    """A token's payload. Raises ``SettingsError`` with the place where it is no JSON object."""
    value = _json(text, option, "the claims")
    if not isinstance(value, dict):
        raise SettingsError(
            [Problem(option, "flag", "a JSON object, the token's payload", f"a {type(value).__name__}")]
        )
    return value


def policy_of_json(text: str | bytes, option: str, origin: str = "flag") -> Document:
    """A trust policy. Raises ``SettingsError`` with the place of what is wrong with it."""
    try:
        return parse_document(text, "the trust policy")
    except PolicyError as error:
        raise SettingsError([Problem(option, origin, f"{error.wanted} ({error.place})", error.found)]) from None


def policy_of_terraform(text: bytes, wanted: str, option: str) -> tuple[Document, RoleArn | None]:
    """The trust policy, and the ARN where it is known, of the role ``wanted`` (address, name or ARN).

    Raises ``SettingsError`` where there is none of that name, several, or one whose policy is not known before apply.
    """
    found = list(roles(_json(text, option, "Terraform's JSON")))
    fitting = named(iter(found), wanted)
    if len(fitting) != 1:
        there = ", ".join(sorted(one.address for one in found)[:5]) or "no aws_iam_role"
        asked = f"one role called {wanted!a}" if wanted else "the address of one role"
        problem = Problem("--address", "flag", asked, f"{len(fitting)} of them; there are {there}")
        raise SettingsError([problem])
    role = fitting[0]
    if role.policy is None:
        found_there = f"{role.address}, whose policy is known after apply"
        raise SettingsError([Problem(option, "flag", "a role with a known policy", found_there, "take the state")])
    return policy_of_json(role.policy, option, f"flag, {role.address}"), RoleArn.parse(role.arn)


def _json(text: bytes, option: str, what: str) -> object:
    try:
        return parse(text, what, largest=_LARGEST_PLAN, deepest=_DEEPEST_PLAN).value
    except PolicyError as error:
        raise SettingsError([Problem(option, "flag", f"{error.wanted} ({error.place})", error.found)]) from None


def _provider_arn(given: Given) -> str | None:
    """The provider of the token's issuer in the role's account, where that is known."""
    issuer = given.claims.get("iss")
    if not given.account or not isinstance(issuer, str):
        return None
    return f"arn:{given.partition}:iam::{given.account}:oidc-provider/{issuer.removeprefix('https://')}"
