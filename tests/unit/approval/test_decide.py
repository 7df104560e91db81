# SPDX-License-Identifier: Apache-2.0
"""Who may approve and run what: one table of cases for workflows and Atlantis."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.approval.decide import Change, Review, decide_approval, decide_by_rule, decide_command
from okta_aws.approval.map_file import read_map
from okta_aws.approval.rules import Answer, Entitled, Group, Rule, Unknown, rules_for_directory

DATA = Path(__file__).resolve().parents[2] / "data" / "approval"
TABLE: dict[str, Any] = json.loads((DATA / "changes.json").read_text())
RULES = read_map((DATA / "map.yaml").read_text()).rules
ROLES = ["alice", "bob", "carol", "dave", "mallory", "ann", "octocat"]


def member(login: str, group: Group) -> Answer:
    if login.lower() in TABLE["cannot_tell"].get(group.name, []):
        return Answer.CANNOT_TELL
    return Answer.YES if login.lower() in TABLE["members"][group.name] else Answer.NO


def change(directory: str, workspace: str) -> Change:
    return Change(directory, workspace, "ann", "h2", 100)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case[0])
def test_a_change(case: list[Any]) -> None:
    _, directory, workspace, reviews, answer, line, words = case
    decision = decide_approval(RULES, change(directory, workspace), [Review(*one) for one in reviews], member)
    assert (decision.allowed, decision.line) == (answer == "yes", line)
    assert words in decision.reason
    assert bool(decision.approved_by) is decision.allowed


@pytest.mark.parametrize("case", TABLE["commands"], ids=lambda case: case[0])
def test_a_command(case: list[Any]) -> None:
    _, command, directory, workspace, login, answer = case
    assert decide_command(RULES, command, directory, workspace, login, member).allowed is (answer == "yes")


reviews = st.lists(
    st.builds(
        Review,
        st.sampled_from(ROLES),
        st.sampled_from(["APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING"]),
        st.sampled_from(["h1", "h2"]),
        st.integers(90, 200),
    ),
    unique_by=lambda review: review.submitted_s,
)


@given(reviews, st.randoms(use_true_random=False))
def test_the_order_in_which_reviews_are_listed_is_irrelevant(listed: list[Review], random: Random) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)
    one, other = (
        decide_approval(RULES, change("stacks/network", "default"), each, member) for each in (listed, shuffled)
    )
    assert (one.allowed, sorted(one.approved_by)) == (other.allowed, sorted(other.approved_by))


@given(reviews)
def test_who_approved_is_entitled_no_author_and_saw_this_plan(listed: list[Review]) -> None:
    decision = decide_approval(RULES, change("stacks/network", "default"), listed, member)
    for login in decision.approved_by:
        assert login in {"alice", "bob", "octocat"}
        assert any(
            one.login == login and one.state == "APPROVED" and one.commit == "h2" and one.submitted_s > 100
            for one in listed
        )
    assert decision.allowed is bool(decision.approved_by)


@given(reviews)
def test_a_membership_that_cannot_be_told_never_helps(listed: list[Review]) -> None:
    about = change("stacks/network", "default")
    blind = decide_approval(RULES, about, listed, lambda _login, _group: Answer.CANNOT_TELL)
    nobody = decide_approval(RULES, about, listed, lambda _login, _group: Answer.NO)
    assert blind.allowed is nobody.allowed


def test_a_doubt_says_its_reason() -> None:
    review = Review("carol", "APPROVED", "h2", 150)
    about = change("stacks/production/network", "default")
    decision = decide_approval(RULES, about, [review], lambda _login, _group: Unknown("Okta is down"))
    assert not decision.allowed
    assert "Okta group AWS approvers (Okta is down) cannot be told" in decision.reason
    assert not decide_by_rule(RULES[0], "apply", "carol", lambda _login, _group: Unknown("Okta is down")).allowed


@pytest.mark.parametrize("login", ["\u212aate", "\uff4bate", "kate\u0301", "\u043aate", "kate ", ""])
def test_who_only_looks_like_somebody_is_not_that_one(login: str) -> None:
    rule = Rule("a", "*", {"apply": Entitled((), ("Kate",), 1, 3)}, 2)
    about, no = Change("a", "default", "ann", "h2", 100), lambda _login, _group: Answer.NO
    assert not decide_by_rule(rule, "apply", login, no).allowed
    assert not decide_approval([rule], about, [Review(login, "APPROVED", "h2", 150)], no).allowed
    assert decide_by_rule(rule, "apply", "kATE", no).allowed
    taken_back = [Review("kate", "DISMISSED", "h2", 150), Review("KATE", "APPROVED", "h2", 140)]
    assert not decide_approval([rule], about, taken_back, no).allowed
    unmoved = [Review("kate", "APPROVED", "h2", 140), Review(login, "DISMISSED", "h2", 150)]
    assert decide_approval([rule], about, unmoved, no).approved_by == ("kate",)


def test_what_counts_for_a_directory_ends_with_the_entry_for_every_workspace() -> None:
    texts = [("a", "prod"), ("b", "*"), ("*", "dev-*"), ("a", "*"), ("a", "never")]
    rules = [Rule(directory, workspace, {}, line) for line, (directory, workspace) in enumerate(texts)]
    assert [rule.line for rule in rules_for_directory(rules, "./a/")] == [0, 2, 3]
    assert rules_for_directory(rules, "../a") == []
    assert rules_for_directory(rules, "/a") == []


names = st.text("ab*", min_size=1, max_size=5)


@given(
    st.lists(names | st.just("**"), min_size=1, max_size=5), st.lists(st.text("ab", min_size=1, max_size=4), min_size=1)
)
def test_a_pattern_matches_as_its_plain_meaning_says(pattern: list[str], path: list[str]) -> None:
    rule = Rule("/".join(pattern), "*", {}, 1)
    assert rule.is_about("/".join(path), "any") is _by_definition(pattern, path)


def _by_definition(pattern: list[str], path: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return _by_definition(pattern[1:], path) or (bool(path) and _by_definition(pattern, path[1:]))
    return bool(path) and _name_by_definition(pattern[0], path[0]) and _by_definition(pattern[1:], path[1:])


def _name_by_definition(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _name_by_definition(pattern[1:], name) or (bool(name) and _name_by_definition(pattern, name[1:]))
    return bool(name) and pattern[0] == name[0] and _name_by_definition(pattern[1:], name[1:])
