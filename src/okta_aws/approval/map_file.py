# SPDX-License-Identifier: Apache-2.0
"""The map of approvers as text: YAML, each problem with its line.

    version: 1
    projects:
      - directory: stacks/production/*
        workspace: default
        apply:
          teams: [acme/platform]
          okta-groups: [aws-approvers]
          users: [octocat]
          approvals: 2
    okta:                                  # where okta-groups are named
      issuer: https://acme.okta.com
      client-id: 0oa1example
      login-attribute: githubLogin
      logins: {octocat: octo@acme.example}

It is read from the base branch alone; a pull request that changes it is judged by the old one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.approval.rules import Entitled, Group, OktaPeople, Rule, normal

COMMANDS = ("plan", "apply", "autoplan")
MAX_CHARACTERS = 1 << 18
_PROJECT_KEYS = frozenset({"directory", "workspace", *COMMANDS})
_ENTITLED_KEYS = frozenset({"teams", "okta-groups", "users", "approvals"})
_MOST_APPROVALS = 6  # as many reviewers as GitHub's own rules can ask for
# GitHub: logins and slugs are letters, digits, `-` and `_`; bots end in `[bot]`.
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?", re.ASCII)
_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_OKTA_KEYS = frozenset({"issuer", "client-id", "login-attribute", "logins"})
_HOST = r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?)+"
# The org, not one of its custom authorization servers: no path. Plain HTTP for this machine alone.
_ISSUER = re.compile(rf"https://{_HOST}(:[0-9]{{1,5}})?|http://(127\.0\.0\.1|localhost)(:[0-9]{{1,5}})?", re.ASCII)
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
# Okta: letters, digits and underscores, no digit first ("Profile attributes").
_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_OKTA_LOGIN = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
LOGIN_ATTRIBUTE = "githubLogin"


class MapError(ValueError):
    """A map that cannot be used. ``problems``: each with its line, ``line 3: wanted …, found …``.

    ``rest``: what could be read all the same, for those who look for more problems.
    """

    def __init__(self, problems: Collection[str], rest: Map | None = None) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Map:
    """A map that was read. ``rules[i]`` is about ``projects[i]``, which stands as in the file.

    ``okta``: how people and groups are found in Okta; ``None`` where the map does not say.
    """

    rules: tuple[Rule, ...]
    projects: tuple[Mapping[str, Any], ...]
    okta: OktaPeople | None


def read_map(text: str, more_keys: Collection[str] = ()) -> Map:
    """The map ``text``; ``more_keys``: what its projects may say besides, to those who know it.

    Raises ``MapError`` with all problems: then nobody may do anything.
    """
    reader = _Reader(more_keys)
    found = reader.read(_loaded(text))
    if reader.problems:
        raise MapError(reader.problems, found)
    return found


def _loaded(text: str) -> Any:  # noqa: ANN401  (whatever the YAML says)
    # Imported here: only those who have a map need the library.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > MAX_CHARACTERS:
        raise MapError([f"wanted at most {MAX_CHARACTERS} characters, found {len(text)}"])
    try:
        events = YAML(typ="safe", pure=True).parse(text)
        named = [event.start_mark.line + 1 for event in events if getattr(event, "anchor", None) is not None]
        document = None if named else YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MapError([f"line {line}: wanted YAML, found {error.problem or 'something else'}"]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise MapError([f"wanted YAML, found {type(error).__name__}"]) from None
    if named:  # few words could stand for very many
        raise MapError([f"line {line}: wanted no anchors and aliases, found one" for line in named[:5]])
    return document


class _Reader:
    def __init__(self, more_keys: Collection[str]) -> None:
        self._project_keys = _PROJECT_KEYS | set(more_keys)
        self.problems: list[str] = []

    def read(self, document: object) -> Map:
        if not isinstance(document, dict):
            self._problem(1, "a mapping with version and projects", kind_of(document))
            return Map((), (), None)
        self._check_keys(document, {"version", "projects", "okta"})
        if document.get("version") != 1 or isinstance(document.get("version"), bool):
            self._problem(line_of(document, "version"), "version: 1", repr(document.get("version")))
        projects = document.get("projects")
        if not isinstance(projects, list) or not projects:
            self._problem(line_of(document, "projects"), "projects: a list of at least one", kind_of(projects))
            return Map((), (), None)
        known = tuple(project for index, project in enumerate(projects) if self._is_mapping(projects, index))
        rules = tuple(self._rule(project) for project in known)
        okta = self._okta(document["okta"], line_of(document, "okta")) if "okta" in document else None
        return Map(rules, known, okta)

    def _okta(self, value: object, line: int) -> OktaPeople | None:
        if not isinstance(value, dict):
            self._problem(line, "okta: a mapping with issuer and client-id", kind_of(value))
            return None
        self._check_keys(value, _OKTA_KEYS)
        return OktaPeople(
            self._text(value, "issuer", _ISSUER, "the org's address such as https://acme.okta.com", line),
            self._text(value, "client-id", _CLIENT_ID, "the client ID of a service app", line),
            self._text(value, "login-attribute", _ATTRIBUTE, "the name of a profile attribute", line, LOGIN_ATTRIBUTE),
            self._logins(value),
            line,
        )

    def _logins(self, value: Mapping[str, Any]) -> Mapping[str, str]:
        """By GitHub login in lower case. Nobody twice: one person would count as two who approve."""
        logins = value.get("logins", {})
        if not isinstance(logins, dict):
            self._problem(line_of(value, "logins"), "logins: Okta logins by GitHub login", kind_of(logins))
            return {}
        found: dict[str, str] = {}
        for login, theirs in logins.items():
            if not isinstance(login, str) or not _LOGIN.fullmatch(login):
                self._problem(line_of(logins, login), "logins: a GitHub login", repr(login)[:80])
            elif not isinstance(theirs, str) or not _OKTA_LOGIN.fullmatch(theirs):
                self._problem(line_of(logins, login), f"logins: the Okta login of {login}", repr(theirs)[:80])
            elif login.lower() in found or theirs.lower() in map(str.lower, found.values()):
                wanted = "logins: each GitHub login and each Okta login once, whatever their case"
                self._problem(line_of(logins, login), wanted, f"{login}: {theirs!a}"[:200])
            else:
                found[login.lower()] = theirs
        return found

    def _text(
        self, value: Mapping[str, Any], key: str, form: re.Pattern[str], wanted: str, line: int, default: str = ""
    ) -> str:  # fmt: skip
        given = value.get(key, default)
        if not isinstance(given, str) or not form.fullmatch(given):
            found = repr(given)[:80] if key in value else "nothing"
            self._problem(line_of(value, key) if key in value else line, f"{key}: {wanted}", found)
            return ""
        return str(given)

    def _rule(self, project: Mapping[str, Any]) -> Rule:
        self._check_keys(project, self._project_keys)
        directory = self._pattern(project, "directory", "")
        workspace = self._pattern(project, "workspace", "default")
        may = dict(self._entitled(project))
        return Rule(normal(directory), workspace, may, line_of(project))

    def _pattern(self, project: Mapping[str, Any], key: str, default: str) -> str:
        value = project.get(key, default)
        if not isinstance(value, str) or not value or ".." in value.split("/") or value.startswith("/"):
            self._problem(line_of(project, key), f"{key}: a path in the repository, or a pattern of such", repr(value))
            return "."
        return value

    def _entitled(self, project: Mapping[str, Any]) -> Iterator[tuple[str, Entitled]]:
        for command in COMMANDS:
            if command not in project:
                continue
            line, value = line_of(project, command), project[command]
            if command == "autoplan" and isinstance(value, bool):
                if value:
                    yield command, Entitled((), (), 0, line)
            elif command == "autoplan" or not isinstance(value, dict):
                wanted = "true or false" if command == "autoplan" else "a mapping with teams, okta-groups or users"
                self._problem(line, f"{command}: {wanted}", kind_of(value))
            else:
                yield command, self._named(value, line)

    def _named(self, value: Mapping[str, Any], line: int) -> Entitled:
        self._check_keys(value, _ENTITLED_KEYS)
        teams = self._texts(value, "teams", _TEAM, "ORG/SLUG")
        users = self._texts(value, "users", _LOGIN, "a GitHub login")
        okta = self._texts(value, "okta-groups", re.compile(r"[^\x00-\x1f\x7f]{1,255}"), "the name of a group")
        groups = [Group("team", name) for name in teams] + [Group("okta-group", name) for name in okta]
        count = value.get("approvals", 1)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST_APPROVALS:
            self._problem(line_of(value, "approvals"), f"approvals: 1 to {_MOST_APPROVALS}", repr(count))
            count = _MOST_APPROVALS
        if not groups and not users:
            self._problem(line, "at least one of teams, okta-groups, users with somebody in it", "nobody")
        return Entitled(tuple(groups), tuple(users), count, line)

    def _texts(self, value: Mapping[str, Any], key: str, form: re.Pattern[str], wanted: str) -> list[str]:
        listed = value.get(key, [])
        if not isinstance(listed, list):
            self._problem(line_of(value, key), f"{key}: a list", kind_of(listed))
            return []
        good = [str(one) for one in listed if isinstance(one, str) and form.fullmatch(one)]
        for one in listed:
            if not isinstance(one, str) or not form.fullmatch(one):
                self._problem(line_of(value, key), f"{key}: {wanted}", repr(one)[:80])
        return good

    def _is_mapping(self, projects: list[Any], index: int) -> bool:
        if isinstance(projects[index], dict):
            return True
        self._problem(
            line_of(projects, index), "a project: a mapping with directory and apply", kind_of(projects[index])
        )
        return False

    def _check_keys(self, value: Mapping[str, Any], known: Collection[str]) -> None:
        for key in value:
            if key not in known:
                self._problem(line_of(value, key), f"one of {', '.join(sorted(known))}", repr(key)[:80])

    def _problem(self, line: int, wanted: str, found: str) -> None:
        self.problems.append(f"line {line}: wanted {wanted}, found {found}")


def line_of(value: Any, key: object = None) -> int:  # noqa: ANN401  (ruamel's mappings and lists know their lines)
    """The line of ``key`` in a mapping or list of the map, or of that itself."""
    try:
        line = value.lc.line if key is None else (value.lc.item(key) if isinstance(key, int) else value.lc.key(key))[0]
    except (AttributeError, KeyError, TypeError, IndexError):
        line = getattr(getattr(value, "lc", None), "line", 0)
    return int(line or 0) + 1


def kind_of(value: object) -> str:
    """What ``value`` is, for a message that must not repeat it."""
    names = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean", int: "a number"}
    return (
        "nothing" if value is None else next((name for kind, name in names.items() if isinstance(value, kind)), "else")
    )
