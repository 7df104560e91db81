# SPDX-License-Identifier: Apache-2.0
"""What STS checks of an AssumeRoleWithWebIdentity request before it looks at any role, in its words. No I/O.

Limits and patterns: the STS API model (botocore ``data/sts/2011-06-15/service-2.json``). Codes and texts come from
there too, and from errors that users quoted; the table at the top of ``sts_front`` has the source of each.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from okta_aws.demo.signing import ALGORITHMS

TAGS = "https://aws.amazon.com/tags"
SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
NO_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
SESSION_POLICY_LONGEST = 2048
_ROLE_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/(?P<path>\S+/)?(?P<name>[^/\s]+)", re.ASCII
)


class AwsRefusal(Exception):  # noqa: N818 - it is an answer, not an error of this program
    """An error in AWS's shape. ``code`` is the one on the wire, which is not always the name of an SDK's class."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status

    def xml(self, request_id: str) -> bytes:
        """The error document of the Query protocol."""
        blame = "Sender" if self.status < 500 else "Receiver"
        return (
            f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{blame}</Type><Code>{self.code}</Code>'
            f"<Message>{escape(self.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ).encode()


@dataclass(frozen=True, slots=True)
class WebIdentityRequest:
    """A request whose parameters have the right form."""

    role_arn: str
    account: str
    role_name: str
    partition: str
    session_name: str
    token: str = field(repr=False)
    duration_s: int
    policy: str
    policy_arns: Sequence[str]

    @classmethod
    def read(cls, form: Mapping[str, str]) -> WebIdentityRequest:
        """The request in ``form``, or ``AwsRefusal`` with every violated constraint, as STS lists them."""
        arns = tuple(_members(form, "PolicyArns.member.{}.arn"))
        problems = [*_problems(form), *_too_many(arns)]
        if problems:
            plural = "s" if len(problems) > 1 else ""
            raise AwsRefusal(
                "ValidationError", f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}"
            )
        role = _ROLE_ARN.fullmatch(form["RoleArn"])
        if role is None:
            raise AwsRefusal("ValidationError", "Request ARN is invalid")
        policy = form.get("Policy", "")
        _check_policy_size(policy, arns)
        return cls(
            role_arn=form["RoleArn"],
            account=role["account"],
            role_name=role["name"],
            partition=role["partition"],
            session_name=form["RoleSessionName"],
            token=form["WebIdentityToken"],
            duration_s=int(form.get("DurationSeconds") or 3600),
            policy=policy,
            policy_arns=arns,
        )


def _problems(form: Mapping[str, str]) -> Iterator[str]:
    for name in _REQUIRED:
        if name not in form:
            yield f"Value null at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
    for name, fits, constraint in _CONSTRAINTS:
        value = form.get(name)
        if value is not None and not fits(value):
            # The model marks the token as sensitive: STS does not repeat such a value.
            shown = "Value" if name == "WebIdentityToken" else f"Value '{value}'"
            yield f"{shown} at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must {constraint}"


def _number(value: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        raise AwsRefusal("MalformedInput", f"{value} is not a valid value for DurationSeconds")
    return int(value)


_REQUIRED = ("RoleArn", "RoleSessionName", "WebIdentityToken")
_CONSTRAINTS: Sequence[tuple[str, Callable[[str], bool], str]] = (
    ("RoleArn", lambda v: len(v) >= 20, "have length greater than or equal to 20"),
    ("RoleArn", lambda v: len(v) <= 2048, "have length less than or equal to 2048"),
    ("RoleSessionName", lambda v: len(v) >= 2, "have length greater than or equal to 2"),
    ("RoleSessionName", lambda v: len(v) <= 64, "have length less than or equal to 64"),
    (
        "RoleSessionName",
        lambda v: re.fullmatch(r"[\w+=,.@-]*", v, re.ASCII) is not None,
        r"satisfy regular expression pattern: [\w+=,.@-]*",
    ),
    ("WebIdentityToken", lambda v: len(v) >= 4, "have length greater than or equal to 4"),
    ("WebIdentityToken", lambda v: len(v) <= 20000, "have length less than or equal to 20000"),
    ("Policy", lambda v: len(v) >= 1, "have length greater than or equal to 1"),
    (
        "Policy",
        lambda v: len(v) <= SESSION_POLICY_LONGEST,
        f"have length less than or equal to {SESSION_POLICY_LONGEST}",
    ),
    ("DurationSeconds", lambda v: _number(v) >= 900, "have value greater than or equal to 900"),
    ("DurationSeconds", lambda v: _number(v) <= 43200, "have value less than or equal to 43200"),
)


def _members(form: Mapping[str, str], pattern: str) -> Iterator[str]:
    number = 1
    while (value := form.get(pattern.format(number))) is not None:
        yield value
        number += 1


def _too_many(arns: Sequence[str]) -> Iterator[str]:
    if len(arns) > 10:
        shown = ", ".join(arns)
        yield (
            f"Value '[{shown}]' at 'policyArns' failed to satisfy constraint: "
            "Member must have length less than or equal to 10"
        )


def _check_policy_size(policy: str, arns: Sequence[str]) -> None:
    # STS packs what it is given in a form it does not publish; its plain limit holds for both kinds together.
    plain = len(policy) + sum(map(len, arns))
    if plain > SESSION_POLICY_LONGEST:
        percent = plain * 100 // SESSION_POLICY_LONGEST
        raise AwsRefusal(
            "PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A web identity token, split but not yet verified."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @classmethod
    def read(cls, text: str) -> IdentityToken:
        """The parts of a compact JWS in one of the algorithms STS takes; ``AwsRefusal`` for anything else."""
        parts = text.split(".")
        header, claims = (_json_part(part) for part in parts[:2]) if len(parts) == 3 else ({}, {})
        if header.get("alg") not in ALGORITHMS or not claims:
            raise AwsRefusal("InvalidIdentityToken", NO_JWT)
        for name in ("iss", "sub", "aud", "exp", "iat"):
            if claims.get(name) in (None, ""):
                raise AwsRefusal("InvalidIdentityToken", f"Missing a required claim: {name}")
        return cls(text, header, claims)

    @property
    def issuer(self) -> str:
        """``iss`` as it stands."""
        return str(self.claims["iss"])

    @property
    def provider(self) -> str:
        """The issuer as IAM names it: without its scheme."""
        return self.issuer.partition("://")[2]

    def audience(self, accepted: Iterable[str]) -> str:
        """The audience that counts, ``azp`` before ``aud``; ``AwsRefusal`` unless it is one of ``accepted``."""
        claim = self.claims.get("azp") or self.claims["aud"]
        named = claim if isinstance(claim, list) else [claim]
        for audience in named:
            if audience in set(accepted):
                return str(audience)
        raise AwsRefusal("InvalidIdentityToken", "Incorrect token audience")

    def check_times(self, now: float) -> None:
        """``AwsRefusal`` unless ``now`` (seconds since the epoch) is inside the token's life."""
        times = [self.claims.get(name, 0) for name in ("exp", "iat", "nbf")]
        if not all(type(value) is int for value in times):
            # The API documentation demands integers; a fraction is refused.
            raise AwsRefusal("InvalidIdentityToken", NO_JWT)
        expires, issued, begins = times
        if expires <= now:
            raise AwsRefusal(
                "ExpiredTokenException",
                f"Token expired: current date/time {int(now)} must be before the expiration date/time{expires}",
            )
        if max(issued, begins) > now:
            raise AwsRefusal("InvalidIdentityToken", "Token is not yet valid")

    def tags(self) -> dict[str, str]:
        """The session tags of the token, from the nested claim or from the flattened ones."""
        nested = self.claims.get(TAGS)
        found = nested.get("principal_tags", {}) if isinstance(nested, dict) else {}
        flat = {
            name.removeprefix(f"{TAGS}/principal_tags/"): value
            for name, value in self.claims.items()
            if name.startswith(f"{TAGS}/principal_tags/")
        }
        return {key: str(value[0] if isinstance(value, list) else value) for key, value in {**found, **flat}.items()}

    def needed_actions(self) -> list[str]:
        """What the trust policy must allow besides the call itself."""
        return [
            action
            for action, present in (
                ("sts:TagSession", bool(self.tags())),
                ("sts:SetSourceIdentity", SOURCE_IDENTITY in self.claims),
            )
            if present
        ]


def _json_part(part: str) -> Mapping[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def trust_allows(policy: Mapping[str, Any], action: str, provider_arn: str, keys: Mapping[str, str]) -> bool:
    """Whether a trust policy allows ``action`` to tokens of ``provider_arn``.

    For the two actions that the emulator does not evaluate. Of conditions, ``StringEquals`` and ``StringLike`` over
    ``keys`` are read. In doubt the answer is no: any other operator does not hold, a denial's conditions always do.
    """
    verdicts = [
        statement.get("Effect")
        for statement in _several(policy.get("Statement"))
        if any(fnmatch.fnmatchcase(action.lower(), str(wanted).lower()) for wanted in _several(statement.get("Action")))
        and _names(statement.get("Principal"), provider_arn)
        and (statement.get("Effect") == "Deny" or _holds(statement.get("Condition", {}), keys))
    ]
    return "Allow" in verdicts and "Deny" not in verdicts


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _names(principal: object, provider_arn: str) -> bool:
    return isinstance(principal, dict) and provider_arn in _several(principal.get("Federated"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": operator.eq,
    "StringLike": fnmatch.fnmatchcase,
}


def _holds(conditions: Mapping[str, Mapping[str, Any]], keys: Mapping[str, str]) -> bool:
    for name, tests in conditions.items():
        compare = _OPERATORS.get(name)
        for key, wanted in tests.items():
            found = keys.get(key.lower())
            if compare is None or found is None or not any(compare(found, str(value)) for value in _several(wanted)):
                return False
    return True
