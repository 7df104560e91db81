# SPDX-License-Identifier: Apache-2.0
"""Refusals that people reported, each explained by the cause that their thread found."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from okta_aws.policies.document import document
from okta_aws.trust.causes import CODES
from okta_aws.trust.change import apply, as_json
from okta_aws.trust.evaluate import evaluate
from unit.trust.refusals import Refusal, refusals

ONE, TWO, ALLOWED = refusals("one"), refusals("two"), refusals("allowed")
# What AWS takes from nobody: no policy would help.
HOPELESS = {"org-server-token", "access-token-for-id-token", "missing-claim"}
NEIGHBOURS = 200


def of(cases: list[Refusal]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def test_there_are_as_many_as_were_promised() -> None:
    assert len(ONE) >= 60
    assert len(TWO) >= 15
    assert len(ALLOWED) >= 15


def test_the_causes_are_many_and_none_is_most_of_them() -> None:
    counted = Counter(case.causes[0] for case in ONE)
    assert len(counted) >= 18
    assert max(counted.values()) <= 8
    assert set(counted) <= set(CODES)


@of([*ONE, *TWO, *ALLOWED])
def test_each_names_its_threads_and_what_was_reconstructed(case: Refusal) -> None:
    assert case.threads
    for thread in case.threads:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", thread["repository"])
        assert thread["number"] > 0
        assert thread["kind"] in {"issue", "pull"}
    assert case.report.endswith((".", "!"))
    assert all(isinstance(part, str) and part for part in case.reconstructed)


def test_no_report_of_one_cause_is_counted_twice() -> None:
    seen = Counter((one["repository"], one["number"], case.causes[0]) for case in ONE for one in case.threads)
    assert max(seen.values()) == 1


@of(ONE)
def test_the_accepted_cause_is_the_one_that_is_named(case: Refusal) -> None:
    explanation = case.explained()
    assert explanation.answer == "deny"
    assert [cause.code for cause in explanation.causes] == case.causes


@of(TWO)
def test_of_two_causes_both_are_named(case: Refusal) -> None:
    explanation = case.explained()
    assert explanation.answer == "deny"
    assert len(case.causes) == 2
    assert sorted(cause.code for cause in explanation.causes) == sorted(case.causes)


@of(ALLOWED)
def test_of_what_is_allowed_nothing_is_explained(case: Refusal) -> None:
    explanation = case.explained()
    assert (explanation.answer, explanation.causes, explanation.change) == ("allow", (), None)
    assert (explanation.cause, explanation.fix) == ("", "")


@of([*ONE, *TWO])
def test_the_proposed_change_makes_it_a_yes(case: Refusal) -> None:
    explanation = case.explained()
    if explanation.verdict.answer == "allow" or HOPELESS & set(case.causes):
        assert explanation.change is None
        return
    assert explanation.change is not None
    assert evaluate(apply(case.document, explanation.change), case.asked()).answer == "allow"


@of([*ONE, *TWO])
def test_the_proposed_change_admits_nobody_else(case: Refusal) -> None:
    change = case.explained().change
    if change is None:
        return
    before, after = case.document, apply(case.document, change)
    subjects = set(_neighbours(case.claims["sub"], random.Random(case.name)))
    assert len(subjects) >= NEIGHBOURS
    admitted = []
    for subject in subjects:
        request = case.asked(sub=subject)
        if evaluate(after, request).answer != "deny" and evaluate(before, request).answer == "deny":
            admitted.append(subject)
    assert admitted == []


@of([*ONE, *TWO])
def test_the_proposed_change_shuts_nobody_out(case: Refusal) -> None:
    change = case.explained().change
    if change is None:
        return
    before, after = case.document, apply(case.document, change)
    for subject in _neighbours(case.claims["sub"], random.Random(case.name)):
        request = case.asked(sub=subject)
        if evaluate(before, request).answer == "allow":
            assert evaluate(after, request).answer == "allow"


@of([*ONE, *TWO, *ALLOWED])
def test_a_policy_is_written_as_it_was_read(case: Refusal) -> None:
    written = {"Version": case.policy["Version"], "Statement": [as_json(one) for one in case.document.statements]}
    assert document(written).statements == case.document.statements


def _neighbours(subject: str, chance: random.Random) -> Iterator[str]:
    """Subjects near ``subject``: other repository, branch, environment, organisation id, event, letter case, longer and
    shorter ones; and of tokens that are not GitHub's, other names in the same places."""
    words = [word for word in re.split(r"([:/@])", subject) if word]
    places = [at for at, word in enumerate(words) if word not in ":/@"]
    for ending in ("pull_request", "environment:other", "ref:refs/heads/other", "ref:refs/tags/v9", "environment:*"):
        start = ":".join(subject.split(":")[:2])
        if f"{start}:{ending}" != subject:
            yield f"{start}:{ending}"
    for text in (
        subject.upper(),
        subject.swapcase(),
        f"{subject}x",
        f"{subject}:more",
        f"x{subject}",
        subject[:-1],
        "*",
        "?",
    ):
        if text != subject:
            yield text
    for _ in range(2 * NEIGHBOURS):
        changed = list(words)
        for at in chance.sample(places, k=chance.randint(1, min(2, len(places)))):
            changed[at] = _other(words[at], chance)
        yield "".join(changed)


def _other(word: str, chance: random.Random) -> str:
    if word.isdigit():
        return str(int(word) + chance.randint(1, 999))
    return chance.choice(
        [f"{word}{chance.randint(0, 99)}", f"other{chance.randint(0, 99)}", f"a{word}", f"{word}-{chance.random():.3f}"]
    )
