# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong, as one tree.

    Error                     exit 1
      SettingsError           exit 2   what was asked for makes no sense; all problems at once
        NeedsHost                      … or needs the runner's own machine
      SourceError             exit 3   no token was to be had
      TokenError              exit 4   there is a token, but not one that can be used
      AssumeRoleError         exit 5   AWS refused the role
      WrongAccount            exit 6   the role is in an account that was not allowed
      ExportError             exit 7   the credentials could not be handed over
      AtlantisError           exit 8   Atlantis, or what stands beside it, could not do its part
      NetworkError            exit 9   somebody could not be reached or spoke garbage
      NotApproved             exit 11  a change may not be made; nothing was touched

The class is the exit status; the *code* says which case it is. Each code is a row of ``CODES`` and a section of
``docs/troubleshooting.md`` of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

DOCS = "https://github.com/org/okta-aws-action/blob/main/docs/troubleshooting.md"

_ON_THE_HOST = (
    "a Docker action sees only its workspace and the runner's temporary folder; the composite form, "
    "org/okta-aws-action/composite@v1, runs on the runner itself and takes the same inputs"
)

CODES: Mapping[str, str] = {
    # settings
    "settings": "The settings do not fit together",
    "needs-host": "The Docker form cannot do this, as it needs the runner's own machine",
    # no token
    "github-no-permission": "The job may not ask GitHub for an OIDC token",
    "github-fork": "A pull request from a fork gets no OIDC token",
    "github-unavailable": "GitHub's token service could not answer",
    "github-refused": "GitHub refused to issue an OIDC token",
    "okta-discovery": "The Okta issuer has no usable discovery document",
    "okta-org-server": "The org authorization server cannot issue tokens for AWS",
    "okta-dpop": "The Okta app demands DPoP",
    "okta-key-format": "The private key cannot be read",
    "okta-key-library": "The library that signs with a private key is missing",
    "okta-client": "Okta does not know this client or its secret",
    "okta-grant": "The Okta app may not use client credentials",
    "okta-policy": "No access policy of the authorization server lets this client in",
    "okta-scope": "The scope is missing or not allowed",
    "okta-assertion-audience": "Okta refused the assertion: audience",
    "okta-assertion-clock": "Okta refused the assertion: the clocks disagree",
    "okta-assertion-key": "Okta refused the assertion: the key is not registered",
    "okta-assertion-signature": "Okta refused the assertion: signature",
    "okta-assertion-subject": "Okta refused the assertion: issuer or subject",
    "okta-assertion-replayed": "Okta refused the assertion: used before",
    "okta-rate-limit": "Okta's rate limit is used up",
    "okta-unavailable": "Okta could not answer",
    "okta-refused": "Okta refused to issue a token",
    "okta-device-app": "The Okta app may not sign people in by device authorization",
    "okta-device-unassigned": "The Okta app is not assigned to this person",
    "okta-device-denied": "The sign-in was refused",
    "okta-device-expired": "Nobody signed in before the code ran out",
    "login-needed": "There is no sign-in to begin with",
    "issuer-keys": "The issuer's keys cannot be read",
    "token-file": "The token file cannot be read",
    "aws-credentials-missing": "There are no AWS credentials to begin with",
    "aws-library": "The library that signs requests to AWS is missing",
    "no-source": "No token source fits this environment",
    # the composite form's own
    "python-missing": "The runner has no Python that can be used",
    "python-packages": "The libraries that this needs cannot be installed",
    # a token that cannot be used
    "token-malformed": "This is not a signed JWT",
    "token-encrypted": "The token is encrypted; AWS cannot read it",
    "token-algorithm": "The token's signature algorithm is one AWS does not take",
    "token-expired": "The token has expired",
    "token-audience": "The token was issued for another audience",
    "token-signature": "The token's signature does not fit its issuer's keys",
    "token-too-long": "The token is longer than AWS takes",
    # AWS refused
    "role-refused": "The role's trust policy says no",
    "provider-missing": "The account has no identity provider for this issuer",
    "provider-audience": "The identity provider does not list the token's audience",
    "provider-unreachable": "AWS could not fetch the issuer's keys",
    "provider-rejected": "AWS refused a claim of the token",
    "token-refused": "AWS refused the token",
    "session-policy": "AWS refused the session policy",
    "session-duration": "The session may not be that long",
    "credentials-refused": "AWS does not accept the credentials it begins with",
    "special-characters": "AWS gave no secret key without special characters",
    "region-disabled": "STS is not active in this region",
    "request-refused": "AWS refused the request",
    "throttled": "AWS asks for fewer requests",
    "aws-unavailable": "AWS could not answer",
    # asked of IAM
    "iam-refused": "IAM may not be asked",
    "iam-missing": "IAM does not know this",
    # afterwards
    "wrong-account": "The role belongs to an account that is not allowed",
    "export-failed": "The credentials could not be handed over",
    "profile-exists": "The profile is there already",
    "key-exists": "The file for the new key is there already",
    "unsafe-file": "A file is not safe to write or read",
    # the network
    "network-name": "A host name was not found",
    "network-connect": "A host could not be reached",
    "network-tls": "The secure connection failed",
    "network-timeout": "A server did not answer in time",
    "network-broken": "The connection broke",
    "network-garbage": "A server's answer made no sense",
    "network-proxy": "The proxy refused",
    "deadline": "The time for the whole run is used up",
    # approvals
    "seal-missing": "There is no sealed plan to apply",
    "seal-broken": "The seal does not fit what is there",
    "plan-stale": "The plan is no longer the one to apply",
    "not-approved": "The plan is not approved",
    "approver-map": "The map of approvers cannot be used",
    "already-applied": "This plan was begun before",
    "plan-refused": "The plan cannot be sealed",
    "terraform": "Terraform could not do its part",
    "github-api": "GitHub's API refused",
    "github-library": "The library that asks GitHub's API is missing",
    "okta-api": "Okta's API refused to tell about people or groups",
    "s3-refused": "S3 refused",
    "kms-refused": "KMS refused",
    # Atlantis
    "atlantis-map": "The map of Atlantis's projects cannot be used",
    "atlantis-helper": "The credentials helper beside Atlantis could not answer",
    "atlantis-not-mapped": "The map gives this project no role for this command",
    "atlantis-value": "A value cannot be handed to Terraform",
    "atlantis-webhook": "The webhook's secret cannot be kept",
    "atlantis-pull-request": "The pull request cannot be handed to Atlantis",
    "atlantis-refused": "Atlantis refused the request",
    "atlantis-answer": "Atlantis's answer made no sense",
    "atlantis-failed": "Atlantis could not plan or apply",
    "atlantis-unknown": "Nobody can tell yet whether Atlantis applied",
    "atlantis-moved": "The pull request changed while Atlantis worked",
    # ourselves
    "lint-library": "A library that reads policy files is missing",
    "internal": "A defect of this program",
}


@dataclass(frozen=True, slots=True)
class Retry:
    """That trying again may help, and how.

    ``after_s``: the wait in seconds that the server asked for. ``fresh_token``: not with the same token.
    ``once``: a second failure of this kind is final. ``until``: on the monotonic clock, in seconds; until then it is
    tried again however many attempts were made.
    """

    after_s: float | None = None
    fresh_token: bool = False
    once: bool = False
    until: float | None = None


class Error(Exception):
    """What was being done, what was wanted, what was found, what to do."""

    exit_status = 1

    def __init__(
        self,
        code: str,
        doing: str,
        *,
        wanted: str = "",
        found: str = "",
        fix: str | Sequence[str] = (),
        retry: Retry | None = None,
    ) -> None:
        """``code``: a row of ``CODES``. ``doing``: the act in lower case ("assuming role …"). ``fix``: best first."""
        super().__init__(code, doing)
        self.code = code
        self.title = CODES[code]
        self.doing = doing
        self.wanted = wanted
        self.found = found
        self.fix: tuple[str, ...] = (fix,) if isinstance(fix, str) else tuple(fix)
        self.retry = retry
        self.attempts = 1
        self.explanation: tuple[str, ...] = ()

    @property
    def docs(self) -> str:
        """Where the documentation treats this case."""
        return f"{DOCS}#{self.code}"

    def headline(self) -> str:
        """The error in one line, without the fix."""
        return f"{self.doing}: {self.reason()}"

    def reason(self) -> str:
        """Wanted and found, or the title where neither is known."""
        parts = []
        if self.wanted:
            parts.append(f"wanted {self.wanted}")
        if self.found:
            parts.append(f"found {self.found}")
        if self.attempts > 1:
            parts.append(f"after {self.attempts} attempts")
        return ", ".join(parts) or self.title.lower()

    def lines(self) -> list[str]:
        """The whole error for a terminal or a log, a list of lines (foreign text in it is not yet escaped)."""
        return [
            f"error[{self.code}]: {self.title}",
            f"  {self.headline()}",
            *(f"  {line}".rstrip() for line in self.explanation),
            *(f"  fix: {step}" for step in self.fix),
            f"  docs: {self.docs}",
        ]

    def __str__(self) -> str:
        return self.headline()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one setting. ``origin``: where the value came from ("input", "environment AWS_REGION")."""

    option: str
    origin: str
    wanted: str
    found: str
    fix: str = ""

    def line(self) -> str:
        """The problem in one line."""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{self.option} ({self.origin}): wanted {self.wanted}, found {self.found}{fix}"


class SettingsError(Error):
    """All problems of the settings together."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem], code: str = "settings") -> None:
        super().__init__(
            code, "reading the settings", found=f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        )
        self.problems = tuple(problems)

    def headline(self) -> str:
        return f"{self.doing}: {'; '.join(problem.line() for problem in self.problems)}"

    def lines(self) -> list[str]:
        return [
            f"error[{self.code}]: {self.title}",
            *(f"  {problem.line()}" for problem in self.problems),
            f"  docs: {self.docs}",
        ]


class NeedsHost(SettingsError):  # noqa: N818  (named for what is wrong)
    """Something that only the runner's own machine has, asked of a Docker action."""

    def __init__(self, option: str, origin: str, wanted: str, found: str) -> None:
        super().__init__([Problem(option, origin, wanted, found, _ON_THE_HOST)], "needs-host")


class SourceError(Error):
    """A token source that is this environment's own, but could not deliver."""

    exit_status = 3


class TokenError(Error):
    """A token that AWS would not take, seen before AWS was asked."""

    exit_status = 4


class AssumeRoleError(Error):
    """AWS's refusal. ``aws_code`` and ``request_id`` are AWS's own words for it.

    ``claims``: those of the token that was refused, where the refusal is about whom the role trusts; else empty.
    """

    exit_status = 5
    aws_code = ""
    request_id = ""
    claims: Mapping[str, Any] = MappingProxyType({})


class WrongAccount(Error):  # noqa: N818  (named for what is wrong)
    """The credentials are of an account that was not allowed; they were not handed on."""

    exit_status = 6


class ExportError(Error):
    """The credentials could not be written where they were wanted."""

    exit_status = 7


class AtlantisError(Error):
    """Atlantis, or what stands beside it, could not do its part."""

    exit_status = 8


class NetworkError(Error):
    """A server could not be reached, was too slow, or did not speak its protocol."""

    exit_status = 9


class NotApproved(Error):  # noqa: N818  (named for what is wrong)
    """A change may not be made, for each of ``reasons``; nothing was touched."""

    exit_status = 11

    def __init__(self, code: str, doing: str, *, reasons: Sequence[str], fix: str | Sequence[str]) -> None:
        super().__init__(code, doing, found="; ".join(reasons), fix=fix)
        self.reasons = tuple(reasons)

    def lines(self) -> list[str]:
        return [
            f"error[{self.code}]: {self.title}",
            f"  {self.doing}",
            *(f"  because: {reason}" for reason in self.reasons),
            *(f"  fix: {step}" for step in self.fix),
            f"  docs: {self.docs}",
        ]
