# SPDX-License-Identifier: Apache-2.0
"""The two encodings inside a plan: fields of a protobuf message, and values of MessagePack.

Both are read strictly, as far as a plan's backend needs them: what is not known is an error, and so is whatever two
readers could understand differently.
Sources: protobuf.dev, "Encoding"; github.com/msgpack/msgpack, "spec.md".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = "bool | int | str | list[Value] | dict[str, Value] | None"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LARGEST_FIELD = (1 << 29) - 1
_DEEPEST = 8
_FIXED = {_FIXED64: 8, _FIXED32: 4}
# The first byte of a value, and how many bytes its length takes.
_TEXTS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_LISTS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}
_NUMBERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_SIGNED = {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_CONSTANTS: dict[int, bool | None] = {0xC0: None, 0xC2: False, 0xC3: True}


class BinaryError(ValueError):
    """Bytes that are not what they should be; says what was wanted and what was found."""


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf ``message``, in its order. Raises ``BinaryError``.

    A number of fixed size is a number: a reader that looks for bytes in that field does not take it for some.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if not 0 < number <= _LARGEST_FIELD:
            raise BinaryError(f"wanted a field of a message, found number {number}")
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind != _BYTES and kind not in _FIXED:
            raise BinaryError(f"wanted a field of a message, found the wire type {kind}")
        size, at = _varint(message, at) if kind == _BYTES else (_FIXED[kind], at)
        body = _taken(message, at, size)
        yield number, body if kind == _BYTES else int.from_bytes(body, "little")
        at += size


def value_of(data: bytes) -> Value:
    """The one value that ``data`` is in MessagePack. Raises ``BinaryError``."""
    value, at = _value(data, 0, 0)
    if at != len(data):
        raise BinaryError("wanted one value, found more behind it")
    return value


def text_of(data: bytes) -> str:
    """The text that ``data`` is. Raises ``BinaryError``."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BinaryError("wanted text, found other bytes") from None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(data):
            raise BinaryError("wanted a number, found the end")
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, at + place + 1
    raise BinaryError("wanted a number of 64 bits, found a larger one")


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    kind, at = int.from_bytes(_taken(data, at, 1)), at + 1
    if depth > _DEEPEST:
        raise BinaryError(f"wanted values at most {_DEEPEST} deep, found deeper ones")
    if kind in _CONSTANTS:
        return _CONSTANTS[kind], at
    if kind < 0x80 or kind >= 0xE0:
        return kind if kind < 0x80 else kind - 0x100, at
    if kind in _NUMBERS or kind in _SIGNED:
        size = (_NUMBERS | _SIGNED)[kind]
        return int.from_bytes(_taken(data, at, size), signed=kind in _SIGNED), at + size
    if 0xA0 <= kind < 0xC0 or kind in _TEXTS:
        size, at = _size(data, at, kind & 0x1F, _TEXTS.get(kind, 0))
        return text_of(_taken(data, at, size)), at + size
    if 0x90 <= kind < 0xA0 or kind in _LISTS:
        size, at = _size(data, at, kind & 0x0F, _LISTS.get(kind, 0))
        return _list(data, at, size, depth)
    if 0x80 <= kind < 0x90 or kind in _MAPS:
        size, at = _size(data, at, kind & 0x0F, _MAPS.get(kind, 0))
        return _map(data, at, size, depth)
    # Among them the extension that stands for a value that is not known yet.
    raise BinaryError(f"wanted text, a whole number, a list or a map, found the type {kind:#04x}")


def _list(data: bytes, at: int, size: int, depth: int) -> tuple[Value, int]:
    found: list[Value] = []
    for _ in range(size):
        value, at = _value(data, at, depth + 1)
        found.append(value)
    return found, at


def _map(data: bytes, at: int, size: int, depth: int) -> tuple[Value, int]:
    found: dict[str, Value] = {}
    for _ in range(size):
        key, at = _value(data, at, depth + 1)
        if not isinstance(key, str) or key in found:
            raise BinaryError("wanted a map with each name once, found something else")
        found[key], at = _value(data, at, depth + 1)
    return found, at


def _size(data: bytes, at: int, inside: int, following: int) -> tuple[int, int]:
    """A length: within the first byte, or in the bytes that follow it."""
    return (int.from_bytes(_taken(data, at, following)) if following else inside), at + following


def _taken(data: bytes, at: int, size: int) -> bytes:
    if size > len(data) - at:
        raise BinaryError(f"wanted {size} more bytes, found the end")
    return data[at : at + size]
