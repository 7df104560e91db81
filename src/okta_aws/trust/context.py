# SPDX-License-Identifier: Apache-2.0
"""What AWS knows of a request when it reads the trust policy: condition keys and their values.

A key has values, is certainly absent, or cannot be known from here. Keys: IAM user guide, "AWS global condition context
keys" and "IAM and AWS STS condition context keys"; session tags and source identity as claims: "Passing session tags in
AWS STS". The call has no AWS credentials, so what the guide says is there for signed requests alone is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from okta_aws.trust import provider_keys

ASSUME: Final = "sts:AssumeRoleWithWebIdentity"
TAG: Final = "sts:TagSession"
SET_SOURCE: Final = "sts:SetSourceIdentity"
TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_CLAIM: Final = "https://aws.amazon.com/source_identity"
_ARN = ":oidc-provider/"

# The user guide has these for requests that are signed, for principals with tags, or for other calls than this one.
_ABSENT: Final = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalarn",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:tokenissuetime",
        "aws:username",
        "sts:externalid",
    }
)
_ABSENT_FAMILIES: Final = ("aws:principaltag/", "aws:resourcetag/", "saml:", "sts:samlprovider")


@dataclass(frozen=True, slots=True)
class Request:
    """A call of AssumeRoleWithWebIdentity: ``claims`` is the token's payload; ``None`` is what is not known.

    Without ``provider_arn`` the provider is that of the claim ``iss``, in any account; then ``partition``, if given,
    is its.
    ``time`` has a time zone. Session tags and source identity are in the claims, as the call has no parameters for
    them.
    """

    claims: Mapping[str, Any]
    provider_arn: str | None = None
    action: str = ASSUME
    session_name: str | None = None
    time: datetime | None = None
    partition: str | None = None

    @property
    def provider(self) -> str | None:
        """The provider's URL without ``https://``: the prefix of its condition keys. ``None`` where nothing tells
        it."""
        if self.provider_arn is not None:
            return self.provider_arn.partition(_ARN)[2] or self.provider_arn
        issuer = self.claims.get("iss")
        return issuer.removeprefix("https://") if isinstance(issuer, str) and issuer else None


class Context:
    """The keys of one request. ``partition`` is the role's, ``None`` where it cannot be known."""

    __slots__ = ("_partition", "_prefix", "_provider", "_values")

    def __init__(self, request: Request, partition: str | None) -> None:
        self._provider = request.provider
        self._prefix = f"{self._provider}:".lower() if self._provider else ""
        self._partition = partition
        self._values: dict[str, tuple[str, ...] | None] = {
            **_request_keys(request),
            **self._claim_keys(request.claims),
        }

    def find(self, key: str) -> tuple[str, ...] | None:
        """The values of ``key`` in any letter case; ``()``: absent, ``None``: cannot be known."""
        key = key.lower()
        if key in self._values:
            return self._values[key]
        if self._provider is not None and key.startswith(self._prefix):
            return None if provider_keys.may_have_more(self._provider) else ()
        if key in _ABSENT or key.startswith((*_ABSENT_FAMILIES, "aws:requesttag/")):
            return ()
        # A key of another provider has its host before the last colon; hosts have a dot, names of services have none.
        if "." in key.rpartition(":")[0]:
            return () if self._provider is not None else None
        return None

    def _claim_keys(self, claims: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
        authorized = claims.get("azp")
        audience = _texts(claims.get("aud"))
        keys = {
            "aud": _text(authorized) if authorized else audience,
            "oaud": audience,
            "sub": _text(claims.get("sub")),
            "amr": _texts(claims.get("amr")),
            "email": _text(claims.get("email")),
        }
        if self._provider is not None and self._provider.lower() == provider_keys.GITHUB:
            keys |= self._github_keys(claims)
        return {f"{self._prefix}{name}": value for name, value in keys.items()} if self._prefix else {}

    def _github_keys(self, claims: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
        known = self._partition == "aws"
        keys = {name: _text(claims.get(name)) if known else None for name in provider_keys.GITHUB_KEYS}
        return keys | dict.fromkeys(provider_keys.GITHUB_DOUBTFUL)


@dataclass(frozen=True, slots=True)
class SessionTags:
    """The tags that a token asks for; ``known`` is false where their claim is of another shape than AWS documents."""

    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    known: bool

    @property
    def asked(self) -> bool:
        """Whether the call has to be allowed to tag the session."""
        return bool(self.tags or self.transitive) or not self.known


def session_tags(claims: Mapping[str, Any]) -> SessionTags:
    """The session tags in ``claims``, from the nested claim or from flat ones (``…/tags/principal_tags/NAME``)."""
    nested = claims.get(TAGS_CLAIM, {})
    known = isinstance(nested, Mapping)
    given: dict[str, Any] = {}
    transitive: Any = ()
    if isinstance(nested, Mapping):
        inner = nested.get("principal_tags", {})
        known = isinstance(inner, Mapping)
        given |= inner if isinstance(inner, Mapping) else {}
        transitive = nested.get("transitive_tag_keys", ())
    flat = f"{TAGS_CLAIM}/principal_tags/"
    given |= {name.removeprefix(flat): value for name, value in claims.items() if name.startswith(flat)}
    transitive = claims.get(f"{TAGS_CLAIM}/transitive_tag_keys", transitive)
    tags = {name: texts[0] for name, value in given.items() if (texts := _texts(value)) and len(texts) == 1}
    names = _texts(transitive)
    return SessionTags(tags, names or (), known and len(tags) == len(given) and names is not None)


def source_identity(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The source identity that a token asks for."""
    return _text(claims.get(SOURCE_CLAIM))


def _request_keys(request: Request) -> dict[str, tuple[str, ...] | None]:
    tags = session_tags(request.claims)
    keys: dict[str, tuple[str, ...] | None] = {
        "aws:federatedprovider": (request.provider_arn,) if request.provider_arn else None,
        "sts:rolesessionname": (request.session_name,) if request.session_name is not None else None,
        "sts:sourceidentity": source_identity(request.claims),
        "aws:tagkeys": tuple(tags.tags) if tags.known else None,
        "sts:transitivetagkeys": tags.transitive if tags.known else None,
        "aws:currenttime": None,
        "aws:epochtime": None,
    }
    if request.time is not None:
        moment = request.time.astimezone(UTC)
        keys["aws:currenttime"] = (moment.strftime("%Y-%m-%dT%H:%M:%SZ"),)
        keys["aws:epochtime"] = (str(int(moment.timestamp())),)
    return keys | _tag_keys(tags)


def _tag_keys(tags: SessionTags) -> dict[str, tuple[str, ...] | None]:
    """Tags whose names differ in letter case alone are one key for a condition: then its value is not known."""
    keys: dict[str, tuple[str, ...] | None] = {}
    for name, value in tags.tags.items():
        key = f"aws:requesttag/{name}".lower()
        keys[key] = None if key in keys else (value,)
    return keys


def _text(value: object) -> tuple[str, ...] | None:
    """A claim that is one text. How AWS writes a claim of another type as text is not documented."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, (list, tuple)):
        return tuple(value) if all(isinstance(one, str) for one in value) else None
    return _text(value)
