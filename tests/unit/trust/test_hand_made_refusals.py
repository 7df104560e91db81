# SPDX-License-Identifier: Apache-2.0
"""Refusals as people meet them, made by hand: the answer, the cause, and what the proposed change touches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from okta_aws.policies.document import document
from okta_aws.trust import provider_keys
from okta_aws.trust.change import apply
from okta_aws.trust.context import Request
from okta_aws.trust.evaluate import evaluate
from okta_aws.trust.explain import Explanation, explain
from unit.trust.refusals import FOLDER

CASES: list[dict[str, Any]] = json.loads((FOLDER / "hand-made.json").read_text(encoding="utf-8"))
of = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
# Of each claim that a policy may ask for, one that its author did not mean.
OTHERS: dict[str, Any] = {
    "aud": "another",
    "sub": "another",
    "amr": ["sms"],
    "email": "another@acme.example",
    "actor": "another",
    "environment": "another",
    "job_workflow_ref": "another",
    "repository": "another/one",
    "ref": "refs/heads/another",
}


def request(case: dict[str, Any], **claims: object) -> Request:
    return Request(case["claims"] | claims, provider_arn=case.get("request", {}).get("provider_arn"))


def explained(case: dict[str, Any]) -> Explanation:
    return explain(document(case["policy"]), request(case))


def touched(explanation: Explanation) -> str:
    if explanation.change is None:
        return "none"
    (one,) = explanation.change.statements
    return "own" if one.index is None else "a Deny" if one.after["Effect"] == "Deny" else "in place"


@of
def test_answer_causes_and_change_are_the_right_ones(case: dict[str, Any]) -> None:
    explanation = explained(case)
    found = (explanation.answer, [one.code for one in explanation.causes], touched(explanation))
    assert found == (case["answer"], case["causes"], case["change"])


@of
def test_a_change_makes_it_a_yes_for_this_token_alone(case: dict[str, Any]) -> None:
    change = explained(case).change
    if change is None:
        return
    before = document(case["policy"])
    after = apply(before, change)
    assert evaluate(after, request(case)).answer == "allow"
    keys = provider_keys.of(request(case).provider or "")
    for name, value in OTHERS.items():
        other = request(case, **{name: value})
        asked = name in keys and f':{name}"' in json.dumps(case["policy"])
        if asked and name in case["claims"] and evaluate(before, other).answer == "deny":
            assert evaluate(after, other).answer == "deny", name


@of
def test_what_is_unknown_is_said_in_words(case: dict[str, Any]) -> None:
    explanation = explained(case)
    if explanation.answer == "unknown":
        assert ": " in explanation.fix.partition("from here: ")[2]
        assert explanation.unknown
