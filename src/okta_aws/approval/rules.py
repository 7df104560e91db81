# SPDX-License-Identifier: Apache-2.0
"""What the map of approvers says, and which of its rules is about a directory and workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

_NO_CASE = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Answer(Enum):
    """Whether somebody belongs to a group. ``CANNOT_TELL`` counts neither as yes nor as no."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Unknown:
    """``CANNOT_TELL`` with the reason, ``why``: one line, without what only Okta's administrators may know."""

    why: str


Told = Answer | Unknown


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people. ``kind``: ``team`` (GitHub, ``ORG/SLUG``) or ``okta-group`` (Okta, its name)."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{'GitHub team' if self.kind == 'team' else 'Okta group'} {self.name}"


@dataclass(frozen=True, slots=True)
class Entitled:
    """Who may do one thing. ``users``: GitHub logins. ``approvals``: how many it takes. ``line``: in the map."""

    groups: tuple[Group, ...]
    users: tuple[str, ...]
    approvals: int
    line: int

    @property
    def is_nobody(self) -> bool:
        """Whether nobody at all is named."""
        return not self.groups and not self.users


@dataclass(frozen=True, slots=True)
class OktaPeople:
    """How Okta is asked who somebody on GitHub is, and to which groups that person belongs.

    ``issuer``: the org, ``https://acme.okta.com``. ``client_id``: of the service app that asks; its key is no part of
    the map. ``login_attribute``: the profile attribute that holds the GitHub login. ``logins``: Okta logins of those
    listed, by their GitHub login in lower case; a row there counts in place of the attribute. ``line``: in the map.
    """

    issuer: str
    client_id: str
    login_attribute: str
    logins: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the map: whose say counts for each command in a directory and workspace.

    ``directory`` and ``workspace`` are patterns: ``*`` for any part of a name, ``**`` for any number of folders.
    ``may``: command (``plan``, ``apply``, ``autoplan``) to those entitled; a command that is not there, nobody may run.
    """

    directory: str
    workspace: str
    may: dict[str, Entitled]
    line: int

    def is_about(self, directory: str, workspace: str) -> bool:
        """Whether it covers ``directory`` (relative to the repository, ``.`` for its root) in ``workspace``."""
        return self.covers(directory) and _matches(self.workspace, workspace)

    def covers(self, directory: str) -> bool:
        """Whether it is about ``directory`` in some workspace."""
        if directory.startswith("/") or ".." in directory.split("/"):
            return False
        return _matches(self.directory, normal(directory))


def rule_for(rules: Iterable[Rule], directory: str, workspace: str) -> Rule | None:
    """The first rule of the map that is about it: a narrow one above a wide one wins, as a reader expects."""
    return next((rule for rule in rules if rule.is_about(directory, workspace)), None)


def rules_for_directory(rules: Iterable[Rule], directory: str) -> list[Rule]:
    """All that can count for ``directory``, where nobody says which workspace it is about."""
    found = []
    for rule in rules:
        if rule.covers(directory):
            found.append(rule)
            if rule.workspace in {"*", "**"}:  # what comes after never counts
                break
    return found


def without_case(login: str) -> str:
    """``login`` as it is compared. Only letters of ASCII lose their case: the sign for Kelvin never becomes a k."""
    return login.translate(_NO_CASE)


def normal(directory: str) -> str:
    """``directory`` without ``./`` and slashes at its ends; ``.`` for the repository's root."""
    parts = [part for part in directory.split("/") if part not in {"", "."}]
    return "/".join(parts) or "."


def _matches(pattern: str, text: str) -> bool:
    """By folders: ``**`` takes any number of them, and each pair is looked at once, whatever the pattern."""
    wanted, found = pattern.split("/"), text.split("/")
    # reachable[i]: the folders so far can be had by the first i parts of the pattern.
    reachable = {0, *_skipped(wanted, 0)}
    for folder in found:
        after: set[int] = set()
        for index in reachable:
            if index < len(wanted) and wanted[index] == "**":
                after |= {index, *_skipped(wanted, index)}
            elif index < len(wanted) and _matches_name(wanted[index], folder):
                after |= {index + 1, *_skipped(wanted, index + 1)}
        reachable = after
    return len(wanted) in reachable


def _skipped(wanted: list[str], index: int) -> set[int]:
    past: set[int] = set()
    while index < len(wanted) and wanted[index] == "**":
        index += 1
        past.add(index)
    return past


def _matches_name(pattern: str, name: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    if not name.startswith(first) or len(name) < len(first) + len(rest[-1]) or not name.endswith(rest[-1]):
        return False
    place, end = len(first), len(name) - len(rest[-1])
    for part in rest[:-1]:
        place = name.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True
