# SPDX-License-Identifier: Apache-2.0
"""Every golden case gets its verdict, and the set is what it claims to be."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from fakes.golden import Golden, cases
from okta_aws.policies.document import Document, document, parse_document
from okta_aws.policies.operators import NAMES, parse
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.verdict import Verdict

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_aws_would_answer(case: Golden) -> None:
    verdict = evaluate(document(case.policy), case.request)
    assert verdict.answer == case.verdict
    for found, wanted in zip(verdict.statements, case.trace, strict=bool(case.trace)):
        for name, value in wanted.items():
            seen = [one.holds for one in found.conditions] if name == "conditions" else getattr(found, name)
            assert seen == value


def test_policies_read_from_text_and_from_objects_are_the_same() -> None:
    for case in CASES:
        text = json.dumps(case.policy, indent=2, ensure_ascii=False)
        assert _without_lines(parse_document(text)) == _without_lines(document(case.policy))


def test_there_are_enough_cases_of_each_verdict_all_different() -> None:
    verdicts = Counter(case.verdict for case in CASES)
    assert len(CASES) >= 300
    assert set(verdicts) == {"allow", "deny", "unknown"}
    assert min(verdicts.values()) >= 50
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({json.dumps([case.policy, case.claims, repr(case.request)]) for case in CASES}) == len(CASES)


def test_each_operator_and_modifier_occurs_with_a_yes_and_a_no() -> None:
    seen: dict[str, set[str]] = {name: set() for name in (*NAMES, "ForAnyValue", "ForAllValues", "IfExists")}
    for case in CASES:
        verdict = evaluate(document(case.policy), case.request)
        for name in _names(verdict):
            seen[name].add(case.verdict)
    assert {name: answers for name, answers in seen.items() if not {"allow", "deny"} <= answers} == {}


def test_each_case_names_its_source() -> None:
    assert [case.name for case in CASES if not case.source.startswith("https://")] == []


def _names(verdict: Verdict) -> set[str]:
    operators = [parse(one.condition.operator) for statement in verdict.statements for one in statement.conditions]
    known = [one for one in operators if one is not None]
    return {name for one in known for name in (one.name, one.quantifier, "IfExists" if one.if_exists else "") if name}


def _without_lines(read: Document) -> str:
    statements = [
        [getattr(one, name) for name in one.__slots__ if name not in ("line", "conditions")] for one in read.statements
    ]
    conditions = [[(c.operator, c.key, c.values) for c in one.conditions] for one in read.statements]
    return repr((read.version, read.length, statements, conditions))
