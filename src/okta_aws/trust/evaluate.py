# SPDX-License-Identifier: Apache-2.0
"""Whether a role's trust policy lets a web identity in (user guide, "Policy evaluation logic").

Three values throughout: what cannot be known is unknown, and an unknown never hides a certain no, be it an explicit
Deny or
that no Allow can match.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from okta_aws.policies.actions import action_matches, covers
from okta_aws.policies.conditions import ConditionResult, all_hold, any_holds, judge, negate
from okta_aws.policies.document import CURRENT, Document, Statement
from okta_aws.trust.context import ASSUME, SET_SOURCE, TAG, Context, Request, session_tags, source_identity
from okta_aws.trust.provider_arn import matches as is_provider
from okta_aws.trust.provider_arn import partition_of
from okta_aws.trust.verdict import ActionVerdict, Answer, StatementResult, Verdict

# Bounds the time for a hostile policy beside a hostile token: characters of the one times characters of the other.
_MOST_WORK: Final = 16_000_000
_ANSWERS: Final[dict[bool | None, Answer]] = {True: "allow", False: "deny", None: "unknown"}


def evaluate(document: Document, request: Request) -> Verdict:
    """What ``document``, a trust policy, answers to ``request``, and why.

    A token with session tags needs ``sts:TagSession`` allowed too, one with a source identity
    ``sts:SetSourceIdentity``.
    """
    context = Context(request, _partition(document, request))
    longest = _MOST_WORK // max(document.length, 1)
    parts = [_Judged(document, statement, request, context, longest) for statement in document.statements]
    actions = tuple(_for_action(action, parts) for action in _needed(request))
    together = all_hold(None if one.answer == "unknown" else one.answer == "allow" for one in actions)
    return Verdict(_ANSWERS[together], actions)


def _needed(request: Request) -> tuple[str, ...]:
    needed = [request.action]
    if action_matches(ASSUME, request.action):
        if session_tags(request.claims).asked:
            needed.append(TAG)
        if source_identity(request.claims) != ():
            needed.append(SET_SOURCE)
    return tuple(needed)


def _partition(document: Document, request: Request) -> str | None:
    """The partition of the role: that of the provider, or the one that all Federated principals name."""
    if request.provider_arn is not None:
        return partition_of(request.provider_arn) or request.partition
    if request.partition is not None:
        return request.partition
    named = {
        partition_of(name) for statement in document.statements for name in statement.principals.get("Federated", ())
    } - {None}
    return named.pop() if len(named) == 1 else None


class _Judged:
    """What of a statement does not depend on the action."""

    __slots__ = ("_conditions", "_principal", "_reason", "_statement")

    def __init__(
        self, document: Document, statement: Statement, request: Request, context: Context, longest: int
    ) -> None:
        variables = document.version == CURRENT
        self._statement = statement
        self._principal, self._reason = is_provider(statement, request)
        if statement.resources or statement.not_resources:
            self._reason = "resource"
        self._conditions: tuple[ConditionResult, ...] = tuple(
            judge(one, context.find, variables=variables, longest=longest) for one in statement.conditions
        )

    def against(self, action: str) -> StatementResult:
        covered = covers(self._statement, action)
        allowed_here = None if self._reason == "resource" else True
        matched = all_hold((self._principal, covered, allowed_here, *(one.holds for one in self._conditions)))
        return StatementResult(
            self._statement.index,
            self._statement.effect,
            matched,
            self._principal,
            covered,
            self._conditions,
            self._reason,
        )


def _for_action(action: str, parts: Iterable[_Judged]) -> ActionVerdict:
    results = tuple(one.against(action) for one in parts)
    denied = [one for one in results if one.effect == "Deny"]
    allowed = any_holds(one.matched for one in results if one.effect == "Allow")
    answer = all_hold((allowed, negate(any_holds(one.matched for one in denied))))
    denied_by = next((one.index for one in denied if one.matched), None)
    return ActionVerdict(action, _ANSWERS[answer], results, denied_by)
