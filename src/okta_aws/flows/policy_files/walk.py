# SPDX-License-Identifier: Apache-2.0
"""Paths to contents: files as they are named, folders with what in them looks like a trust policy."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from okta_aws.errors import Problem, SettingsError
from okta_aws.flows.policy_files.contents import Contents
from okta_aws.flows.policy_files.json_file import LARGEST, add_json
from okta_aws.trust.ignore import ignores_in

_SKIPPED = frozenset({".git", ".terraform", "node_modules", ".venv", "__pycache__", ".hg", ".svn"})
_JSON = (".json", ".tfstate", ".template")
_YAML = (".yaml", ".yml")
_HCL = (".tf", ".tofu")
KINDS = (*_JSON, *_YAML, *_HCL)
# More is no folder of policies; whoever has more names a part of it.
_MOST_FILES = 200_000
_DEEPEST = 64
# One of these is in every trust policy for tokens, and in every file that builds one.
_SIGNS = (b"AssumeRole", b"assume_role_policy", b"openid_connect_provider", b"OIDCProvider")


@dataclass(frozen=True, slots=True)
class File:
    """A file: ``path`` to open, ``shown`` to people; ``named``: given as such, not met in a folder."""

    path: str
    shown: str
    named: bool

    @property
    def kind(self) -> str:
        """How its name ends."""
        return os.path.splitext(self.path)[1].lower()


def read_paths(
    paths: Sequence[str], here: str, contents: Contents, debug: Callable[[str], None], busy_s: Callable[[], float]
) -> None:
    """Adds what ``paths`` hold. ``here``: the folder that relative paths start at. ``busy_s``: as in ``terraform_hcl``.

    Raises ``SettingsError`` for paths that are not there, all of them together.
    """
    files = list(files_of(paths, here, KINDS))
    modules: dict[str, list[tuple[bytes, str]]] = defaultdict(list)
    for file in files:
        data = data_of(file, contents)
        if data is None or not (file.named or any(sign in data for sign in _SIGNS) or file.kind in _HCL):
            continue
        debug(f"reading {file.shown}")
        contents.files += 1
        if file.kind in _HCL:
            modules[os.path.dirname(file.path)].append((data, file.shown))
        else:
            _add(file, data, contents)
    for module in modules.values():
        _add_module(module, contents, busy_s)


def _add(file: File, data: bytes, contents: Contents) -> None:
    if file.kind in _YAML or (file.kind not in _JSON and data.lstrip()[:1] not in (b"{", b"[")):
        if b"\0" in data:
            contents.cannot(file.shown, 1, "text", "a file of another kind, with zero bytes in it")
            return
        from okta_aws.flows.policy_files.yaml_file import add_yaml

        _add_ignores(data, file.shown, contents)
        add_yaml(data, file.shown, contents, named=file.named)
    else:
        add_json(data, file.shown, contents, named=file.named)


def _add_module(files: list[tuple[bytes, str]], contents: Contents, busy_s: Callable[[], float]) -> None:
    """Files of one folder are one module, in which one refers to another; without a role in any it is not read."""
    if not any(sign in data for data, _ in files for sign in _SIGNS):
        return
    from okta_aws.flows.policy_files.terraform_hcl import add_hcl

    for data, shown in files:
        _add_ignores(data, shown, contents)
    add_hcl(files, contents, busy_s)


def _add_ignores(data: bytes, shown: str, contents: Contents) -> None:
    if b"okta-aws-lint:" in data:
        contents.ignores.extend(ignores_in(data.decode("utf-8", "replace"), shown))


def data_of(file: File, contents: Contents) -> bytes | None:
    """The bytes of a file; whatever is no plain file, or cannot be read, becomes a finding."""
    try:
        # A pipe would hold us up for ever, and a device has no end.
        handle = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                contents.cannot(file.shown, None, "a plain file", "something else")
                return None
            if status.st_size > LARGEST:
                contents.cannot(file.shown, None, f"at most {LARGEST} bytes", str(status.st_size))
                return None
            return opened.read(LARGEST + 1)
    except OSError as error:
        contents.cannot(file.shown, None, "a readable file", (error.strerror or "an error").lower())
        return None


def files_of(paths: Sequence[str], here: str, kinds: tuple[str, ...]) -> Iterator[File]:
    """The files that ``paths`` name, and those below folders among them whose names end in one of ``kinds``.

    Raises ``SettingsError`` for paths that are not there, all of them together.
    """
    problems = []
    for given in dict.fromkeys(paths):
        path = os.path.join(here, given)
        if not os.path.lexists(path):
            problems.append(Problem("PATH", "argument", "a file or folder", f"nothing at {given!a}"))
    if problems:
        raise SettingsError(problems)
    for given in dict.fromkeys(paths):
        path = os.path.join(here, given)
        if os.path.isdir(path):
            yield from _inside(path, here, kinds)
        else:
            yield File(path, _shown(path, here), named=True)


def _inside(folder: str, here: str, kinds: tuple[str, ...]) -> Iterator[File]:
    """The files below ``folder`` that are of these kinds, sorted. No link is followed."""
    count = 0
    for at, folders, files in os.walk(folder, followlinks=False):
        depth = os.path.relpath(at, folder).count(os.sep)
        folders[:] = sorted(name for name in folders if name not in _SKIPPED) if depth < _DEEPEST else []
        for name in sorted(files):
            path = os.path.join(at, name)
            if not name.lower().endswith(kinds) or os.path.islink(path):
                continue
            count += 1
            if count > _MOST_FILES:
                found = f"more of them in {folder!a}"
                raise SettingsError([Problem("PATH", "argument", f"at most {_MOST_FILES} files", found)])
            yield File(path, _shown(path, here), named=False)


def _shown(path: str, here: str) -> str:
    """Relative to the working directory where it is below it: the same on every machine."""
    whole = os.path.normpath(path)
    inside = os.path.normpath(here) + os.sep
    return whole.removeprefix(inside).replace(os.sep, "/")
