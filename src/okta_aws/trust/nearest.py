# SPDX-License-Identifier: Apache-2.0
"""Which statement comes nearest to allowing a request, and what of it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from okta_aws.policies import operators
from okta_aws.policies.document import Statement
from okta_aws.trust import subjects
from okta_aws.trust.cause import Case, Failure, federated
from okta_aws.trust.verdict import StatementResult

# How far off a principal is, by the evaluator's reason. A statement for another provider is as a rule meant for others:
# it is farther off than one for this provider with the wrong subject and audience.
_PRINCIPALS = {"wrong-account": 2, "wrong-partition": 2, "letter-case": 2, "other-provider": 16}
_NO_PROVIDER_AT_ALL = 32
_ACTION = 4


def nearest(case: Case, results: Iterable[StatementResult]) -> StatementResult | None:
    """Of the Allow statements the one with the least to change; ``None`` where there is none. The first of equals."""
    allows = [one for one in results if one.effect == "Allow"]
    return min(allows, key=lambda one: _distance(case, one), default=None)


def failures(statement: Statement, result: StatementResult) -> Iterator[Failure]:
    """The conditions of a statement that do not hold, but for those that follow from its principal."""
    others = {one.lower() for one in federated(statement)} if result.reason == "other-provider" else set()
    for condition in result.conditions:
        failure = Failure(statement, result, condition)
        if condition.holds is False and failure.prefix.lower() not in others:
            yield failure


def _distance(case: Case, result: StatementResult) -> int:
    statement = case.document.statements[result.index]
    distance = _ACTION if result.action is False else 0
    if result.principal is False:
        distance += _PRINCIPALS.get(result.reason, _NO_PROVIDER_AT_ALL)
    return distance + sum(_of_condition(one) for one in failures(statement, result))


def _of_condition(failure: Failure) -> int:
    operator = operators.parse(failure.condition.condition.operator)
    if failure.name != "sub" or operator is None or not failure.found:
        return 2
    return 1 + subjects.distance(failure.wanted, failure.found[0], exact=operator.kind == "string")
