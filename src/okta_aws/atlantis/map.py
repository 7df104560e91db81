# SPDX-License-Identifier: Apache-2.0
"""The map of Atlantis's projects: which role plans, which applies, with which variables, and who may ask for it.

One file of the server; nothing of a pull request gets into it. ``docs/how-to/atlantis-map.md`` explains each key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from okta_aws.approval.map_file import Map, MapError, kind_of, line_of, read_map
from okta_aws.approval.rules import OktaPeople, Rule, rule_for
from okta_aws.arn import RoleArn
from okta_aws.atlantis.variable import UnfitError, Variable, environment_name, input_name, variable
from okta_aws.errors import AtlantisError

PLANNING = frozenset({"plan", "policy_check"})
APPLYING = frozenset({"apply", "import", "state_rm"})
PATH = "/etc/okta-aws/atlantis-map.yaml"
DEFAULT_DURATION_S = 3600
_KEYS = (
    *("repository", "name", "plan-role", "apply-role", "region"),
    *("plan-duration-seconds", "apply-duration-seconds", "env", "vars", "verify-approval"),
)
_PART = r"(?!\.{1,2}(/|$))[A-Za-z0-9_.*-]{1,100}"  # and no folder of `init`'s files is left by a name
_REPOSITORY = re.compile(rf"(?P<host>[a-z0-9.-]{{1,253}}(:[0-9]{{1,5}})?)/(?P<path>{_PART}/{_PART})", re.ASCII)
# Those of a URL that need no escape, and slashes (runatlantis.io, repo-level atlantis.yaml config).
_NAME = re.compile(r"[\w./~-]{1,200}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}[a-z0-9-]{0,60}[0-9]", re.ASCII)
_MOST_VARIABLES = 200
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Project:
    """One project of the map. ``rule``: who may do what there. ``repository``: HOST/OWNER/NAME, parts may have ``*``.

    ``plan_role`` and ``apply_role``: ``None`` where the map grants none. Durations in seconds. ``name``: Atlantis's
    project name, empty for any. ``verify_approval``: the helper asks GitHub before it gives the role that applies.
    """

    rule: Rule
    repository: str
    name: str
    plan_role: RoleArn | None
    apply_role: RoleArn | None
    region: str
    plan_duration_s: int
    apply_duration_s: int
    env: tuple[Variable, ...]
    variables: tuple[Variable, ...]
    verify_approval: bool
    line: int

    @property
    def host(self) -> str:
        """The host of the repository."""
        return self.repository.partition("/")[0]

    def is_of(self, repository: str) -> bool:
        """Whether it is of ``repository``: OWNER/NAME, or with the host before it; GitHub's names have no case."""
        pattern, wanted = self.repository.lower().split("/"), repository.lower().split("/")
        pattern = pattern[-len(wanted) :] if len(wanted) == 2 else pattern
        return len(pattern) == len(wanted) and all(map(fnmatchcase, wanted, pattern))

    def role_for(self, command: str) -> tuple[RoleArn | None, int]:
        """The role for Atlantis's ``command``, or ``None``, and the length of its session in seconds."""
        if command in PLANNING:
            return self.plan_role, self.plan_duration_s
        return (self.apply_role if command in APPLYING else None), self.apply_duration_s


@dataclass(frozen=True, slots=True)
class AtlantisMap:
    """The map as a whole. ``okta``: how people are found in Okta; ``None`` where the map names nobody there."""

    projects: tuple[Project, ...]
    okta: OktaPeople | None

    def rules_of(self, repository: str) -> list[Rule]:
        """The rules of ``repository`` in the order of the map."""
        return [project.rule for project in self.projects if project.is_of(repository)]

    def project_for(self, repository: str, directory: str, workspace: str) -> Project | None:
        """The first project that covers it, as for ``rule_for``; ``None`` where the map says nothing about it."""
        rule = rule_for(self.rules_of(repository), directory, workspace)
        return next((one for one in self.projects if one.rule is rule), None) if rule else None


def read(text: str) -> AtlantisMap:
    """The map in ``text``. Raises ``AtlantisError`` (atlantis-map) with all its problems and their lines."""
    problems: list[str] = []
    try:
        found = read_map(text, _KEYS)
    except MapError as error:
        problems += error.problems
        found = error.rest or Map((), (), None)
    reader = _Reader(problems)
    projects = tuple(reader.project(rule, value) for rule, value in zip(found.rules, found.projects, strict=True))
    reader.check_together(projects)
    if problems:
        raise _unusable(sorted(dict.fromkeys(problems), key=_line_in))
    return AtlantisMap(projects, found.okta)


def _unusable(problems: list[str]) -> AtlantisError:
    fix = "correct these lines; docs/how-to/atlantis-map.md explains every key"
    count = f"{len(problems)} problems" if len(problems) > 1 else problems[0]
    error = AtlantisError("atlantis-map", "reading the map of Atlantis's projects", found=count, fix=fix)
    error.explanation = tuple(problems[:_MOST_PROBLEMS]) if len(problems) > 1 else ()
    return error


def _line_in(problem: str) -> int:
    found = re.match(r"line (\d+):", problem)
    return int(found[1]) if found else 0


class _Reader:
    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def project(self, rule: Rule, value: Mapping[str, Any]) -> Project:
        if "plan-role" not in value and "apply-role" not in value:
            self._problem(rule.line, "plan-role, apply-role or both", "neither")
        for key, pattern in (("directory", rule.directory), ("workspace", rule.workspace)):
            if not pattern.isprintable():
                self._problem(line_of(value, key), f"{key}: characters that can be seen", ascii(pattern)[:80])
        return Project(
            rule,
            self._text(value, "repository", _REPOSITORY, "HOST/OWNER/NAME such as github.com/acme/infra"),
            self._text(value, "name", _NAME, "letters, digits and _./~-", ""),
            self._role(value, "plan-role"),
            self._role(value, "apply-role"),
            self._text(value, "region", _REGION, "a region such as eu-central-1"),
            self._duration(value, "plan-duration-seconds"),
            self._duration(value, "apply-duration-seconds"),
            tuple(self._variables(value, "env", environment_name, structured=False)),
            tuple(self._variables(value, "vars", input_name, structured=True)),
            self._boolean(value, "verify-approval"),
            rule.line,
        )

    def check_together(self, projects: tuple[Project, ...]) -> None:
        """Atlantis does not tell its steps the host; and a project that never counts is one that somebody relies on."""
        seen: dict[tuple[str, str, str], int] = {}
        for project in projects:
            if project.host != projects[0].host and project.repository:
                wanted = f"one host in the whole map ({projects[0].host}, line {projects[0].line})"
                self._problem(project.line, wanted, ascii(project.host))
            key = (project.repository.lower(), project.rule.directory, project.rule.workspace)
            if seen.setdefault(key, project.line) != project.line:
                wanted = f"each repository, directory and workspace once (line {seen[key]} counts)"
                self._problem(project.line, wanted, "them again")
            named = (project.repository.lower(), f"\0{project.name}", "")
            if project.name and seen.setdefault(named, project.line) != project.line:
                self._problem(project.line, f"another name than that of line {seen[named]}", ascii(project.name))

    def _text(
        self, value: Mapping[str, Any], key: str, form: re.Pattern[str], wanted: str, default: str | None = None
    ) -> str:
        if key not in value and default is not None:
            return default
        given = value.get(key)
        if not isinstance(given, str) or not form.fullmatch(given):
            self._problem(line_of(value, key), f"{key}: {wanted}", ascii(given)[:80] if key in value else "nothing")
            return ""
        return str(given)

    def _role(self, value: Mapping[str, Any], key: str) -> RoleArn | None:
        if key not in value:
            return None
        given = value[key]
        role = RoleArn.parse(given) if isinstance(given, str) else None
        if role is None:
            wanted = f"{key}: the ARN of a role, arn:aws:iam::123456789012:role/NAME"
            self._problem(line_of(value, key), wanted, ascii(given)[:120])
        return role

    def _duration(self, value: Mapping[str, Any], key: str) -> int:
        given = value.get(key, DEFAULT_DURATION_S)
        if isinstance(given, bool) or not isinstance(given, int) or not 900 <= given <= 43200:
            self._problem(line_of(value, key), f"{key}: 900 to 43200", ascii(given)[:80])
            return DEFAULT_DURATION_S
        return int(given)

    def _boolean(self, value: Mapping[str, Any], key: str) -> bool:
        given = value.get(key, False)
        if not isinstance(given, bool):
            self._problem(line_of(value, key), f"{key}: true or false", ascii(given)[:80])
            return True
        return given

    def _variables(
        self, value: Mapping[str, Any], key: str, named: Callable[[object], str], *, structured: bool
    ) -> Iterator[Variable]:
        given = value.get(key, {})
        if not isinstance(given, dict) or len(given) > _MOST_VARIABLES:
            wanted = f"{key}: a mapping of at most {_MOST_VARIABLES} names to values"
            self._problem(line_of(value, key), wanted, kind_of(given))
            return
        for name, one in given.items():
            line = line_of(given, name)
            try:
                yield variable(named(name), one, line, structured=structured)
            except UnfitError as unfit:
                self._problem(line, f"{key}: {unfit.wanted}", f"{unfit.found} ({ascii(name)[:80]})")

    def _problem(self, line: int, wanted: str, found: str) -> None:
        self._problems.append(f"line {line}: wanted {wanted}, found {found}")
