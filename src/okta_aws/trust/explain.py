# SPDX-License-Identifier: Apache-2.0
"""Why a role says no to a token, and the smallest change that would make it a yes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from okta_aws.policies.conditions import ConditionResult
from okta_aws.policies.document import Document
from okta_aws.trust.cause import Case, Cause
from okta_aws.trust.causes import condition, principal, token
from okta_aws.trust.change import PolicyChange
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.facts import NO_FACTS, Facts
from okta_aws.trust.nearest import failures, nearest
from okta_aws.trust.proposal import propose
from okta_aws.trust.verdict import ActionVerdict, Answer, StatementResult, Verdict

# What cannot be known, by the reasons of ``ConditionResult`` and ``StatementResult``.
_REASONS: Final[Mapping[str, str]] = {
    "key-unknown": "its value in AWS is not known here",
    "unknown-operator": "IAM has no such operator",
    "operator-letter-case": "IAM spells the operator in other letter case, or without the modifier",
    "several-values": "the request has several values, and the operator is for one; ForAnyValue is meant for that",
    "no-such-value": "it has a variable without a value",
    "variable-unknown": "it has a variable whose value is not known here",
    "bad-value": "the policy's value is none for this operator",
    "found-type": "the request's value is none for this operator",
    "any-value-if-exists": "the key is absent, for which ForAnyValue and IfExists say the opposite",
    "too-long": "the request's value is too long to compare",
}
_PARTS: Final[Mapping[str, str]] = {
    "no-issuer": "the token has no iss, so its provider is not known",
    "federated-wildcard": "a wildcard in a Federated principal has no documented meaning",
    "not-principal": "AWS takes no NotPrincipal in a trust policy",
    "no-principal": "a trust policy needs a Principal",
    "resource": "AWS takes no Resource in a trust policy",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer and its causes, the one to look at first first; none unless the answer is "deny".

    ``verdict`` is the policy's alone, ``answer`` is AWS's, which looks at token and provider first. ``nearest`` is the
    index of the statement that needs the least to be changed. ``change`` makes the policy allow this very subject, and
    no other; ``None`` where the policy allows it already or no such change is known.
    """

    answer: Answer
    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    nearest: int | None = None
    change: PolicyChange | None = None
    unknown: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """The code of the first cause; empty where there is none."""
        return self.causes[0].code if self.causes else ""

    @property
    def fix(self) -> str:
        """What to do, a sentence for each cause; for "unknown", what would have to be known."""
        if self.answer == "unknown":
            return f"find out what cannot be known from here: {'; '.join(dict.fromkeys(self.unknown))}"
        return "; ".join(dict.fromkeys(cause.fix for cause in self.causes))


def explain(document: Document, request: Request, facts: Facts = NO_FACTS) -> Explanation:
    """Why ``document``, a trust policy, lets ``request`` in or not, given ``facts`` about token and account."""
    verdict = evaluate(document, request)
    case = Case(document, request, facts, verdict)
    causes = tuple(token.find(case))
    if verdict.answer == "deny":
        causes += tuple(_of_policy(case))
    answer: Answer = "deny" if causes else verdict.answer
    if verdict.answer == "allow":
        return Explanation(answer, verdict, causes)
    closest = nearest(case, verdict.statements)
    # No policy helps a token that AWS takes from nobody.
    change = None if any(token.of_claims(case)) else propose(case)
    index = closest.index if closest else None
    return Explanation(answer, verdict, _once(causes), index, change, tuple(_unknown(verdict)))


def _of_policy(case: Case) -> Iterator[Cause]:
    for action in case.verdict.actions:
        if action.answer == "deny":
            yield from _of_denies(case, action)
            yield from _of_allows(case, action)


def _of_denies(case: Case, action: ActionVerdict) -> Iterator[Cause]:
    for result in action.statements:
        if result.effect == "Deny" and result.matched:
            statement = case.document.statements[result.index]
            name = f" ({statement.sid})" if statement.sid else ""
            what = f"statement {result.index}{name} denies {action.action}, which no Allow can overrule"
            fix = "except this subject from the Deny, or use another role"
            yield Cause("explicit-deny", what, fix, result.index)
            yield from _hollow(result)


def _hollow(result: StatementResult) -> Iterator[Cause]:
    for one in result.conditions:
        if one.condition.operator.startswith("ForAllValues:") and one.found == ():
            what = f"{one.condition.operator} holds for {one.condition.key}, as the request has no value of it at all"
            yield Cause("for-all-values", what, "add a Null condition on the key, or use ForAnyValue", result.index)


def _of_allows(case: Case, action: ActionVerdict) -> Iterator[Cause]:
    if any(one.effect == "Allow" and one.matched for one in action.statements):
        return
    result = nearest(case, action.statements)
    if result is None:
        yield Cause("wrong-action", f"no statement allows {action.action}", "add a statement for this subject")
        return
    statement = case.document.statements[result.index]
    yield from principal.of_principal(case, statement, result)
    if result.reason != "no-federated-principal":  # which is for another action as well, as a rule
        yield from principal.of_action(statement, result, action.action)
    for failure in failures(statement, result):
        yield from condition.find(case, failure)


def _once(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """One cause of each code and place: what keeps one action out keeps out those that go with it as well."""
    kept: dict[tuple[str, int | None], Cause] = {}
    for cause in causes:
        kept.setdefault((cause.code, cause.statement), cause)
    return tuple(kept.values())


def _unknown(verdict: Verdict) -> Iterator[str]:
    if verdict.answer != "unknown":
        return
    for result in (one for action in verdict.actions if action.answer == "unknown" for one in action.statements):
        if result.matched is None:
            yield from (_of_unknown(one) for one in result.conditions if one.holds is None)
            if result.principal is None or result.reason == "resource":
                yield f"statement {result.index}: {_PARTS.get(result.reason, result.reason)}"


def _of_unknown(result: ConditionResult) -> str:
    condition = result.condition
    return f"{condition.operator} {condition.key}: {_REASONS.get(result.reason, result.reason)}"
