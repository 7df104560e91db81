# SPDX-License-Identifier: Apache-2.0
"""Paths to what an Atlantis set-up says: each file by what is in it, compose files with what lies beside them."""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from okta_aws.atlantis import map as atlantis_map
from okta_aws.atlantis.checks import CHECKS
from okta_aws.atlantis.setup_files import compose, ecs, flags, helm, repos
from okta_aws.atlantis.setup_files.facts import (
    Administrator,
    MapFile,
    Place,
    Server,
    Setting,
    Setup,
    objects,
)  # fmt: skip
from okta_aws.errors import AtlantisError
from okta_aws.flows.atlantis.hcl import read_module
from okta_aws.flows.policy_files.contents import Contents, NotChecked
from okta_aws.flows.policy_files.json_file import LARGEST, add_value
from okta_aws.flows.policy_files.terraform_json import is_terraform
from okta_aws.flows.policy_files.walk import File, data_of, files_of
from okta_aws.flows.policy_files.yaml_file import read_yaml
from okta_aws.policies.json_text import JsonObject, LocatedText, PolicyError, parse
from okta_aws.trust.ignore import ignores_in
from okta_aws.trust.lint import UNREADABLE, said

_YAML, _JSON, _HCL = (".yaml", ".yml"), (".json", ".tfstate"), (".tf", ".tofu")
_KINDS = (*_YAML, *_JSON, *_HCL, ".env")
_NAMES = ("atlantis.yaml", "atlantis.yml")
# One of these is in each other file that is looked at unless it is named.
_SIGNS = (b"tlantis", b"ATLANTIS_", b"apply_requirements", b"repo-allowlist", b"gh-", b"plan-role", b"apply-role")
_HCL_SIGNS = (b'"aws"', b'"s3"', b"tlantis")
_EXAMPLE = re.compile(r"(^|[._-])(example|sample|template|dist)([._-]|$)", re.IGNORECASE)
_MOST_ENTRIES = 500
_MOST_SERVERS = 200
_WANTED = (
    "repos.yaml, atlantis.yaml, a compose file, a file of flags or variables, a task definition, values of the chart, "
    "the map, or Terraform's language"
)
_FIX = "correct it there, or leave the file out"
_SINGLE = "single document"


class Reader:
    """Fills a set-up, and ``contents`` with what could not be read."""

    def __init__(self, debug: Callable[[str], None], busy_s: Callable[[], float]) -> None:
        self.setup, self.contents = Setup(), Contents()
        self._debug, self._busy_s = debug, busy_s
        self._used: set[str] = set()
        self._full = False

    def read(self, paths: Sequence[str], here: str, map_path: str = "") -> None:
        """Adds what ``paths`` hold. ``map_path``: the map. Raises ``SettingsError`` for paths that are not there."""
        waiting: list[tuple[File, bytes]] = []
        modules: dict[str, list[tuple[bytes, str]]] = defaultdict(list)
        for file in files_of([*paths, *([map_path] if map_path else [])], here, _KINDS):
            data = data_of(file, self.contents)
            if data is None:
                continue
            if file.kind in _HCL:
                modules[os.path.dirname(file.path)].append((data, file.shown))
            elif file.named or os.path.basename(file.path) in _NAMES or any(sign in data for sign in _SIGNS):
                waiting.append((file, data))
        self._composed([one for one in waiting if b"services" in one[1] and one[0].kind in _YAML])
        for file, data in waiting:
            if file.shown not in self._used:
                self._one(file, data)
        for module in modules.values():
            self._module(module)
        for server in self.setup.servers:
            if server.unseen:
                reason = f"not read: {', '.join(server.unseen)[:200]}; what is set there is not known"
                self.contents.not_checked.append(
                    NotChecked(server.place.file, server.place.line, server.place.about, reason)
                )

    def _composed(self, files: list[tuple[File, bytes]]) -> None:
        for file, data in files:
            value = self._parsed(file, data)
            if isinstance(value, JsonObject) and compose.is_compose(value):
                self._take(file.shown, data)
                beside = _Beside(file, self)
                for server, config in islice(compose.servers_of(value, file.shown, beside.look), _MOST_SERVERS + 1):
                    self._add(server)
                    if config is not None and isinstance(config.value, JsonObject):
                        self._add_repos(config.value, Place(config.file, 1))
                self._used.update(beside.variables())

    def _one(self, file: File, data: bytes) -> None:
        if not file.named and _EXAMPLE.search(os.path.basename(file.path)):
            self._skip(file, "an example by its name, and not what runs: name it to have it checked")
            return
        if _is_of_variables(file.path):
            self._take(file.shown, data)
            self._variables(file, data)
            return
        value = self._parsed(file, data)
        if value is not None and self._value(file, value, data):
            self._take(file.shown, data)
        elif value is not None and file.named:
            self.contents.cannot(file.shown, 1, _WANTED, "something else")

    def _value(self, file: File, value: object, data: bytes) -> bool:
        """Whether the file is one of ours; it is added then."""
        if not isinstance(value, JsonObject):
            return False
        at = Place(file.shown, value.line)
        if _is_map(value):
            self._map(file, data)
        elif repos.is_repos(value):
            self._add_repos(value, at)
        elif repos.is_repository_file(value):
            self.setup.repository_files.append(repos.repository_file_of(value, file.shown))
        elif ecs.is_task_definition(value):
            self._tasks([ecs.task_of(value, file.shown)])
        elif is_terraform(value):
            self._terraform(file, value)
        elif (values := helm.values_in(value)) is not None:
            self._chart(values, file.shown)
        elif flags.is_file_of_flags(value):
            self._flags(file, flags.of_file(value, at, private=_is_private(file)), ())
        else:
            return compose.is_compose(value)
        return True

    def _variables(self, file: File, data: bytes) -> None:
        at = Place(file.shown, 1)
        found = flags.of_environment(
            flags.entries(data.decode("utf-8", "replace")), at, private=_is_private(file)
        )  # fmt: skip
        if flags.is_file_of_flags(found.flags):
            self._flags(file, found.flags, found.others)
        elif file.named:
            self.contents.cannot(file.shown, 1, _WANTED, "no variable of Atlantis")

    def _flags(self, file: File, settings: Mapping[str, Setting], others: tuple[Setting, ...]) -> None:
        """A file of flags alone: whole, as far as it goes, where it has the one that no server starts without."""
        unseen = () if "repo-allowlist" in settings else ("arguments and variables of the server",)
        at = Place(file.shown, 1)
        self._add(Server(at, settings, others, tls=True, unseen=unseen, secrets_unseen=True))

    def _chart(self, values: JsonObject, file: str) -> None:
        self._add(helm.server_of(values, file))
        credentials = helm.credentials_of(values, file)
        if credentials is not None:
            at = Place(file, values.line, "values")
            self.setup.servers.append(Server(at, {}, (credentials,), sign_in=True, tls=True, unseen=("the rest",)))
        text = values.get("repoConfig")
        if isinstance(text, LocatedText) and text.strip():
            self._embedded(text, Place(file, text.line, "repoConfig"), text.line if "\n" in text else None)

    def _terraform(self, file: File, value: JsonObject) -> None:
        if "format_version" not in value:
            self._skip(file, "a state file: give terraform show -json of it")
            return
        before = len(self.setup.servers)
        self._tasks(list(ecs.tasks_of_terraform(value, file.shown)))
        if len(self.setup.servers) == before:
            return
        lint = Contents()
        add_value(value, file.shown, lint, named=False)
        for role in lint.roles:
            services = [name for one in role.allows for name in one.principals.get("Service", ())]
            policy = role.permissions.administrator
            if policy and any(name.startswith("ecs-tasks.") for name in services):
                self.setup.administrators.append(Administrator(Place(file.shown, role.line, role.name), policy))

    def _tasks(self, tasks: Sequence[ecs.Task]) -> None:
        for task in tasks:
            containers = task.containers if isinstance(task.containers, list) else None
            if containers is None or not all(isinstance(one, dict) for one in containers):
                reason = "its containers are not literal here: give terraform show -json of a plan"
                self.contents.not_checked.append(NotChecked(task.place.file, task.place.line, task.place.about, reason))
            for server in islice(ecs.servers_of(task), _MOST_SERVERS + 1):
                self._add(server)

    def _add(self, server: Server) -> None:
        if len(self.setup.servers) == _MOST_SERVERS:
            if not self._full:
                self.contents.cannot(server.place.file, server.place.line, f"at most {_MOST_SERVERS} servers", "more")
            self._full = True
            return
        self.setup.servers.append(server)
        text = server.known("repo-config-json")
        if text is not None:
            self._embedded(text.value, text.place, None)

    def _embedded(self, text: str, at: Place, shift: int | None) -> None:
        """A ``repos.yaml`` within another file."""
        try:
            value = read_yaml(text.encode("utf-8", "surrogatepass"))
        except PolicyError as error:
            line = at.line if shift is None or not error.line else error.line + shift
            self.contents.refuse(at.file, line, error, at.about)
            return
        if isinstance(value, JsonObject):
            self._add_repos(value, at, shift)

    def _add_repos(self, value: JsonObject, at: Place, shift: int | None = 0) -> None:
        if not repos.is_repos(value):
            return
        self._used.add(at.file)
        if len(list(objects(value.get("repos")))) > _MOST_ENTRIES:
            self.contents.cannot(at.file, at.line, f"at most {_MOST_ENTRIES} entries", "more")
        elif all(one.place != at for one in self.setup.repos):
            self.setup.repos.append(repos.repos_of(value, at, shift))

    def _map(self, file: File, data: bytes) -> None:
        try:
            found = atlantis_map.read(data.decode("utf-8", "replace"))
        except AtlantisError as error:
            for problem in error.explanation or (str(error.found),):
                place = re.match(r"line (\d{1,9}): ", problem)
                line = int(place[1]) if place else None
                message = f"the map: {problem[place.end() :] if place else problem}"
                self.contents.unreadable.append(said(UNREADABLE, file.shown, line, message, _FIX, problem))
            return
        self.setup.maps.append(MapFile(file.shown, found))

    def _module(self, files: list[tuple[bytes, str]]) -> None:
        if not any(sign in data for data, _ in files for sign in _HCL_SIGNS):
            return
        for data, shown in files:
            self._take(shown, data)
        found = read_module(files, self.contents, self._busy_s)
        self.setup.choices += found.choices
        self.setup.administrators += found.administrators
        self._tasks(found.tasks)

    def _parsed(self, file: File, data: bytes) -> Any:  # noqa: ANN401 - YAML or JSON
        try:
            if file.kind in _JSON or (file.kind not in _YAML and data.lstrip()[:1] == b"{"):
                return parse(data, "the file", largest=LARGEST).value
            return read_yaml(data)
        except PolicyError as error:
            if file.named or (b"{{" not in data and _SINGLE not in error.found):
                self._used.add(file.shown)
                self.contents.refuse(file.shown, error.line or None, error)
            else:
                self._skip(file, "a template, or several documents: name what it makes, one document a file")
            return None

    def _take(self, shown: str, data: bytes) -> None:
        """Notes a file that counts, and the comments in it."""
        self._debug(f"reading {shown}")
        self._used.add(shown)
        self.contents.files += 1
        self.contents.ignores.extend(ignores_in(data.decode("utf-8", "replace"), shown, CHECKS))

    def _skip(self, file: File, reason: str) -> None:
        self._used.add(file.shown)
        self.contents.not_checked.append(NotChecked(file.shown, None, "", reason))

    def taken(self, shown: str, data: bytes) -> None:
        """As for a file that was found by another's word."""
        if shown not in self._used:
            self._take(shown, data)


class _Beside:
    """Files beside a compose file: none above its folder, and no link is followed."""

    def __init__(self, file: File, reader: Reader) -> None:
        self._folder, self._reader = os.path.dirname(os.path.realpath(file.path)), reader
        self._shown = os.path.dirname(file.shown)

    def look(self, relative: str) -> compose.Beside | None:
        """The file at that path."""
        path = os.path.normpath(os.path.join(self._folder, relative))
        if "\0" in path or not path.startswith(self._folder + os.sep):
            return None
        if os.path.realpath(path) != path or not os.path.isfile(path):
            return None
        shown = os.path.normpath(os.path.join(self._shown, relative))
        file = File(path, shown, named=False)
        data = data_of(file, self._reader.contents)
        if data is None:
            return None
        self._reader.taken(shown, data)
        text: object = data.decode("utf-8", "replace")
        if not _is_of_variables(path):
            try:
                text = read_yaml(data)
            except PolicyError:
                return None
        return compose.Beside(text, shown, _is_private(file))

    def variables(self) -> list[str]:
        """Files of variables in the folder: the compose file's, and no server of their own."""
        names = [name for name in os.listdir(self._folder) if _is_of_variables(name)]
        return [os.path.normpath(os.path.join(self._shown, name)) for name in names]


def _is_map(value: Mapping[str, Any]) -> bool:
    return any("repository" in one for one in objects(value.get("projects")))


def _is_of_variables(path: str) -> bool:
    return path.endswith(".env")


def _is_private(file: File) -> bool:
    """That its owner alone reads it."""
    try:
        return not os.stat(file.path).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    except OSError:
        return False
