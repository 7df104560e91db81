# SPDX-License-Identifier: Apache-2.0
"""Atlantis among the services of a ``compose.yaml``, with the files beside it that set its flags.

Source: the Compose specification (interpolation, merge keys, secrets, env_file).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okta_aws.atlantis.setup_files import flags
from okta_aws.atlantis.setup_files.facts import Place, Server, Setting, line_of, mapping
from okta_aws.atlantis.setup_files.images import is_atlantis, signs_in, terminates_tls, version_of
from okta_aws.policies.json_text import JsonObject, LocatedText
from okta_aws.trust.provider_name import UNKNOWN

_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<word>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))"
)
# Of all texts with variables put in: a few lines could ask for more than there is memory.
_MOST_CHARACTERS = 1 << 24
_LOOPBACK = ("127.", "localhost:", "[::1]:")


@dataclass(frozen=True, slots=True)
class Beside:
    """A file beside the compose file. ``value``: parsed, or text. ``private``: only its owner reads it."""

    value: object
    file: str
    private: bool


Look = Callable[[str], Beside | None]
"""Asked for a file by its path relative to the compose file; ``None`` where it cannot be read."""


def is_compose(value: Mapping[str, Any]) -> bool:
    """That this is a compose file."""
    services = value.get("services")
    return isinstance(services, dict) and any(
        isinstance(one, dict) and ("image" in one or "build" in one or "<<" in one) for one in services.values()
    )


def servers_of(value: Mapping[str, Any], file: str, look: Look) -> Iterator[tuple[Server, Beside | None]]:
    """Each Atlantis among the services, with the file of its ``repos.yaml`` where that was found."""
    beside = look(".env")
    interpolation = _Interpolation(dict(_lines(beside)) if beside is not None else {})
    services = {
        name: interpolation.of(_merged(one)) for name, one in mapping(value["services"]).items() if mapping(one)
    }
    told = {name: _told(name, service) for name, service in services.items()}
    proxies = [name for name, text in told.items() if signs_in(text)]
    reader = _Reader(value, file, look, proxies, [name for name, text in told.items() if terminates_tls(text)])
    for name, service in services.items():
        if _is_server(service):
            yield reader.server(name, service)


def _is_server(service: Mapping[str, Any]) -> bool:
    words = [*flags.words_of(service.get("entrypoint")), *flags.words_of(service.get("command"))]
    if flags.sets_flags(name for name, _, _ in _environment(service)):
        return not words or "server" in words or words[0].startswith("--")
    return is_atlantis(str(service.get("image", ""))) and (not words or "server" in words)


@dataclass(frozen=True, slots=True)
class _Reader:
    whole: Mapping[str, Any]
    file: str
    look: Look
    sign_in: Sequence[str]
    tls: Sequence[str]

    def server(self, name: str, service: Mapping[str, Any]) -> tuple[Server, Beside | None]:
        at = Place(self.file, line_of(self.whole["services"], name), name)
        words = [*flags.words_of(service.get("entrypoint")), *flags.words_of(service.get("command"))]
        arguments = flags.of_arguments(words, at)
        variables = flags.of_environment(_environment(service), at)
        unseen: list[str] = []
        files = [self._file_of_variables(path, unseen) for path in _paths(service.get("env_file"))]
        settings = flags.together(arguments, variables.flags, *(one.flags for one in reversed(files)))
        if "config" in settings:
            settings = flags.together(settings, self._file_of_flags(service, settings["config"].value, unseen))
        repos = None
        if "repo-config" in settings:
            repos = self._mounted(service, settings["repo-config"].value)
        image = service.get("image")
        shown = None
        if isinstance(image, str):
            shown = Setting("image", image, Place(self.file, line_of(service, "image"), name, (at.line,)))
        others = (*variables.others, *(one for file in files for one in file.others))
        return Server(
            at, settings, others, shown, version_of(shown),
            published=self._published(service, at), sign_in=any(one != name for one in self.sign_in),
            tls=any(one != name for one in self.tls), home_in_memory=_home_in_memory(service, others),
            unseen=tuple(unseen), secrets_unseen=bool(unseen),
        ), repos  # fmt: skip

    def _file_of_variables(self, path: str, unseen: list[str]) -> flags.Variables:
        found = self.look(path)
        if found is None or not isinstance(found.value, str):
            unseen.append(path)
            return flags.Variables({}, ())
        return flags.of_environment(flags.entries(found.value), Place(found.file, None), private=found.private)

    def _file_of_flags(self, service: Mapping[str, Any], path: str, unseen: list[str]) -> dict[str, Setting]:
        found = self._mounted(service, path)
        if found is None or not isinstance(found.value, JsonObject):
            unseen.append(path)
            return {}
        return flags.of_file(found.value, Place(found.file, None), private=found.private)

    def _mounted(self, service: Mapping[str, Any], target: str) -> Beside | None:
        """The file that stands at ``target`` in the container."""
        for name in _names(service.get("secrets")):
            source = mapping(mapping(self.whole.get("secrets")).get(name)).get("file")
            if target == f"/run/secrets/{name}" and isinstance(source, str):
                return self.look(source)
        for source, place in _volumes(service.get("volumes")):
            inside = posixpath.relpath(target, place) if place.startswith("/") and target.startswith("/") else ".."
            if not inside.startswith(".."):
                return self.look(source if inside == "." else posixpath.join(source, inside))
        return None

    def _published(self, service: Mapping[str, Any], at: Place) -> Place | None:
        ports = service.get("ports")
        if isinstance(ports, list):
            for port in ports:
                text = str(mapping(port).get("host_ip", "")) + ":" if isinstance(port, dict) else str(port)
                if not text.startswith(_LOOPBACK):
                    line = port.line if isinstance(port, (LocatedText, JsonObject)) else None
                    return Place(self.file, line or line_of(service, "ports"), at.about, (at.line,))
        if service.get("network_mode") == "host":
            return Place(self.file, line_of(service, "network_mode"), at.about, (at.line,))
        return None


def _told(name: str, service: Mapping[str, Any]) -> str:
    """What tells what a service is: an image may be known to a variable alone."""
    return " ".join([name, str(service.get("image", "")), *(variable for variable, _, _ in _environment(service))])


def _environment(service: Mapping[str, Any]) -> list[tuple[str, object, int | None]]:
    given = service.get("environment")
    if isinstance(given, dict):
        # A name alone takes the value that the caller's shell has.
        return [(name, UNKNOWN if one is None else one, line_of(given, name)) for name, one in given.items()]
    found: list[tuple[str, object, int | None]] = []
    for one in given if isinstance(given, list) else ():
        name, equals, value = str(one).partition("=")
        line = one.line if isinstance(one, LocatedText) else line_of(service, "environment")
        found.append((name, value if equals else UNKNOWN, line))
    return found


def _home_in_memory(service: Mapping[str, Any], others: tuple[Setting, ...]) -> bool:
    given = service.get("tmpfs")
    listed = given if isinstance(given, list) else [given]
    homes = {one.value for one in others if one.name == "HOME"} or {"/home/atlantis"}
    return any(isinstance(one, str) and one.partition(":")[0] in homes for one in listed)


def _paths(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [str(mapping(one).get("path")) if isinstance(one, dict) else str(one) for one in listed if one]


def _names(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else ():
        yield str(one.get("source")) if isinstance(one, dict) else str(one)


def _volumes(value: object) -> Iterator[tuple[str, str]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield str(one.get("source", "")), str(one.get("target", ""))
        elif isinstance(one, str) and ":" in one:
            source, target = one.split(":")[:2]
            yield source, target


def _lines(beside: Beside) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value, _ in flags.entries(beside.value if isinstance(beside.value, str) else ""))


def _merged(service: Mapping[str, Any]) -> JsonObject:
    """A service with what its merge keys (``<<``) bring put in."""
    made = JsonObject(line_of(service) or 0)
    brought = service.get("<<")
    for one in reversed(brought if isinstance(brought, list) else [brought]):
        _put(made, one)
    _put(made, service)
    made.pop("<<", None)
    return made


def _put(made: JsonObject, more: object) -> None:
    if isinstance(more, JsonObject):
        made.update(more)
        made.lines.update(more.lines)


class _Interpolation:
    def __init__(self, known: Mapping[str, str]) -> None:
        self._known, self._left = known, _MOST_CHARACTERS
        self._longest = max(map(len, known.values()), default=0)

    def of(self, value: Any) -> Any:  # noqa: ANN401 - YAML
        """``value`` with variables put in; the reader bounds how deep it is."""
        if isinstance(value, str):
            text = self._text(value) if "$" in value else value
            return LocatedText.of(text, value.line) if isinstance(value, LocatedText) else text
        if isinstance(value, list):
            return [self.of(one) for one in value]
        if not isinstance(value, JsonObject):
            return value
        made = JsonObject(value.line)
        made.lines = dict(value.lines)
        for name, one in value.items():
            made[name] = self.of(one)
        return made

    def _text(self, value: str) -> str:
        if len(value) + value.count("$") * max(self._longest, len(UNKNOWN)) > self._left:
            return UNKNOWN
        text = _VARIABLE.sub(self._value, value)
        self._left -= len(text)
        return text

    def _value(self, match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        found = self._known.get(match["name"] or match["bare"])
        how, word = match["how"] or "", match["word"] or ""
        if found or (found is not None and not how.startswith(":") and how):
            return word if how.endswith("+") else found
        return word if how.endswith("-") else UNKNOWN
