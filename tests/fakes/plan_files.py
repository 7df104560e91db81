# SPDX-License-Identifier: Apache-2.0
"""Plan files as a stranger could make them: encoders for what is inside, and real plans with a part swapped."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from okta_aws.approval.binary import Value, fields

BACKEND = 13
SETTINGS: dict[str, Value] = {"bucket": "acme-state", "key": "infra/terraform.tfstate"}


def varint(number: int) -> bytes:
    """A number as protobuf has it."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def message(*said: tuple[int, int | bytes]) -> bytes:
    """A protobuf message with these fields."""
    parts = []
    for number, value in said:
        if isinstance(value, int):
            parts += [varint(number << 3), varint(value)]
        else:
            parts += [varint(number << 3 | 2), varint(len(value)), value]
    return b"".join(parts)


def packed(value: Value) -> bytes:
    """A value in MessagePack, in the longest form: a reader has to know each."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + value.to_bytes(8, signed=True)
    if isinstance(value, str):
        return b"\xdb" + len(value.encode()).to_bytes(4) + value.encode()
    if isinstance(value, list):
        return b"\xdd" + len(value).to_bytes(4) + b"".join(map(packed, value))
    return b"\xdf" + len(value).to_bytes(4) + b"".join(packed(key) + packed(one) for key, one in value.items())


def backend_message(settings: Value, kind: str = "s3", workspace: str = "default") -> bytes:
    """A plan's backend."""
    return message((1, kind.encode()), (2, message((1, packed(settings)))), (3, workspace.encode()))


def plan_message(*backends: bytes) -> bytes:
    """The message of a plan: its version, and these backends."""
    return message((1, 3), *((BACKEND, one) for one in backends), (14, b"1.11.4"))


def with_backend(plan: bytes, backend: bytes) -> bytes:
    """The message of a plan with another backend."""
    return message(*((number, backend if number == BACKEND else value) for number, value in fields(plan)))


def archive(members: Iterable[tuple[str, bytes]], comment: bytes = b"") -> bytes:
    """A ZIP archive, packed as Go packs."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, body in members:
            file.writestr(name, body)
        file.comment = comment
    return buffer.getvalue()


def members(plan: bytes) -> dict[str, bytes]:
    """What is in a plan file."""
    with zipfile.ZipFile(io.BytesIO(plan)) as file:
        return {name: file.read(name) for name in file.namelist()}


def repacked(plan: bytes, changed: Mapping[str, bytes] = {}, gone: Sequence[str] = ()) -> bytes:
    """A plan file with other members."""
    kept = {**members(plan), **changed}
    return archive((name, body) for name, body in kept.items() if name not in gone)


def with_settings(plan: bytes, kind: str = "s3", workspace: str = "default", **changed: Any) -> bytes:  # noqa: ANN401
    """A real plan file with other settings of its backend."""
    from okta_aws.approval.backend import backend_of

    tfplan = members(plan)["tfplan"]
    settings = {**backend_of(tfplan).settings, **changed}
    return repacked(plan, {"tfplan": with_backend(tfplan, backend_message(settings, kind, workspace))})
