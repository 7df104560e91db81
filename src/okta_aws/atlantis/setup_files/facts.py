# SPDX-License-Identifier: Apache-2.0
"""What the files of an Atlantis set-up say, in Atlantis's own names, each with its place.

Where a text has ``UNKNOWN`` in it, that piece is somewhere else: in a secret, a variable, another file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from okta_aws.atlantis.map import AtlantisMap
from okta_aws.policies.json_text import JsonObject
from okta_aws.trust.provider_name import UNKNOWN


@dataclass(frozen=True, slots=True)
class Place:
    """A line, and what it is about. ``around``: lines where a comment speaks for this one too."""

    file: str
    line: int | None
    about: str = ""
    around: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One flag of Atlantis, or a variable of its container. ``private``: in a file that only its owner reads."""

    name: str
    value: str
    place: Place
    private: bool = False

    @property
    def known(self) -> bool:
        """That all of it stands here."""
        return UNKNOWN not in self.value


@dataclass(frozen=True, slots=True)
class Server:
    """One Atlantis. ``settings``: by the names of its flags. ``environment``: the other variables.

    ``unseen``: what else sets flags and was not read; ``secrets_unseen``: that credentials come from there.
    ``sign_in``: that a proxy which signs people in stands before it; ``published``: where its port is open to others.
    ``home_in_memory``: that its home is no disk. ``version``: as far as a label or tag says.
    """

    place: Place
    settings: Mapping[str, Setting]
    environment: tuple[Setting, ...] = ()
    image: Setting | None = None
    version: Setting | None = None
    roles: tuple[Setting, ...] = ()
    published: Place | None = None
    sign_in: bool = False
    tls: bool = False
    home_in_memory: bool = False
    unseen: tuple[str, ...] = ()
    secrets_unseen: bool = False

    def setting(self, name: str) -> Setting | None:
        """The flag of that name, where it is set to something."""
        return self.settings.get(name)

    def known(self, name: str) -> Setting | None:
        """The same, where its whole value is known."""
        found = self.settings.get(name)
        return found if found is not None and found.known else None

    def lacks(self, name: str) -> bool:
        """That the flag has its default, as far as anybody can know who read all that sets flags."""
        return name not in self.settings and not self.unseen

    def on(self, name: str) -> Setting | None:
        """The flag, where it is a switch that is on."""
        found = self.known(name)
        return found if found is not None and is_true(found.value) else None

    def place_of(self, name: str) -> Place:
        """Where the flag is set, else where the server is."""
        found = self.settings.get(name)
        return found.place if found is not None else self.place


@dataclass(frozen=True, slots=True)
class RepoEntry:
    """One entry of a server's ``repos.yaml``; ``keys`` as it stands there."""

    id: str
    place: Place
    keys: Mapping[str, Any]
    shift: int | None

    def has(self, key: str) -> bool:
        """That it sets ``key``; an empty value sets nothing."""
        return self.keys.get(key) is not None

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list."""
        value = self.keys.get(key)
        return tuple(str(one) for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def place_of(self, key: str) -> Place:
        """Where ``key`` is set, else where the entry begins."""
        line = self.keys.lines.get(key) if isinstance(self.keys, JsonObject) else None
        if line is None or self.shift is None:
            return self.place
        return Place(self.place.file, line + self.shift, self.place.about, (self.place.line,))


@dataclass(frozen=True, slots=True)
class Repos:
    """A server's ``repos.yaml``. ``workflows``: the steps of each, by workflow and stage."""

    place: Place
    entries: tuple[RepoEntry, ...]
    asks_program: bool
    workflows: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """An ``atlantis.yaml``, which is the pull request's."""

    place: Place
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where Terraform's language names an identity. ``what``: ``profile``, ``assume_role`` …"""

    what: str
    place: Place
    secret: bool = False


@dataclass(frozen=True, slots=True)
class MapFile:
    """The map of projects, and the file that it is in."""

    file: str
    map: AtlantisMap


@dataclass(frozen=True, slots=True)
class Administrator:
    """A role for containers that may do everything, by ``policy``."""

    place: Place
    policy: str


@dataclass(slots=True)
class Setup:
    """All that was read."""

    servers: list[Server] = field(default_factory=list)
    repos: list[Repos] = field(default_factory=list)
    repository_files: list[RepositoryFile] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    maps: list[MapFile] = field(default_factory=list)
    administrators: list[Administrator] = field(default_factory=list)


def is_true(value: str) -> bool:
    """As Atlantis's flags and YAML read a switch."""
    return value.strip().lower() in {"1", "t", "true", "yes", "y", "on"}


def line_of(around: object, key: str = "", shift: int = 0) -> int | None:
    """The line of member ``key`` of an object that was read from a file, else that of the object."""
    if not isinstance(around, JsonObject):
        return None
    line = around.lines.get(key) or around.line
    return line + shift if line else None


def mapping(value: object) -> Mapping[str, Any]:
    """``value``, where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterator[JsonObject]:
    """The mappings in a list."""
    return (one for one in value if isinstance(one, JsonObject)) if isinstance(value, list) else iter(())
