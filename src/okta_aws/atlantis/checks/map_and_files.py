# SPDX-License-Identifier: Apache-2.0
"""A map and files that do not say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from okta_aws.atlantis.checks.repos_entries import matches
from okta_aws.atlantis.checks.rule import Problem, Rule
from okta_aws.atlantis.map import AtlantisMap
from okta_aws.atlantis.setup_files.facts import MapFile, Place, Repos, RepositoryFile, Setup, line_of, mapping, objects
from okta_aws.trust.finding import Severity

_STAGES = ("plan", "apply")
_ASKS = re.compile(r"okta-aws atlantis credentials (?P<command>[a-z_]{1,20})")
_INIT = "let okta-aws atlantis init write repos.yaml from the map"
_DEEPEST = 8
_MOST_PATTERNS = 500


def _check(setup: Setup) -> Iterator[Problem]:
    lists = [_AllowList.of(found.value) for server in setup.servers if (found := server.known("repo-allowlist"))]
    for one in setup.maps:
        for repository, line in _repositories(one.map):
            yield from _not_let_in(lists, one, repository, line)
            for repos in setup.repos:
                yield from _workflow(repos, repository, line)
        for file in setup.repository_files:
            yield from _projects(file, one.map)


def _repositories(found: AtlantisMap) -> list[tuple[str, int]]:
    """Those that the map names in full, each with its first line."""
    named: dict[str, int] = {}
    for project in found.projects:
        if "*" not in project.repository:
            named.setdefault(project.repository, project.line)
    return list(named.items())


def _not_let_in(lists: list[_AllowList], one: MapFile, repository: str, line: int) -> Iterator[Problem]:
    if lists and not any(listed.lets_in(repository.lower()) for listed in lists):
        message = f"the map has {repository}, and no server's repo-allowlist lets it in: nothing of it is ever planned"
        fix = "add it to repo-allowlist, or take it out of the map"
        yield Problem(Place(one.file, line, repository), message, fix, "allow-list", Severity.WARNING)


@dataclass(frozen=True, slots=True)
class _AllowList:
    """As Atlantis's own list is read: one ``*`` may stand for anything, ``!`` takes out, case does not count.

    ``names``: entries without ``*``; ``patterns``: the others, as many as anybody has.
    """

    names: frozenset[str]
    patterns: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _AllowList:
        entries = dict.fromkeys(entry.strip().lower() for entry in text.split(","))
        patterns = [entry for entry in entries if "*" in entry]
        return cls(frozenset(entries) - set(patterns), tuple(patterns[:_MOST_PATTERNS]))

    def lets_in(self, repository: str) -> bool:
        out = f"!{repository}"
        if out in self.names or any(_fits(one, out) for one in self.patterns if one.startswith("!")):
            return False
        return repository in self.names or any(_fits(one, repository) for one in self.patterns)


def _fits(pattern: str, name: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == name
    return name.startswith(before) and name.endswith(after) and len(name) >= len(before) + len(after)


def _workflow(repos: Repos, repository: str, line: int) -> Iterator[Problem]:
    """The workflow that counts for the repository, if it asks for the role of the map."""
    counting = [entry for entry in repos.entries if entry.has("workflow") and matches(entry, repository) is not False]
    name = str(counting[-1].keys["workflow"]) if counting else "default"
    stages = mapping(repos.workflows.get(name))
    at = counting[-1].place_of("workflow") if counting else repos.place
    for stage in _STAGES:
        asked = {match["command"] for text in _texts(stages.get(stage)) for match in _ASKS.finditer(text)}
        detail = f"{repository} {stage}"
        if not asked:
            message = (
                f"the map (line {line}) has roles for {repository}, and {stage} of its workflow {name[:60]} does not "
                "ask for them: Terraform runs with whatever the server has itself"
            )
            yield Problem(at, message, _INIT, detail)
        elif asked != {stage}:
            message = f"{stage} of the workflow {name[:60]} asks for the role of {', '.join(sorted(asked - {stage}))}"
            where = line_of(stages, stage) if at.line != repos.place.line else None
            yield Problem(Place(at.file, where or at.line, name), message, _INIT, detail)


def _projects(file: RepositoryFile, found: AtlantisMap) -> Iterator[Problem]:
    """Projects that the map has no role for; which repository it is, its folder tells as init writes it."""
    parts = file.place.file.split("/")
    repository = "/".join(parts[-3:-1])
    rules = found.rules_of(repository) if len(parts) > 2 else []
    for project in objects(file.value.get("projects")) if rules else ():
        directory, workspace = project.get("dir"), project.get("workspace") or "default"
        if isinstance(directory, str) and found.project_for(repository, directory, str(workspace)) is None:
            at = Place(file.place.file, line_of(project, "dir"), directory)
            message = f"the map has no project for {directory[:80]} in workspace {str(workspace)[:40]}: it gets no role"
            yield Problem(at, message, "add it to the map, or take it out here", f"{directory} {workspace}")


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _DEEPEST and isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one, depth + 1)


RULE = Rule("map-disagrees", Severity.ERROR, "The map and Atlantis's own files say different things", _check)
