# SPDX-License-Identifier: Apache-2.0
"""What was found in files or in an account, in the order in which it was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from okta_aws.policies.document import Document, document, parse_document
from okta_aws.policies.json_text import JsonObject, PolicyError
from okta_aws.trust.finding import Finding
from okta_aws.trust.ignore import Ignore
from okta_aws.trust.lint import UNREADABLE, said
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.provider_name import OIDC_PROVIDER, UNKNOWN
from okta_aws.trust.role import NOTHING_KNOWN, ProviderUrl, Role, grants_of

_FIX = "correct it there, or leave the file out"
_MOST_NODES = 200_000


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that may be a role and could not be looked at, or not in full."""

    file: str
    line: int | None
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A role as a file has it. ``policy``: parsed JSON, or text; ``shift`` as in ``Role``."""

    file: str
    policy: object
    name: str = ""
    line: int | None = None
    policy_line: int | None = None
    shift: int | None = 0
    max_session_s: int | None = None
    permissions: Permissions = NOTHING_KNOWN


@dataclass(slots=True)
class Contents:
    """Filled by the readers. ``known_providers`` as in ``Role``; ``files`` counts those that were read."""

    known_providers: frozenset[str] | None = None
    roles: list[Role] = field(default_factory=list)
    providers: list[ProviderUrl] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)
    unreadable: list[Finding] = field(default_factory=list)
    ignores: list[Ignore] = field(default_factory=list)
    files: int = 0

    def add(self, found: Found) -> None:
        """One more role; what cannot be read becomes a finding, what is not literal a remark."""
        unknown = None
        try:
            unknown = first_unknown(found.policy)
            policy = _document(found.policy, unknown)
        except PolicyError as error:
            if unknown is not None:
                self.skip(found, "the trust policy is not literal here: give a Terraform plan, or the live account")
                return
            line = found.line if found.shift is None or not error.line else error.line + found.shift
            self.refuse(found.file, line, error, found.name)
            return
        if unknown is not None:
            self.skip(found, "some of its values are not literal here; rules that need them were not applied")
        self.roles.append(
            Role(
                found.name,
                policy,
                grants_of(policy),
                found.file,
                found.line if found.line is not None or found.shift is None else (policy.line or 1) + found.shift,
                found.policy_line,
                found.shift,
                found.max_session_s,
                found.permissions,
                self.known_providers,
            )
        )

    def skip(self, found: Found, reason: str) -> None:
        """``found`` could not be looked at in full."""
        self.not_checked.append(NotChecked(found.file, found.line, found.name, reason))

    def refuse(self, file: str, line: int | None, error: PolicyError, role: str = "") -> None:
        """Something that should have been readable."""
        what = f"{role}: " if role else ""
        message = f"{what}{error.what}, {error.place}: wanted {error.wanted}, found {error.found}"
        self.unreadable.append(said(UNREADABLE, file, line, message, _FIX, f"{role} {error.place}"))

    def cannot(self, file: str, line: int | None, wanted: str, found: str) -> None:
        """A file that is not what it should be."""
        message = f"wanted {wanted}, found {found}"
        self.unreadable.append(said(UNREADABLE, file, line, message, _FIX, message))


def inline_document(value: object) -> Document | None:
    """A permission policy, parsed or as text; ``None`` where it is not readable."""
    try:
        unknown = first_unknown(value)
        return None if unknown is not None and not isinstance(value, dict) else _document(value, unknown)
    except PolicyError:
        return None


def as_role(around: object, name: str) -> int | None:
    """The line of member ``name`` of an object that was read from a file, else that of the object."""
    if not isinstance(around, JsonObject):
        return None
    return around.lines.get(name, around.line) or None


def whole_number(value: object) -> int | None:
    """A number of seconds, be it written as text; ``None`` where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def texts(value: object) -> tuple[str, ...]:
    """The texts in a list; an unknown one stands for whatever else is in it."""
    if isinstance(value, list):
        return tuple(one if isinstance(one, str) else UNKNOWN for one in value)
    return () if value is None else (UNKNOWN,)


def first_unknown(value: object) -> str | None:
    """The first text with an unknown piece, ``None`` where all is known. Of a provider's ARN only the name counts.

    Raises ``PolicyError`` for what is larger than any policy: aliases and references can make much of little.
    """
    for text in _every_text(value):
        if UNKNOWN in text and UNKNOWN in (text.partition(OIDC_PROVIDER)[2] or text):
            return text
    return None


def _every_text(value: object) -> Iterator[str]:
    waiting: list[Any] = [value]
    met = 1
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (dict, list)):
            met += len(one)
            if met > _MOST_NODES:
                found = "more"
                raise PolicyError("the trust policy", "$", wanted=f"at most {_MOST_NODES} values", found=found)
            if isinstance(one, dict):
                waiting.extend(one.values())
                yield from one
            else:
                waiting.extend(one)


def _document(policy: object, unknown: str | None) -> Document:
    if unknown is not None:
        for _ in _every_text(policy):
            pass  # to the end, where the search did not go: what is too large is refused before it is written out
    if isinstance(policy, str):
        # IAM's own answers have policies URL-encoded (IAM API reference, Role).
        return parse_document(unquote(policy) if policy.startswith("%7B") else policy, "the trust policy")
    return document(policy, "the trust policy")
