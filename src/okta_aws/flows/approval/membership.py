# SPDX-License-Identifier: Apache-2.0
"""Who belongs to the groups that the map of approvers names, and whom an environment's own reviewers vouch for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from okta_aws.approval.decide import Membership, Review
from okta_aws.approval.rules import Answer, Entitled, Group, OktaPeople, Told, Unknown, without_case
from okta_aws.github_api import GithubApi


class OktaGroups(Protocol):
    """Whoever can tell of a GitHub login whether it is in an Okta group."""

    def member(self, login: str, group: str) -> Told:
        """Whether; ``Unknown`` where that cannot be known."""


@dataclass(frozen=True, slots=True)
class UnknownGroups:
    """Stands in where nobody can be asked, with the reason."""

    why: str

    def member(self, login: str, group: str) -> Told:  # noqa: ARG002  (whoever and whichever)
        """Never known."""
        return Unknown(self.why)


MembershipBy = Callable[[OktaPeople | None], Membership]
"""Membership by what the map says of Okta."""


def membership(teams: GithubApi | None, groups: OktaGroups | None) -> Membership:
    """Asks each question once. ``teams``: with a token that may read members; without one, nobody can tell."""
    known: dict[tuple[str, Group], Told] = {}

    def asked(login: str, group: Group) -> Told:
        if group.kind == "team" and teams is not None:
            return teams.team_member(group.name, login)
        if group.kind == "okta-group" and groups is not None:
            return groups.member(login, group.name)
        return Answer.CANNOT_TELL

    def member(login: str, group: Group) -> Told:
        if (login, group) not in known:
            known[login, group] = asked(login, group)
        return known[login, group]

    return member


def vouched_for(github: GithubApi, run: str, environment: str, entitled: Entitled) -> Sequence[str]:
    """Who approved this run's deployment, if all whom the environment asks are entitled.

    Then it does not matter which of them it was, and no membership has to be read. Nobody, where one is not.
    """
    reviewers = github.environment_reviewers(environment)
    if reviewers is None or not (reviewers.users or reviewers.teams):
        return ()
    owner = github.name.partition("/")[0].lower()
    users = set(map(without_case, entitled.users))
    teams = {group.name.lower() for group in entitled.groups if group.kind == "team"}
    if not set(map(without_case, reviewers.users)) <= users:
        return ()
    if not {f"{owner}/{team.lower()}" for team in reviewers.teams} <= teams:
        return ()
    return github.deployment_approvers(run, environment)


def with_vouched(member: Membership, vouched: Sequence[str]) -> Membership:
    """``member``, to which those vouched for belong wherever they need to."""
    logins = set(map(without_case, vouched))
    return lambda login, group: Answer.YES if without_case(login) in logins else member(login, group)


def as_reviews(vouched: Sequence[str], head: str, created_s: float | None) -> list[Review]:
    """Approvals of a run as reviews. GitHub does not tell when they were given: not before the run was begun."""
    return [Review(login, "APPROVED", head, created_s) for login in vouched] if created_s is not None else []
