# SPDX-License-Identifier: Apache-2.0
"""Where a plan's state goes: the backend that the plan file itself names, and whether it may.

``terraform apply PLANFILE`` uses the backend in the plan, not the one of the folder that it runs in, and the rendering
does not show it. So the state, and the credentials that reach it, go where the plan's author says, unless somebody
looks.
Sources: terraform/internal/plans/planproto/planfile.proto (``Plan``, ``Backend``, ``DynamicValue``);
terraform/internal/backend/remote-state/s3 for the settings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from okta_aws.approval.binary import BinaryError, Value, fields, text_of, value_of
from okta_aws.approval.plan_archive import PlanFileError

MAX_CHARACTERS = 4096
DEFAULT_PREFIX = "env:"
_BACKEND, _STATE_STORE = 13, 29
_TYPE, _CONFIG, _WORKSPACE = 1, 2, 3
_MSGPACK = 1
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_KMS_KEY = re.compile(r"[A-Za-z0-9:/_-]{1,300}")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")  # no ARN: that could be a table of another account
_ACCOUNT = re.compile(r"[0-9]{12}")
_ACLS = {"private", "bucket-owner-full-control"}
_RETRIES = {"standard", "adaptive", "legacy"}


@dataclass(frozen=True, slots=True)
class Backend:
    """What a plan says of its state. ``settings``: those that are set."""

    kind: str
    workspace: str
    settings: Mapping[str, Value]

    def canonical(self) -> str:
        """The one text that stands for it: JSON in ASCII, names in order, no blanks."""
        value = {"type": self.kind, "workspace": self.workspace, **{f"s3.{k}": v for k, v in self.settings.items()}}
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class StatePlace:
    """Where the state has to be. ``key``: of the object, workspace and prefix included."""

    bucket: str
    key: str
    workspace: str
    region: str


def state_object(key: str, workspace: str, prefix: str) -> str:
    """The key of the state object of a workspace, as the S3 backend names it (``workspace_key_prefix``)."""
    return key if workspace == "default" else f"{prefix}/{workspace}/{key}"


def backend_of(plan: bytes) -> Backend:
    """The backend in ``plan``, the message that a plan file holds. Raises ``PlanFileError``."""
    try:
        return _backend(plan)
    except BinaryError as error:
        raise PlanFileError(f"its backend cannot be read: {error}") from None


def _backend(plan: bytes) -> Backend:
    found = [(number, value) for number, value in fields(plan) if number in {_BACKEND, _STATE_STORE}]
    # Protobuf would merge two of them, and a newer Terraform has a second way to say where state is stored.
    if len(found) != 1 or found[0][0] != _BACKEND:
        raise BinaryError("wanted one backend")
    said = _only(_bytes(found[0][1]), {_TYPE, _CONFIG, _WORKSPACE})
    settings = value_of(_only(said.get(_CONFIG, b""), {_MSGPACK}).get(_MSGPACK, b""))
    if not isinstance(settings, dict):
        raise BinaryError("wanted settings by their names")
    given = {name: value for name, value in settings.items() if not _is_unset(value)}
    return Backend(text_of(said.get(_TYPE, b"")), text_of(said.get(_WORKSPACE, b"")), given)


def problems_of_backend(backend: Backend, wanted: StatePlace) -> list[str]:
    """Why the state of a plan with ``backend`` would not go to ``wanted``, or not by that way alone.

    Only the names of settings are told, or what is no secret.
    """
    if backend.kind != "s3":
        return [f"the plan's backend: wanted s3, found {backend.kind[:40]!a}"]
    told = []
    settings = backend.settings
    prefix = settings.get("workspace_key_prefix", DEFAULT_PREFIX)
    key = state_object(str(settings.get("key")), wanted.workspace, str(prefix))
    found = {"bucket": settings.get("bucket"), "key": key, "workspace": backend.workspace}
    # Unset, the region is that of the job, as for all others who ask.
    found["region"] = settings.get("region", wanted.region)
    for name, value in found.items():
        if value != getattr(wanted, name):
            told.append(f"the plan's backend: wanted the {name} {getattr(wanted, name)}, found {value!a:.200}")
    for name, value in settings.items():
        fits = _SETTINGS.get(name)
        if fits is None and name != "insecure":
            told.append(f"the plan's backend: wanted no setting {name[:100]!a}")
        elif fits is None and value is not False:
            told.append("the plan's backend: wanted no setting 'insecure'")
        elif fits is not None and not fits(value):
            told.append(f"the plan's backend: wanted another value of {name}")
    if len(backend.canonical()) > MAX_CHARACTERS:
        told.append(f"the plan's backend: wanted at most {MAX_CHARACTERS} characters of settings")
    return told


def _only(message: bytes, known: set[int]) -> dict[int, bytes]:
    """The fields of a message, each once, all of them bytes, and no others."""
    found: dict[int, bytes] = {}
    for number, value in fields(message):
        if number not in known or number in found:
            raise BinaryError("wanted each known field once")
        found[number] = _bytes(value)
    return found


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise BinaryError("wanted bytes, found a number")
    return value


def _is_unset(value: Value) -> bool:
    if isinstance(value, dict):
        return all(_is_unset(one) for one in value.values())
    return value is None or value == []


def _text(shape: re.Pattern[str]) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, str) and shape.fullmatch(value) is not None


def _one_of(known: set[str]) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, str) and value in known


def _is_flag(value: Value) -> bool:
    return isinstance(value, bool)


def _is_count(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100


def _are_accounts(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and _ACCOUNT.fullmatch(one) for one in value)


_ANY_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,1024}")
# What a plan may set. None of it says where requests go, with whose credentials, or who can read the state. Whatever is
# not here (endpoints, profiles, roles, keys, files with credentials, proxies, certificates, a customer's key for
# encryption, and what a later version may know) is refused.
_SETTINGS: Mapping[str, Callable[[Value], bool]] = {
    "bucket": _text(_ANY_TEXT),
    "key": _text(_ANY_TEXT),
    "workspace_key_prefix": _text(_ANY_TEXT),
    "region": _text(_REGION),
    "acl": _one_of(_ACLS),
    "encrypt": _is_flag,
    "kms_key_id": _text(_KMS_KEY),
    "dynamodb_table": _text(_TABLE),
    "use_lockfile": _is_flag,
    "force_path_style": _is_flag,
    "use_path_style": _is_flag,
    "use_dualstack_endpoint": _is_flag,
    "use_fips_endpoint": _is_flag,
    "skip_credentials_validation": _is_flag,
    "skip_metadata_api_check": _is_flag,
    "skip_region_validation": _is_flag,
    "skip_requesting_account_id": _is_flag,
    "skip_s3_checksum": _is_flag,
    "allowed_account_ids": _are_accounts,
    "forbidden_account_ids": _are_accounts,
    "max_retries": _is_count,
    "retry_mode": _one_of(_RETRIES),
}
