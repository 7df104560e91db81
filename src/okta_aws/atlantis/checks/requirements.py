# SPDX-License-Identifier: Apache-2.0
"""What it takes to apply, by ``repos.yaml``."""

from __future__ import annotations

from collections.abc import Iterator

from okta_aws.atlantis.checks.repos_entries import Effective, covers_all, effective
from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.setup_files.facts import Repos, Setup
from okta_aws.trust.finding import Severity

_WANTED = ("approved", "mergeable", "undiverged")
_FIX = "apply_requirements: [approved, mergeable, undiverged]"
_CONSEQUENCE = {
    "approved": "what nobody approved",
    "mergeable": "what the branch's rules forbid",
    "undiverged": "what was planned against an older base",
}


def _missing(setup: Setup) -> Iterator[Problem]:
    for repos in setup.repos:
        for key in _keys(setup):
            for one in effective(repos, key):
                if _lacks(one, key) and not _weakens(one, key):
                    yield _problem(one, key)
        if not covers_all(repos) and not _all_named(setup, repos):
            message = "repositories that no entry here matches are applied without approval"
            yield Problem(
                repos.place, message, 'begin with an entry for all of them, id: "/.*/"', "rest", Severity.WARNING
            )
    for server in setup.servers:
        if not setup.repos and server.lacks("repo-config") and server.lacks("repo-config-json"):
            message = "it has no repos.yaml: nothing is demanded before an apply"
            yield Problem(server.place, message, f"give it repo-config with {_FIX} for /.*/", "no repos.yaml")


def _overridden(setup: Setup) -> Iterator[Problem]:
    for repos in setup.repos:
        for key in _keys(setup):
            for one in effective(repos, key):
                if one.entry is not None and one.before is not None and _weakens(one, key):
                    lost = ", ".join(name for name in _lacks(one, key) if name in one.before.texts(key))
                    message = (
                        f"{key} of {one.before.id[:80]} (line {one.before.place.line}) has no say here: of entries "
                        f"that match the last one wins, and this one drops {lost}"
                    )
                    fix = f"take {key} out of this entry, or repeat what it drops"
                    yield Problem(one.entry.place_of(key), message, fix, f"{one.entry.id} {key}")


def _keys(setup: Setup) -> tuple[str, ...]:
    commands = {
        word.strip() for server in setup.servers if (found := server.known("allow-commands"))
        for word in found.value.split(",")
    }  # fmt: skip
    return ("apply_requirements", "import_requirements") if commands & {"import", "all"} else ("apply_requirements",)


def _lacks(one: Effective, key: str) -> tuple[str, ...]:
    has = one.entry.texts(key) if one.entry is not None else ()
    return tuple(name for name in _WANTED if name not in has)


def _weakens(one: Effective, key: str) -> bool:
    """That an earlier entry for these repositories demands more."""
    return one.before is not None and any(name in one.before.texts(key) for name in _lacks(one, key))


def _problem(one: Effective, key: str) -> Problem:
    lacking = _lacks(one, key)
    what = ", ".join(_CONSEQUENCE[name] for name in lacking)
    severity = None if {"approved", "mergeable"} & set(lacking) else Severity.WARNING
    at = one.entry.place_of(key) if one.entry is not None else one.at.place
    message = f"{key} {'lacks ' + ', '.join(lacking) if one.entry is not None else 'is not set'}: {what} is applied"
    return Problem(at, message, _FIX.replace("apply_requirements", key), f"{one.at.id} {key}", severity)


def _all_named(setup: Setup, repos: Repos) -> bool:
    """That the server lets in no repository but those that have an entry of their own."""
    lists = [found.value for server in setup.servers if (found := server.known("repo-allowlist"))]
    names = {entry.strip() for text in lists for entry in text.split(",")}
    return bool(names) and names <= {entry.id for entry in repos.entries}


MISSING_REQUIREMENTS = Rule(
    "missing-requirements", Severity.ERROR, "An apply takes less than approved, mergeable, undiverged", _missing
)
LAST_MATCH_WINS = Rule(
    "last-match-wins", Severity.ERROR, "A later entry takes back what an earlier demands", _overridden
)
