# SPDX-License-Identifier: Apache-2.0
"""Atlantis among the containers of an ECS task definition: as AWS prints it, or as Terraform has it.

Source: ECS API reference, ContainerDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.atlantis.setup_files import flags
from okta_aws.atlantis.setup_files.facts import Place, Server, Setting, line_of, mapping, objects
from okta_aws.atlantis.setup_files.images import is_atlantis, signs_in, version_of
from okta_aws.policies.json_text import JsonObject
from okta_aws.trust.provider_name import UNKNOWN

_VERSION_LABEL = "org.opencontainers.image.version"


@dataclass(frozen=True, slots=True)
class Task:
    """A task definition. ``containers``: as the API has them. ``lines``: that their lines are those of the file."""

    containers: object
    place: Place
    role: str
    lines: bool
    sign_in: bool = False


def is_task_definition(value: Mapping[str, Any]) -> bool:
    """That this is a task definition, or AWS's answer with one."""
    return isinstance(mapping(value.get("taskDefinition", value)).get("containerDefinitions"), list)


def task_of(value: Mapping[str, Any], file: str) -> Task:
    """The task definition that AWS prints or takes."""
    task = mapping(value.get("taskDefinition", value))
    role = task.get("taskRoleArn")
    place = Place(file, line_of(task, "containerDefinitions"), str(task.get("family") or ""))
    return Task(task["containerDefinitions"], place, role if isinstance(role, str) else "", lines=True)


def tasks_of_terraform(value: Mapping[str, Any], file: str) -> Iterator[Task]:
    """The task definitions of ``terraform show -json``, of a plan or of the state."""
    resources = list(_resources(value))
    sign_in = any(kind.startswith("aws_lb_listener") and _signs_in(values) for kind, _, values in resources)
    for kind, address, values in resources:
        if kind != "aws_ecs_task_definition":
            continue
        text, role = values.get("container_definitions"), values.get("task_role_arn")
        place = Place(file, line_of(values, "container_definitions"), address)
        try:
            containers = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            containers = None
        yield Task(containers, place, role if isinstance(role, str) else "", lines=False, sign_in=sign_in)


def servers_of(task: Task) -> Iterator[Server]:
    """Each Atlantis of a task."""
    containers = [one for one in task.containers if isinstance(one, dict)] if isinstance(task.containers, list) else []
    proxies = [one for one in containers if signs_in(str(one.get("image", "")))]
    for container in containers:
        if _is_server(container):
            yield _server(container, task, any(one is not container for one in proxies[:2]))


def _is_server(container: Mapping[str, Any]) -> bool:
    words = [*flags.words_of(container.get("entryPoint")), *flags.words_of(container.get("command"))]
    names = {str(one.get("name", "")) for key in ("environment", "secrets") for one in _pairs(container.get(key))}
    return (flags.sets_flags(names) or is_atlantis(str(container.get("image", "")))) and (
        not words or "server" in words
    )


def _server(container: Mapping[str, Any], task: Task, sign_in: bool) -> Server:
    about = str(container.get("name") or task.place.about)
    line = line_of(container) if task.lines else None
    at = Place(task.place.file, line or task.place.line, about, (task.place.line,))
    arguments = flags.of_arguments(
        [*flags.words_of(container.get("entryPoint")), *flags.words_of(container.get("command"))], at
    )
    plain = [(one, one.get("value", UNKNOWN), "value") for one in _pairs(container.get("environment"))]
    secret = [(one, UNKNOWN, "valueFrom") for one in _pairs(container.get("secrets"))]
    pairs = [(str(one.get("name", "")), value, _line(one, key, task)) for one, value, key in (*plain, *secret)]
    variables = flags.of_environment(pairs, at)
    settings = flags.together(arguments, variables.flags)
    unseen = [settings["config"].value] if "config" in settings else []
    unseen += [str(one.get("value", "")) for one in _pairs(container.get("environmentFiles"))]
    image = _said(container, "image", at, task)
    label = mapping(container.get("dockerLabels")).get(_VERSION_LABEL)
    version = version_of(image)
    if isinstance(label, str):
        version = Setting("version", label, at)
    roles = (Setting("task role", task.role, task.place),) if task.role else ()
    return Server(
        at, settings, variables.others, image, version, roles,
        sign_in=sign_in or task.sign_in, tls=True, home_in_memory=_home_in_memory(container, variables.others),
        unseen=tuple(unseen), secrets_unseen=bool(unseen),
    )  # fmt: skip


def _said(container: Mapping[str, Any], name: str, at: Place, task: Task) -> Setting | None:
    value = container.get(name)
    if not isinstance(value, str):
        return None
    return Setting(name, value, Place(at.file, _line(container, name, task) or at.line, at.about, at.around))


def _line(around: object, key: str, task: Task) -> int | None:
    return line_of(around, key) if task.lines else None


def _home_in_memory(container: Mapping[str, Any], others: tuple[Setting, ...]) -> bool:
    homes = {one.value for one in others if one.name == "HOME"} or {"/home/atlantis"}
    mounts = _pairs(mapping(container.get("linuxParameters")).get("tmpfs"))
    return any(one.get("containerPath") in homes for one in mounts)


def _pairs(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _signs_in(values: Mapping[str, Any]) -> bool:
    actions = [*_pairs(values.get("default_action")), *_pairs(values.get("action"))]
    return any(str(one.get("type", "")).startswith("authenticate-") for one in actions)


def _resources(value: Mapping[str, Any]) -> Iterator[tuple[str, str, JsonObject]]:
    waiting: list[Any] = [mapping(value.get("planned_values", value.get("values"))).get("root_module")]
    while waiting:
        module = mapping(waiting.pop())
        for one in objects(module.get("resources")):
            values = one.get("values")
            if one.get("mode") == "managed" and isinstance(values, JsonObject):
                yield str(one.get("type")), str(one.get("address")), values
        waiting.extend(objects(module.get("child_modules")))
