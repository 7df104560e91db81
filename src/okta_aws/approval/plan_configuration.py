# SPDX-License-Identifier: Apache-2.0
"""The code in a plan file: Terraform applies that, not what lies in the folder it runs in.

A plan job that was taken over could put in code that nobody reviewed: another setting of a provider, a provisioner.
So the code has to be that of the commit, file by file. Modules from elsewhere are not in the commit; they are told.
Sources: terraform/internal/plans/planfile/config_snapshot.go (the manifest); terraform/internal/configs (which files
of a folder are code); OpenTofu documentation, "Files and Directories" (``.tofu`` in the place of ``.tf``).
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.approval.plan_archive import MANIFEST, MODULES, PlanFileError

MAX_FOLDERS = 200
_INSTALLED = ".terraform/modules/"
_KEY = re.compile(r"([\w-]+(\.[\w-]+)*)?")
_MEMBERS = {"Key", "Source", "Version", "Dir"}
_WANTED = "wanted a manifest of modules as Terraform writes it"


@dataclass(frozen=True, slots=True)
class Module:
    """One module in a plan. ``folder``: from that of the root module. ``files``: by their names."""

    key: str
    source: str
    version: str
    folder: str
    files: Mapping[str, bytes]

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether Terraform installed it, so that it is no part of the commit."""
        return self.folder.startswith(_INSTALLED)

    def __str__(self) -> str:
        digest = hashlib.sha256()
        for name, body in sorted(self.files.items()):
            digest.update(f"{len(name.encode())} {name} {len(body)} ".encode() + body)
        return f"module.{self.key}: {self.source} {self.version}".rstrip() + f", SHA-256 {digest.hexdigest()}"


def modules_of(members: Mapping[str, bytes]) -> list[Module]:
    """The modules in a plan, the root module first. Raises ``PlanFileError``."""
    files: dict[str, dict[str, bytes]] = {}
    for name, body in members.items():
        if name.startswith(MODULES):
            key, _, file = name.removeprefix(MODULES).rpartition("/")
            files.setdefault(key, {})[file] = body
    found: dict[str, Module] = {}
    for record in _records(members.get(MANIFEST, b"")):
        key, source, folder = record["Key"], record.get("Source", ""), posixpath.normpath(record["Dir"])
        module = Module(key, source, record.get("Version", ""), folder, files.pop(key, {}))
        if key in found or not _KEY.fullmatch(key) or not _is_at_home(module, found):
            raise PlanFileError(f"{_WANTED}, found module {key[:100]!a} in {record['Dir'][:100]!a}")
        found[key] = module
    if files or "" not in found:
        raise PlanFileError(f"{_WANTED}, found modules that it does not name")
    return list(found.values())


def folders_of(modules: Iterable[Module], directory: str) -> dict[str, Mapping[str, bytes]]:
    """The files of the modules that a commit has, by the folders of the repository. ``directory``: of the root module.

    Raises ``PlanFileError`` for a folder outside of the repository, and for too many.
    """
    found: dict[str, Mapping[str, bytes]] = {}
    for module in modules:
        if module.is_from_elsewhere:
            continue
        folder = posixpath.normpath(posixpath.join(directory, module.folder))
        if folder.split("/")[0] in {"", ".."}:
            raise PlanFileError(f"wanted modules of the repository, found one in {module.folder[:100]!a}")
        # Two ways to one folder: out of that of the root module and back into it, and straight.
        if found.setdefault(folder, module.files) != module.files:
            raise PlanFileError(f"wanted one code for the folder {folder[:100]!a}, found two")
    if len(found) > MAX_FOLDERS:
        raise PlanFileError(f"wanted modules in at most {MAX_FOLDERS} folders, found {len(found)}")
    return found


def differences_of_code(
    folder: str, files: Mapping[str, bytes], committed: Mapping[str, str], *, is_opentofu: bool
) -> list[str]:
    """In which files the code of ``folder`` in a plan is not the one that was committed.

    ``committed``: the commit's files in that folder, each with the id that Git gives its bytes. ``is_opentofu``: of the
    program that shows and applies it; the plan's files do not say, since those of one program could be left out.
    """
    code = _code(committed, is_opentofu=is_opentofu)
    told = []
    for name in sorted({*code, *files}):
        path = posixpath.normpath(f"{folder}/{name}")
        if name not in code:
            told.append(f"{path[:300]} is in the plan, and no code of the commit")
        elif name not in files:
            told.append(f"{path[:300]} is in the commit alone")
        elif code[name] != git_id(files[name]):
            told.append(f"{path[:300]} is not the same in plan and commit")
    return told


def git_id(body: bytes) -> str:
    """The id of a file with these bytes. Git's format, "Git Internals: Git Objects".

    It is SHA-1, which GitHub uses, and which says nothing about who can make two files of one id: GitHub refuses those
    of the attacks that are known (shattered.io), and both of them would have to be made before the review.
    """
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()  # noqa: S324 - Git's own


def _is_at_home(module: Module, found: Mapping[str, Module]) -> bool:
    """Whether a module is where its source says: seen from the one that calls it, or among those installed.

    Terraform itself checks that ``source`` is what the calling code says.
    """
    if not module.key:
        return module.folder == "." and not module.source
    caller = found.get(module.key.rpartition(".")[0])
    is_local = module.source.startswith(("./", "../"))
    if caller is None or any(one.folder == module.folder and one.files != module.files for one in found.values()):
        return False  # Terraform would read one of the two folders for both
    if is_local and posixpath.normpath(posixpath.join(caller.folder, module.source)) == module.folder:
        return module.is_from_elsewhere == caller.is_from_elsewhere
    return not is_local and module.is_from_elsewhere


def _records(manifest: bytes) -> list[dict[str, str]]:
    try:
        value = json.loads(manifest.decode(), object_pairs_hook=_record)
    except (ValueError, RecursionError):
        value = None
    # Go takes names in any case, and the last of two: so only these, each once.
    if not isinstance(value, list) or not all(isinstance(one, dict) and {"Key", "Dir"} <= set(one) for one in value):
        raise PlanFileError(f"{_WANTED}, found something else")
    # A caller before whom it calls.
    return sorted(value, key=lambda one: one["Key"].count(".") + bool(one["Key"]))


def _record(pairs: list[tuple[str, Any]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) != len(pairs) or not set(found) <= _MEMBERS or not all(isinstance(one, str) for _, one in pairs):
        raise ValueError("an unknown member")
    return found


def _code(committed: Mapping[str, str], *, is_opentofu: bool) -> dict[str, str]:
    """Those of the files that are code: for OpenTofu ``x.tofu`` takes the place of ``x.tf``."""
    found = {}
    for name, identity in committed.items():
        stem, _, kind = name.removesuffix(".json").rpartition(".")
        instead = f"{stem}.tofu{'.json' if name.endswith('.json') else ''}"
        replaced = is_opentofu and kind == "tf" and instead in committed
        hidden = name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#"))
        if stem and kind in ({"tf", "tofu"} if is_opentofu else {"tf"}) and not hidden and not replaced:
            found[name] = identity
    return found
