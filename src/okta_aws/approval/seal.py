# SPDX-License-Identifier: Apache-2.0
"""The statement that a seal signs, and whether it is about what is to be applied.

It says: these bytes are the plan, this text is what they mean, planned for this head of this pull request while the
state had this version, and stored by this backend. It is signed as canonical JSON; only that very form is read back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = 1
KIND = "okta-aws-action/plan-seal"  # so that no signature over something else of this key can ever be one of these
NO_STATE = "none"
MAX_CHARACTERS = 1 << 14
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIRECTORY = re.compile(r"(?=.{1,500}$)[\w.@+=,-]+(/[\w.@+=,-]+)*", re.ASCII)
_NAME = re.compile(r"[\w.@+-]{1,255}", re.ASCII)
_ENVIRONMENT = re.compile(r"[^\x00-\x1f\x7f`'\",;\\]{1,255}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,1024}")
_OBJECT_VERSION = re.compile(r"[\w.~+/=-]{1,1024}", re.ASCII)
_PROGRAM = re.compile(r"(Terraform|OpenTofu) v[0-9]{1,4}(\.[0-9]{1,4}){2}([+-][0-9A-Za-z.+-]{1,64})?")
_BACKEND = re.compile(r"\{[\x20-\x7e]{1,4096}\}")
_RUN = re.compile(r"[0-9]{1,20}-[0-9]{1,9}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LARGEST = 1 << 53  # as far as every reader of JSON counts whole numbers

_SHAPES: Mapping[str, re.Pattern[str]] = {
    "head": _COMMIT,
    "base": _COMMIT,
    "directory": _DIRECTORY,
    "workspace": _NAME,
    "environment": _ENVIRONMENT,
    "plan_bucket": _BUCKET,
    "plan_key": _KEY,
    "plan_version": _OBJECT_VERSION,
    "plan_sha256": _SHA256,
    "text_sha256": _SHA256,
    "state_bucket": _BUCKET,
    "state_key": _KEY,
    "state_version": _OBJECT_VERSION,
    "backend": _BACKEND,
    "program": _PROGRAM,
    "rendered_at": _TIME,
    "run": _RUN,
}


class SealError(ValueError):
    """A text that is no statement; says what was wanted and what was found."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a seal promises.

    ``head``: the commit that was planned. ``base``: of the base branch, at that time. ``state_version``: of the state
    object, ``NO_STATE`` where there was none. ``backend``: the settings by which the plan's state is stored, in their
    canonical form. ``rendered_at``: UTC, to the second. ``run``: of the seal, ID-ATTEMPT.
    ``changes``: whether applying it would change anything.
    """

    repository_id: int
    pull_request: int
    head: str
    base: str
    directory: str
    workspace: str
    environment: str
    plan_bucket: str
    plan_key: str
    plan_version: str
    plan_sha256: str
    text_sha256: str
    state_bucket: str
    state_key: str
    state_version: str
    backend: str
    program: str
    rendered_at: str
    run: str
    changes: bool

    @property
    def rendered_s(self) -> float:
        """When it was made, in seconds since 1970."""
        return datetime.fromisoformat(self.rendered_at).timestamp()

    def canonical(self) -> str:
        """The one text that stands for it: ASCII, names in order, no blanks."""
        return _canonical({"kind": KIND, "version": VERSION, **{name: getattr(self, name) for name in _FIELDS}})


_FIELDS = tuple(Statement.__slots__)


def time_text(seconds: float) -> str:
    """Seconds since 1970 as ``rendered_at`` has them."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_statement(text: str) -> Statement:
    """The statement that ``text`` is, letter by letter its canonical form. Raises ``SealError``."""
    if len(text) > MAX_CHARACTERS:
        raise SealError(f"wanted at most {MAX_CHARACTERS} characters, found {len(text)}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise SealError("wanted JSON, found something else") from None
    if not isinstance(value, dict) or set(value) != {"kind", "version", *_FIELDS}:
        raise SealError("wanted the members of a statement and no others")
    if value["kind"] != KIND or value["version"] != VERSION or isinstance(value["version"], bool):
        raise SealError(f"wanted {KIND} version {VERSION}, found another kind or version")
    statement = Statement(**{name: value[name] for name in _FIELDS})
    problems = problems_of(statement)
    if problems:
        raise SealError("; ".join(problems))
    if statement.canonical() != text:
        raise SealError("wanted the canonical form, found another one")
    return statement


def problems_of(statement: Statement) -> list[str]:
    """What in it has not the shape that it must have; nobody may seal such."""
    told = []
    for name, shape in _SHAPES.items():
        value = getattr(statement, name)
        if not isinstance(value, str) or not shape.fullmatch(value):
            told.append(f"{name}: found {ascii(value)[:100]}")
    if not told and ".." in statement.directory.split("/"):
        told.append("directory: wanted one inside the repository")
    for name in ("repository_id", "pull_request"):
        value = getattr(statement, name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LARGEST:
            told.append(f"{name}: found {ascii(value)[:100]}")
    changes: object = statement.changes
    if not isinstance(changes, bool):
        told.append(f"changes: found {ascii(changes)[:100]}")
    if not told:
        told += _no_moment(statement.rendered_at)
    return told


def mismatches(statement: Statement, wanted: Mapping[str, object]) -> list[str]:
    """In which members ``statement`` is not as ``wanted`` has them, by their names: ``head: wanted …, sealed …``."""
    return [
        f"{name.replace('_', ' ')}: wanted {_shown(value)}, sealed {_shown(getattr(statement, name))}"
        for name, value in wanted.items()
        if getattr(statement, name) != value
    ]


def _no_moment(text: str) -> list[str]:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return [f"rendered_at: found {text!a}"]
    return []


def _shown(value: object) -> str:
    return ascii(value)[:200].strip("'")


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
