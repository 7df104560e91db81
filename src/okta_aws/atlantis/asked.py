# SPDX-License-Identifier: Apache-2.0
"""What Atlantis's step asks the helper: its variables, none of them believed before it is looked at.

Code that Terraform runs as Atlantis's user can send anything here, also what is true of another pull request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.approval.rules import normal
from okta_aws.arn import RoleArn
from okta_aws.atlantis.map import APPLYING, PLANNING, AtlantisMap, Project
from okta_aws.credentials import session_name_from
from okta_aws.errors import AtlantisError

_PART = r"(?!\.{1,2}(/|$))[A-Za-z0-9_.-]{1,100}"  # it becomes a part of addresses of GitHub's API
_REPOSITORY = re.compile(f"{_PART}/{_PART}", re.ASCII)
_DIRECTORY = re.compile(r"(?!/)(?!.*(^|/)\.\.(/|$))[^\x00-\x1f\x7f\\]{1,1024}")
# Atlantis refuses names of workspaces with slashes and `..` itself; Terraform takes what an URL may hold.
_WORKSPACE = re.compile(r"(?!.*\.\.)[\w.@+=,~%-]{1,255}", re.ASCII)
_PROJECT = re.compile(r"[^\x00-\x1f\x7f]{0,300}")
_PULL = re.compile(r"[0-9]{1,12}", re.ASCII)
_USER = re.compile(r"[^\x00-\x1f\x7f]{0,100}")
_HEAD = re.compile(r"([0-9a-f]{40}([0-9a-f]{24})?)?", re.ASCII)
_SESSION_NAME = 64
_COMMANDS = re.compile("|".join(sorted(PLANNING | APPLYING)))
_DOING = "looking a project up in the map"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for credentials. ``pull``: 0 where Atlantis was asked through its API without a pull request.

    ``repository``: OWNER/NAME. ``project``: Atlantis's name for it, often empty. ``head``: a commit, or empty.
    """

    command: str
    repository: str
    directory: str
    workspace: str
    project: str
    pull: int
    user: str
    head: str

    @property
    def place(self) -> str:
        """Where, in words."""
        return f"repository {self.repository}, directory {self.directory}, workspace {self.workspace}"

    @property
    def session_name(self) -> str:
        """REPO-PULL-USER, made fit; where it is too long, the repository's name is what is cut."""
        rest = f"-{self.pull}-{self.user or 'api'}"[: _SESSION_NAME - 8]
        name = self.repository.partition("/")[2][: _SESSION_NAME - len(rest)]
        return session_name_from(name + rest)


@dataclass(frozen=True, slots=True)
class Granted:
    """What the map grants for a request. ``duration_s``: of the session, in seconds."""

    project: Project
    role: RoleArn
    duration_s: int


def read(request: Mapping[str, Any]) -> Asked:
    """The request in ``request``. Raises ``AtlantisError`` (atlantis-not-mapped) where a part makes no sense."""
    pull = _text(request, "pull", _PULL, "the number of a pull request")
    return Asked(
        _text(request, "command", _COMMANDS, f"one of {', '.join(sorted(PLANNING | APPLYING))}"),
        _text(request, "repository", _REPOSITORY, "OWNER/NAME"),
        normal(_text(request, "directory", _DIRECTORY, "a directory of the repository")),
        _text(request, "workspace", _WORKSPACE, "the name of a workspace"),
        _text(request, "project", _PROJECT, "the name of a project"),
        int(pull),
        _text(request, "user", _USER, "a login"),
        _text(request, "head", _HEAD, "a commit"),
    )


def granted(asked: Asked, projects: AtlantisMap) -> Granted:
    """The role that the map grants for it. Raises ``AtlantisError`` (atlantis-not-mapped) with the line in question."""
    project = projects.project_for(asked.repository, asked.directory, asked.workspace)
    if project is None:
        raise _refused(f"an entry of the map for {asked.place}", "none")
    line = f"line {project.line} of the map"
    if project.name and asked.project and asked.project != project.name:
        raise _refused(f"the project {project.name} for {asked.place} ({line})", f"one named {asked.project!a}")
    role, duration_s = project.role_for(asked.command)
    if role is None:
        kind = "a plan-role" if asked.command in PLANNING else "an apply-role"
        raise _refused(f"{kind} for {asked.command} of {asked.place}", f"none ({line})")
    if asked.command in APPLYING and not asked.pull:
        # Atlantis's API skips `approved` and `mergeable` for those.
        raise _refused(f"a pull request to {asked.command} for", "none: asked through the API without its number")
    return Granted(project, role, duration_s)


def _text(request: Mapping[str, Any], key: str, form: re.Pattern[str], wanted: str) -> str:
    value = request.get(key)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _refused(f"{key}: {wanted}", ascii(value)[:200] if value else "nothing")
    return value


def _refused(wanted: str, found: str) -> AtlantisError:
    fix = "add it to the map on the server, which no pull request can change, and start the helper again"
    return AtlantisError("atlantis-not-mapped", _DOING, wanted=wanted, found=found, fix=fix)
