# SPDX-License-Identifier: Apache-2.0
"""Whether a change is approved: by enough people, entitled by the map, after they could see it, for what it is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okta_aws.approval.rules import Answer, Entitled, Group, Rule, Told, Unknown, rule_for, without_case

Membership = Callable[[str, Group], Told]
"""Whether a GitHub login belongs to a group."""

# The states of GitHub's reviews that say something about the change; a comment leaves an earlier approval standing
# (REST API, "List reviews for a pull request").
_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


@dataclass(frozen=True, slots=True)
class Review:
    """A review of the pull request. ``submitted_s``: when, in seconds since 1970. ``commit``: which it is about."""

    login: str
    state: str
    commit: str
    submitted_s: float


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be applied. ``shown_s``: when its rendering was there to be seen, in seconds since 1970."""

    directory: str
    workspace: str
    author: str
    head: str
    shown_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason``: why not, or who approved; ``line``: of the map, 0 where it is about none."""

    allowed: bool
    reason: str
    line: int
    approved_by: tuple[str, ...] = ()


def decide_approval(rules: Sequence[Rule], change: Change, reviews: Sequence[Review], member: Membership) -> Decision:
    """Whether ``change`` may be applied. What cannot be told is never taken for a yes."""
    entitled = entitled_to("apply", rules, change.directory, change.workspace)
    if isinstance(entitled, Decision):
        return entitled
    refused: list[str] = []
    approved: list[str] = []
    for review in _latest(reviews):
        why_not = _why_not(review, change) or _not_entitled(review.login, entitled, member)
        if why_not:
            refused.append(f"{review.login}: {why_not}")
        else:
            approved.append(review.login)
    if len(approved) >= entitled.approvals:
        return Decision(True, f"approved by {', '.join(approved)}", entitled.line, tuple(approved))
    wanted = f"{entitled.approvals} approval{'s' if entitled.approvals > 1 else ''} by {described(entitled)}"
    found = "; ".join([*(f"{login}: approved" for login in approved), *refused]) or "no review"
    return Decision(False, f"wanted {wanted} (line {entitled.line} of the map), found {found}", entitled.line)


def decide_command(
    rules: Sequence[Rule], command: str, directory: str, workspace: str, login: str, member: Membership
) -> Decision:
    """Whether ``login`` may run ``command`` there. Autoplan has no user: what it may do, anybody may cause."""
    return _decided(entitled_to(command, rules, directory, workspace), command, login, member)


def decide_by_rule(rule: Rule, command: str, login: str, member: Membership) -> Decision:
    """The same where it is known which rule counts."""
    where = f"directory {rule.directory}, workspace {rule.workspace}"
    return _decided(_entitled_by(rule, command, where), command, login, member)


def _decided(entitled: Entitled | Decision, command: str, login: str, member: Membership) -> Decision:
    if isinstance(entitled, Decision):
        return entitled
    if command == "autoplan":
        return Decision(True, "the map grants it to autoplan", entitled.line)
    why_not = _not_entitled(login, entitled, member)
    if why_not:
        reason = (
            f"{login or 'nobody'}: {why_not}; wanted one of {described(entitled)} (line {entitled.line} of the map)"
        )
        return Decision(False, reason, entitled.line)
    return Decision(True, f"{login} is entitled", entitled.line, (login,))


def entitled_to(command: str, rules: Sequence[Rule], directory: str, workspace: str) -> Entitled | Decision:
    """Whom the map entitles to ``command`` there, or the refusal where that is nobody."""
    rule = rule_for(rules, directory, workspace)
    where = f"directory {directory}, workspace {workspace}"
    if rule is None:
        return Decision(False, f"no entry of the map is about {where}", 0)
    return _entitled_by(rule, command, where)


def _entitled_by(rule: Rule, command: str, where: str) -> Entitled | Decision:
    entitled = rule.may.get(command)
    if entitled is None:
        return Decision(False, f"line {rule.line} of the map, which is about {where}, lets nobody {command}", rule.line)
    if entitled.is_nobody and command != "autoplan":
        return Decision(False, f"line {entitled.line} of the map names nobody who may {command}", entitled.line)
    return entitled


def described(entitled: Entitled) -> str:
    """The entitled in words."""
    return ", ".join([*map(str, entitled.groups), *entitled.users])


def _latest(reviews: Sequence[Review]) -> list[Review]:
    """The last word of each reviewer. Logins of GitHub are compared without case."""
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda one: one.submitted_s):
        if review.state in _DECIDING:
            latest[without_case(review.login)] = review
    return list(latest.values())


def _why_not(review: Review, change: Change) -> str:
    if review.state != "APPROVED":
        return review.state.lower().replace("_", " ")
    if without_case(review.login) == without_case(change.author):
        return "the author's own approval"
    if review.commit != change.head:
        return f"approved commit {review.commit[:12]}, not {change.head[:12]}"
    if review.submitted_s <= change.shown_s:
        return "approved before the plan was shown"
    return ""


def _not_entitled(login: str, entitled: Entitled, member: Membership) -> str:
    if not login:
        return "no user is known"
    if without_case(login) in map(without_case, entitled.users):
        return ""
    answers = {group: member(login, group) for group in entitled.groups}
    if Answer.YES in answers.values():
        return ""
    unknown = [_why(group, answer) for group, answer in answers.items() if answer is not Answer.NO]
    if unknown:
        return f"whether in {' or '.join(unknown)} cannot be told"
    return "not entitled"


def _why(group: Group, answer: Told) -> str:
    return f"{group} ({answer.why})" if isinstance(answer, Unknown) else str(group)
