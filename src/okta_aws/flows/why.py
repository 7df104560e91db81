# SPDX-License-Identifier: Apache-2.0
"""Why AWS refused a token, put into the refusal: where the role's trust policy is at hand, exactly.

A courtesy, and never more: it is asked for after AWS's answer, changes nothing about it, takes seconds at most, and
where it cannot be had that is a line of the explanation. A policy file of the workspace is a stranger's.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from okta_aws.arn import RoleArn
from okta_aws.credentials import session_name_from
from okta_aws.errors import AssumeRoleError, Error
from okta_aws.files import read_small
from okta_aws.flows.client import Client
from okta_aws.policies.document import CURRENT, Document, parse_document
from okta_aws.policies.json_text import PolicyError
from okta_aws.retry import Time
from okta_aws.runner.context import Context
from okta_aws.runner.paths import is_shared
from okta_aws.secret import Secret
from okta_aws.settings.settings import Patience, Settings
from okta_aws.sources.ambient import from_variables
from okta_aws.trust import claims as of_token
from okta_aws.trust import report as in_words
from okta_aws.trust.context import Request
from okta_aws.trust.explain import Explanation, explain
from okta_aws.trust.facts import Facts

_OPTION = "the input trust-policy"
_IAM = "IAM"
# IAM is asked once, and a job that failed is not kept waiting.
_IAM_WITHIN_S = 3
# Trust policies have at most 8192 characters (IAM user guide, "Quotas"); white space does not count.
_LARGEST_FILE = 1 << 18
_MOST_LINES, _LONGEST_LINE, _MOST_CHARACTERS = 200, 2000, 16_000
_CUT = "… (cut here)"
_HOW_TO_KNOW = (
    "for the exact cause, give the role's trust policy as the input trust-policy, or AWS credentials for iam:GetRole"
)


class Report(Protocol):
    """What is told on the way."""

    def mask(self, value: Secret | str) -> None:
        """Hides a value in everything that is printed from now on."""

    def debug(self, text: str) -> None:
        """One line for those who look closer."""

    def info(self, text: str) -> None:
        """One line of the log."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """A trust policy, where it comes from, and what IAM told of the identity provider besides."""

    document: Document
    origin: str
    audiences: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None


def explain_refusal(
    error: AssumeRoleError,
    settings: Settings,
    environ: Mapping[str, str],
    context: Context,
    time: Time,
    report: Report,
) -> None:
    """Puts the explanation into ``error``, and where the causes are known what to do about them. Never raises."""
    try:
        _Refusal(error, settings, environ, context, time, report).explain()
    except Exception as defect:  # noqa: BLE001  (a defect here must not hide the refusal that it is about)
        report.debug(f"the refusal could not be explained: {type(defect).__name__}")


class _Refusal:
    def __init__(
        self,
        error: AssumeRoleError,
        settings: Settings,
        environ: Mapping[str, str],
        context: Context,
        time: Time,
        report: Report,
    ) -> None:
        self._error, self._settings, self._environ = error, settings, environ
        self._context, self._time, self._report = context, time, report
        self._notes: list[str] = []

    def explain(self) -> None:
        role = self._settings.role
        if role is None:
            return
        policy = self._given() or self._read(role)
        request = self._request(role)
        if policy is None:
            self._error.explanation = _bounded(self._without_policy(request, self._facts(role, None)))
            return
        explanation = explain(policy.document, request, self._facts(role, policy))
        self._error.explanation = _bounded([*self._notes, *self._with(policy, explanation, request)])
        if explanation.answer == "deny":
            self._error.fix = tuple(dict.fromkeys(cause.fix for cause in explanation.causes)) or self._error.fix

    def _request(self, role: RoleArn) -> Request:
        claims = self._error.claims
        issuer, subject = (claims.get(name) if isinstance(claims.get(name), str) else "" for name in ("iss", "sub"))
        name = self._settings.session.name or session_name_from(str(subject))
        provider = str(issuer).partition("://")[2] or str(issuer)
        if str(issuer).startswith("http://"):
            # AWS takes none such; a stand-in for it may, on loopback, and has it under a name without scheme as well.
            claims = {**claims, "iss": f"https://{provider}"}
        arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{provider}" if provider else None
        return Request(claims, arn, session_name=name, time=datetime.fromtimestamp(self._time.clock(), UTC))

    def _facts(self, role: RoleArn, policy: _Policy | None) -> Facts:
        facts = Facts(whole=True, account=role.account)
        if policy is None:
            return facts
        return replace(facts, provider_audiences=policy.audiences, providers=policy.providers)

    def _given(self) -> _Policy | None:
        """The policy of the option, a file or JSON text; ``None``, and a note, where it is no good."""
        given = self._settings.trust_policy
        if not given:
            return None
        try:
            text = given if given.startswith("{") else self._file(given)
            return _Policy(parse_document(text, "the trust policy"), _OPTION)
        except PolicyError as error:
            found = f"{error.place}: wanted {error.wanted}, found {error.found}"
        except (OSError, ValueError) as cause:
            found = getattr(cause, "strerror", None) or str(cause)
        self._notes.append(f"{_OPTION} is of no use: {found}")
        return None

    def _file(self, given: str) -> bytes:
        workspace = self._context.workspace
        path = os.path.join(workspace, given)
        if not is_shared(path, docker_form=self._context.docker_form):
            raise ValueError("a Docker action sees only its workspace and the runner's temporary folder")
        # What is in the workspace came from whoever wrote the commit: no link leads out of it.
        if not os.path.isabs(given) and os.path.realpath(path) != os.path.join(
            os.path.realpath(workspace), os.path.normpath(given)
        ):
            raise ValueError("the path leads through a link, or out of the workspace")
        return read_small(path, _LARGEST_FILE)

    def _read(self, role: RoleArn) -> _Policy | None:
        """The policy as IAM has it, by AWS credentials in variables alone; ``None``, and a note, where it cannot be
        read."""
        from okta_aws.flows.role_policy import role_policy

        issuer = self._error.claims.get("iss")
        patience = Patience(max_attempts=1, total_s=_IAM_WITHIN_S, access_denied_s=0)
        try:
            if from_variables(self._environ) is None:
                return None
            client = Client(patience, self._settings.network, self._context, self._time, self._report.debug)
            try:
                found = role_policy(
                    role, issuer if isinstance(issuer, str) else "", self._environ, client, self._report
                )
            finally:
                client.close()
            document = parse_document(found.text, "the trust policy")
        except Error as error:
            self._notes.append(f"the role's trust policy could not be read from IAM: {error.reason()}")
            return None
        except PolicyError as error:
            self._notes.append(f"the role's trust policy as IAM has it makes no sense here: {error.found}")
            return None
        return _Policy(document, _IAM, found.audiences, found.providers)

    def _with(self, policy: _Policy, explanation: Explanation, request: Request) -> Iterator[str]:
        yield f"compared with the role's trust policy, as {policy.origin} has it"
        if explanation.answer != "allow":
            yield from in_words.lines(explanation, request)
            return
        yield "this policy accepts the token, and AWS refuses it all the same"
        if self._error.code != "role-refused":
            yield "what is wrong is the identity provider, at which AWS looks first"
        elif policy.origin == _OPTION:
            yield "it is not the policy of this role in AWS, or it became so a moment ago"
        else:
            yield "it became so a moment ago, or a policy of the organization (SCP, RCP) denies it"

    def _without_policy(self, request: Request, facts: Facts) -> Iterator[str]:
        yield "the token says"
        for name, value in of_token.shown(request.claims):
            yield f"  {name}  {value}"
        hidden = of_token.hidden(request.claims)
        if hidden:
            yield f"  and, not shown here: {', '.join(hidden)}"
        # A policy that says nothing at all: the change to it is the statement that lacks.
        change = explain(Document(CURRENT, (), 0, 0), request, facts).change
        if change is not None:
            yield "a statement of the trust policy that accepts this subject and no other"
            for line in json.dumps(change.statements[-1].after, indent=2).splitlines():
                yield f"  {line}"
        yield from self._notes or [_HOW_TO_KNOW]


def _bounded(lines: Iterator[str] | list[str]) -> tuple[str, ...]:
    """The lines, as far as they are not too many or too long for a log and an annotation."""
    kept: list[str] = []
    left = _MOST_CHARACTERS
    for line in lines:
        short = line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + _CUT
        left -= len(short)
        if len(kept) == _MOST_LINES or left < 0:
            return (*kept, _CUT)
        kept.append(short)
    return tuple(kept)
