# SPDX-License-Identifier: Apache-2.0
"""A server's ``repos.yaml``, as a file or inside another, and a repository's own ``atlantis.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okta_aws.atlantis.setup_files.facts import Place, RepoEntry, Repos, RepositoryFile, line_of, mapping, objects


def is_repos(value: Mapping[str, Any]) -> bool:
    """That this is a server's ``repos.yaml``."""
    listed = value.get("repos")
    return isinstance(listed, list) and any("id" in one for one in objects(listed))


def repos_of(value: Mapping[str, Any], at: Place, shift: int | None = 0) -> Repos:
    """``shift``: lines between the file's first and the text's first; ``None`` where its lines are not the file's."""
    found = []
    for one in objects(value.get("repos")):
        name = one.get("id")
        line = at.line if shift is None else line_of(one, shift=shift)
        name = str(name) if isinstance(name, str) else ""
        found.append(RepoEntry(name, Place(at.file, line, name, (at.line,)), one, shift))
    program = mapping(value.get("team_authz")).get("command")
    return Repos(at, tuple(found), bool(program), mapping(value.get("workflows")))


def is_repository_file(value: Mapping[str, Any]) -> bool:
    """That this is an ``atlantis.yaml``."""
    projects = value.get("projects")
    has_folders = isinstance(projects, list) and any("dir" in one for one in objects(projects))
    return "version" in value and (has_folders or "workflows" in value)


def repository_file_of(value: Mapping[str, Any], file: str) -> RepositoryFile:
    """The ``atlantis.yaml`` that ``value`` is."""
    return RepositoryFile(Place(file, line_of(value)), value)
