# SPDX-License-Identifier: Apache-2.0
"""Whether somebody may run a command of Atlantis: the question that Atlantis asks its ``team_authz`` program.

What Atlantis asks, and when (its sources, ``events/command_runner.go`` and ``project_command_builder.go``, 0.47):

- first without a project, for a comment and for autoplan alike (as ``plan``, with whoever pushed as the user);
- then for each project, for comments alone, without saying which workspace;
- through its API never.

So autoplan looks here like anybody's plan of anything. What was allowed for a project is therefore remembered, and the
credentials of a project go to those alone for whom it was, or to autoplan where the map grants it (``granted``).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from okta_aws.approval.decide import Decision, Membership, decide_by_rule
from okta_aws.approval.rules import Answer, Group, Rule, Told, Unknown, normal, rules_for_directory, without_case
from okta_aws.flows.approval.membership import OktaGroups

# What each command needs of the map. To import, to take something out of the state, and to accept a broken policy
# weigh as much as an apply; to stop one as well, since it may leave half of it behind. `unlock` throws plans away,
# `version` shows Terraform's: whoever may plan or apply may do both.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "plan": ("plan",),
    "policy_check": ("plan",),
    "version": ("plan", "apply"),
    "unlock": ("plan", "apply"),
    "apply": ("apply",),
    "import": ("apply",),
    "state": ("apply",),
    "cancel": ("apply",),
    "approve_policies": ("apply",),
}
REMEMBERED_S = 12 * 3600
"""For how long a project's credentials may be asked for: applies of many projects wait for each other."""
MOST_REMEMBERED = 10_000
_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)
_TEAM = re.compile(r"[\w.-]{1,100}/[\w.-]{1,255}", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)
_DIRECTORY = re.compile(r"(?!/)[^\x00-\x1f\x7f\\]{0,1024}")
_PULL = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEAD = re.compile(r"[\w./-]{0,255}", re.ASCII)
_SHAPES: Mapping[str, re.Pattern[str]] = {
    "command": re.compile("|".join(COMMANDS)),
    "repository": _REPOSITORY,
    "user": _USER,
    "directory": _DIRECTORY,
    "pull": _PULL,
    "head": _HEAD,
}

Remembered = tuple[str, str, str, str, str, str]


class Authority:
    """Decides by the map of the server, and remembers what it allowed."""

    def __init__(
        self,
        rules_of: Callable[[str], Sequence[Rule]],
        groups: OktaGroups | None,
        monotonic: Callable[[], float],
        most: int = MOST_REMEMBERED,
    ) -> None:
        """``rules_of``: those of OWNER/NAME. ``groups``: without them nobody can tell who is in a group of Okta."""
        self._most = most
        self._rules_of = rules_of
        self._groups = groups
        self._monotonic = monotonic
        self._remembered: dict[Remembered, float] = {}
        self._lock = threading.Lock()  # the helper answers in threads

    def authorize(self, request: Mapping[str, Any], note: dict[str, Any]) -> Mapping[str, Any]:
        """``{"allowed": bool, "reason": str}``; ``note`` gets what the audit wants.

        ``request``: command, repository (OWNER/NAME), user, pull, head and directory as texts, the last one empty where
        Atlantis names no project yet; teams, a list of ORG/SLUG.
        """
        wrong = _wrong(request)
        decision = Decision(False, wrong, 0) if wrong else self._decision(request)
        note |= {"outcome": "allowed" if decision.allowed else "refused", "reason": decision.reason[:1000]}
        note |= {"line": decision.line}
        return {"allowed": decision.allowed, "reason": decision.reason}

    def granted(self, command: str, repository: str, pull: str, head: str, directory: str, user: str) -> bool:
        """Whether Atlantis was told that ``user`` may run ``command`` in that very project, at that commit."""
        until = self._remembered.get(_key(command.removesuffix("_rm"), repository, pull, head, directory, user))
        return until is not None and self._monotonic() < until

    def _decision(self, request: Mapping[str, Any]) -> Decision:
        command, repository, user = request["command"], request["repository"], request["user"]
        member = self._membership(repository.partition("/")[0], request["teams"])
        rules = self._rules_of(repository)
        if not rules:
            return Decision(False, f"no entry of the map is about {repository}", 0)
        if not request["directory"]:
            return _anywhere(rules, command, user, member)
        decision = _there(rules, command, request["directory"], user, member)
        self._remember(_key(*(str(request[name]) for name in _KEY)), allowed=decision.allowed)
        return decision

    def _membership(self, owner: str, teams: Iterable[str]) -> Membership:
        theirs = {team.lower() for team in teams}

        def member(login: str, group: Group) -> Told:
            if group.kind == "okta-group":
                return self._groups.member(login, group.name) if self._groups else Unknown("Okta cannot be asked")
            if group.name.partition("/")[0].lower() != owner.lower():
                return Unknown(f"Atlantis knows the teams of {owner} alone")
            return Answer.YES if group.name.lower() in theirs else Answer.NO

        return member

    def _remember(self, key: Remembered, *, allowed: bool) -> None:
        """The newest answer counts: who is refused now has nothing left of what was allowed before."""
        now = self._monotonic()
        with self._lock:
            self._remembered.pop(key, None)
            if not allowed:
                return
            if len(self._remembered) >= self._most:
                self._remembered = {one: until for one, until in self._remembered.items() if now < until}
            if len(self._remembered) >= self._most:
                # The oldest goes: who asks much locks nobody out for as long as that.
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = now + REMEMBERED_S


def _anywhere(rules: Sequence[Rule], command: str, user: str, member: Membership) -> Decision:
    """Before Atlantis knows the projects: whether there is one for which it would be allowed.

    For autoplan too, which cannot be told apart: a plan goes on where the map grants one to autoplan.
    """
    if command == "plan":
        by_autoplan = _first_yes(decide_by_rule(rule, "autoplan", user, member) for rule in rules)
        if by_autoplan.allowed:
            return by_autoplan
    return _first_yes(decide_by_rule(rule, one, user, member) for rule in rules for one in COMMANDS[command])


def _there(rules: Sequence[Rule], command: str, directory: str, user: str, member: Membership) -> Decision:
    """For one project. Its workspace is not known: each entry that could be about it must allow it."""
    candidates = rules_for_directory(rules, directory)
    if not candidates:
        return Decision(False, f"no entry of the map is about directory {directory}", 0)
    decisions = [_by_one(rule, command, user, member) for rule in candidates]
    return next((decision for decision in decisions if not decision.allowed), decisions[0])


def _by_one(rule: Rule, command: str, user: str, member: Membership) -> Decision:
    return _first_yes(decide_by_rule(rule, needed, user, member) for needed in COMMANDS[command])


def _first_yes(decisions: Iterator[Decision]) -> Decision:
    """The first that allows, and nobody is asked for more; where none does, the first."""
    first = next(decisions)
    return first if first.allowed else next((one for one in decisions if one.allowed), first)


def _wrong(request: Mapping[str, Any]) -> str:
    """What in the request is not as Atlantis asks; empty where nothing is."""
    for name, shape in _SHAPES.items():
        value = request.get(name)
        if not isinstance(value, str) or not shape.fullmatch(value):
            return f"wanted {name} as Atlantis has it, found {ascii(value)[:100]}"
    teams = request.get("teams")
    if not isinstance(teams, list):
        return "wanted a list of teams, found something else"
    odd = [team for team in teams if not isinstance(team, str) or not _TEAM.fullmatch(team)]
    return f"wanted teams as ORG/SLUG, found {ascii(odd[0])[:100]}" if odd else ""


_KEY = ("command", "repository", "pull", "head", "directory", "user")


def _key(command: str, repository: str, pull: str, head: str, directory: str, user: str) -> Remembered:
    return (command, repository.lower(), pull, head, normal(directory), without_case(user))
