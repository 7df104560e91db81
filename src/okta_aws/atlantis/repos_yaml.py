# SPDX-License-Identifier: Apache-2.0
"""The files that Atlantis reads, made from the map: the server's ``repos.yaml`` and repositories' ``atlantis.yaml``.

Source of the keys: runatlantis.io, server-side repo config and repo-level atlantis.yaml config.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from okta_aws.atlantis.map import AtlantisMap, Project

NOTICE = "# Written by `okta-aws atlantis init` from the map; change that, and run it again."
PROGRAM = "/usr/local/bin/okta-aws"
# Atlantis's own steps of each command, after ours.
_STEPS: Mapping[str, tuple[str, ...]] = {
    "plan": ("init", "plan"),
    "policy_check": ("show", "policy_check"),
    "apply": ("apply",),
    "import": ("init", "import"),
    "state_rm": ("init", "state_rm"),
}
# `approved` before a plan would leave nothing to approve; what a plan can do is up to the plan role.
_CLOSED = (
    "  - id: /.*/",
    "    workflow: okta-aws",
    "    plan_requirements: [undiverged]",
    "    apply_requirements: [approved, mergeable, undiverged]",
    "    import_requirements: [approved, mergeable, undiverged]",
    "    allowed_overrides: []",
    "    allowed_workflows: []",
    "    allow_custom_workflows: false",
    "    repo_config_file: atlantis.yaml",
    "    pre_workflow_hooks: []",
    "    post_workflow_hooks: []",
    "    autodiscover:",
    "      mode: disabled",
)
_GLOB = re.compile(r"[*?\[\]{}]")


@dataclass(frozen=True, slots=True)
class Program:
    """How Atlantis's steps call this program. ``path``: absolute, since the steps run in the pull request's folder."""

    path: str


def files(projects: AtlantisMap, program: Program) -> Mapping[str, str]:
    """Content by path, relative to the folder that they go to."""
    made = {"repos.yaml": "\n".join(_server(projects, program)) + "\n"}
    named: dict[str, list[Project]] = {}  # GitHub's names have no case
    for project in projects.projects:
        if "*" not in project.repository:
            named.setdefault(project.repository.lower(), []).append(project)
    for listed in named.values():
        path = f"repositories/{listed[0].repository.partition('/')[2]}/atlantis.yaml"
        made[path] = "\n".join(_of_repository(listed)) + "\n"
    return made


def allow_list(projects: AtlantisMap) -> str:
    """What Atlantis's ``--repo-allowlist`` should be for the map.

    Atlantis compares what comes before a ``*`` only where that is the last character: of ``github.com/acme/*-prod`` it
    takes any repository of any host that ends so (its ``repo_allowlist_checker.go``, 0.47). So such a pattern is cut.
    """
    return ",".join(dict.fromkeys(re.sub(r"\*.*", "*", project.repository) for project in projects.projects))


def _server(projects: AtlantisMap, program: Program) -> Iterator[str]:
    yield NOTICE
    yield "# What no file but the server's own flags can say, and what they should be:"
    yield f"#   --repo-allowlist={allow_list(projects)}"
    yield "#   --allow-fork-prs=false        (its default) code of forks is not even planned"
    yield "#   --checkout-strategy=merge     `undiverged` means nothing without it"
    yield "#   --allow-commands=version,plan,apply,unlock,approve_policies,cancel   (its default) Atlantis has no"
    yield "#                                 requirements for `state rm`, so leave `state` out"
    yield "#   --repo-config=PATH            this file;  --api-secret: unset, unless `okta-aws atlantis apply` uses it"
    yield "repos:"
    yield "  # Every repository: what the map does not name gets no role, whatever its own atlantis.yaml says."
    yield from _CLOSED
    yield "workflows:"
    yield "  okta-aws:"
    for command, steps in _STEPS.items():
        yield f"    {command}:"
        yield "      steps:"
        yield "        - multienv:"
        yield f"            command: {_quoted(f'{program.path} atlantis credentials {command}')}"
        yield "            output: hide"
        yield from (f"        - {step}" for step in steps)
    yield "team_authz:"
    yield f"  command: {_quoted(program.path)}"
    yield '  args: ["atlantis", "authorize"]'


def _of_repository(projects: list[Project]) -> Iterator[str]:
    yield NOTICE
    yield "# It only tells Atlantis which projects there are; roles, requirements and workflow are the server's."
    for project in projects:
        if _is_pattern(project):
            place = f"{project.rule.directory} in workspace {project.rule.workspace}"
            yield f"# {place} is a pattern of the map: list its projects here by hand."
    yield "version: 3"
    yield "automerge: false"
    listed = [project for project in projects if not _is_pattern(project)]
    yield "projects:" if listed else "projects: []"
    for project in listed:
        yield f"  - name: {_quoted(project.name or _name_of(project))}"
        yield f"    dir: {_quoted(project.rule.directory)}"
        yield f"    workspace: {_quoted(project.rule.workspace)}"
        yield "    autoplan:"
        yield f"      enabled: {'true' if 'autoplan' in project.rule.may else 'false'}"


def _is_pattern(project: Project) -> bool:
    """Whether it is about more than one place, to us or to Atlantis."""
    return bool(_GLOB.search(project.rule.directory) or "*" in project.rule.workspace)


def _name_of(project: Project) -> str:
    """A name of its own for each place: two projects of one name are an error to Atlantis."""
    place = "root" if project.rule.directory == "." else project.rule.directory
    return re.sub(r"[^\w./~-]", "-", f"{place}.{project.rule.workspace}", flags=re.ASCII)


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar: JSON's strings are a subset of them, but for their halves of characters.

    ``text`` is printable, as the map's patterns and names are.
    """
    return json.dumps(text, ensure_ascii=False)
