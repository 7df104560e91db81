# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.plan_files import message, packed, varint
from okta_aws.approval.binary import BinaryError, Value, fields, text_of, value_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.integers(1, (1 << 29) - 1), st.integers(0, (1 << 64) - 1) | st.binary(max_size=300))))
def test_the_fields_of_a_message_are_read_in_their_order(said: list[tuple[int, int | bytes]]) -> None:
    assert list(fields(message(*said))) == said


def test_a_field_of_fixed_size_is_a_number_and_never_taken_for_text() -> None:
    fixed = varint(7 << 3 | 1) + b"\x01" + bytes(7) + varint(8 << 3 | 5) + b"\x00\x01\x00\x00"
    assert list(fields(fixed + message((9, 1)))) == [(7, 1), (8, 256), (9, 1)]


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05abc",
        b"\x08\x80",
        b"\x08" + b"\x80" * 10 + b"\x01",
        b"\x08" + b"\xff" * 9 + b"\x02",
        b"\x00\x00",
        varint(1 << 32) + b"\x00",
        b"\x0b\x0c",
        b"\x0e",
        b"\x09\x01",
        b"\x0a" + b"\xff" * 9 + b"\x01",
    ],
    ids=[
        "no length",
        "cut",
        "a number that is cut",
        "eleven bytes",
        "over 64 bits",
        "field 0",
        "a field too high",
        "a group",
        "no such type",
        "fixed and cut",
        "the longest length",
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(BinaryError):
        list(fields(data))


@given(st.binary(max_size=300))
def test_no_bytes_are_a_defect(data: bytes) -> None:
    with contextlib.suppress(BinaryError):
        list(fields(data))
    with contextlib.suppress(BinaryError):
        value_of(data)


@given(VALUES)
def test_a_value_is_read_back(value: Value) -> None:
    assert value_of(packed(value)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("7f", 127),
        ("e0", -32),
        ("cc80", 128),
        ("cd0100", 256),
        ("ce00010000", 65536),
        ("cfffffffffffffffff", (1 << 64) - 1),
        ("d080", -128),
        ("d1ff00", -256),
        ("d2ffff0000", -65536),
        ("a161", "a"),
        ("d90161", "a"),
        ("da000161", "a"),
        ("9101", [1]),
        ("dc000101", [1]),
        ("81a16101", {"a": 1}),
        ("de0001a16101", {"a": 1}),
    ],
)
def test_each_form_of_a_value_is_known(data: str, value: Value) -> None:
    assert value_of(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    [
        "",
        "c0c0",
        "c1",
        "c40161",
        "ca00000000",
        "d40000",
        "a261",
        "a1ff",
        "dbffffffff",
        "ddffffffff",
        "dfffffffff",
        "8101c0",
        "82a161c0a161c0",
        "91" * 12 + "c0",
        "81a161",
    ],
    ids=[
        "nothing",
        "two values",
        "no such type",
        "bytes",
        "a fraction",
        "an unknown value",
        "a text that is cut",
        "no UTF-8",
        "the longest text",
        "the longest list",
        "the longest map",
        "a name that is none",
        "a name twice",
        "too deep",
        "a map that is cut",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(data: str) -> None:
    with pytest.raises(BinaryError):
        value_of(bytes.fromhex(data))


def test_text_is_utf_8() -> None:
    assert text_of("ü".encode()) == "ü"
    with pytest.raises(BinaryError):
        text_of(b"\xff")
