# SPDX-License-Identifier: Apache-2.0
"""Strict JSON with places: what it reads is what the standard library reads, and what it refuses it says where."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okta_aws.policies.json_text import DEEPEST, JsonObject, PolicyError, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
PUNCTUATION = ["{", "}", "[", "]", ",", ":", '"']
LITERALS = ['"a"', '"b"', '"\\u00e9"', '"\\x"', "true", "null", "nul", "NaN", "-Infinity", "é"]
NUMBERS = ["1", "-0", "01", "1.", ".5", "1e5", "-", "1E+400"]
TOKENS = st.lists(
    st.sampled_from([*PUNCTUATION, *LITERALS, *NUMBERS, " ", "\n", "\t", "\u00a0", "\x0b"]),
    max_size=12,
).map("".join)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_is_written_is_read(value: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    located = parse(text, "it")
    assert located.value == value
    assert located.length == len(json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only))


@given(TOKENS)
@example("[1,]")
@example('{"a":1,}')
@example("")
def test_it_takes_what_the_standard_library_takes_at_its_strictest(text: str) -> None:
    try:
        wanted = json.loads(text, parse_constant=_refuse, object_pairs_hook=_without_doubles)
    except ValueError:
        with pytest.raises(PolicyError):
            parse(text, "it")
    else:
        if "400" not in text:  # the standard library reads it as infinity
            assert parse(text, "it").value == wanted


def test_each_object_and_each_name_knows_its_line() -> None:
    value = parse('\n{"a": 1,\n\n "b": [\n  {"c":\n   2}]}', "it").value
    assert isinstance(value, JsonObject)
    assert (value.line, value.lines) == (2, {"a": 2, "b": 4})
    assert (value["b"][0].line, value["b"][0].lines) == (5, {"c": 5})


def test_white_space_within_text_counts_and_other_does_not() -> None:
    assert parse('{ "a" : "b c" }', "it").length == len('{"a":"b c"}')


@pytest.mark.parametrize(
    ("text", "place", "wanted", "found"),
    [
        ("", "line 1, column 1", "a value", "the end"),
        ("{", "line 1, column 2", "a name in double quotes", "the end"),
        ('{"a"}', "line 1, column 5", "a colon", "'}'"),
        ('{"a": }', "line 1, column 7", "a value", "'}'"),
        ('{"a": 1\n "b": 2}', "line 2, column 2", "a comma or }", "'\"b\": 2}'"),
        ("[1 2]", "line 1, column 4", "a comma or ]", "'2]'"),
        ("[1,]", "line 1, column 4", "a value", "']'"),
        ("{'a': 1}", "line 1, column 2", "a name in double quotes", "\"'a': 1}\""),
        ('{"a": 1,\n\n  "a": 2}', "line 3, column 3", "each name once", "'a' again, as in line 1"),
        ('{"a": 1} x', "line 1, column 10", "nothing after", "'x'"),
        ('{"a": NaN}', "line 1, column 7", "a value", "'NaN}'"),
        ('["a\nb"]', "line 1, column 4", "text in double quotes", "Invalid control character"),
        ('["a', "line 1, column 2", "text in double quotes", "Unterminated string"),
        ("[1e999]", "line 1, column 2", "a number of a usual size", "'1e999'"),
        ("9" * 5000, "line 1, column 1", "a number of a usual size", "999"),
        ("\ufeff{}", "line 1, column 1", "JSON", "byte order mark"),
        ("[" * (DEEPEST + 1), f"line 1, column {DEEPEST + 2}", f"at most {DEEPEST} levels", "one more"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, wanted: str, found: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text, "trust.json")
    assert caught.value.place == place
    assert wanted in caught.value.wanted
    assert found in caught.value.found
    assert caught.value.line == int(place.split(",", maxsplit=1)[0].removeprefix("line "))
    assert str(caught.value).startswith(f"trust.json: {place}: wanted ")


@pytest.mark.parametrize(
    ("data", "place", "found"),
    [
        (b"\xef\xbb\xbf{}", "line 1, column 1", "byte order mark"),
        (b"\xff\xfe{\x00}\x00", "line 1, column 1", "byte order mark of UTF-16"),
        (b'{\n "a": "\xe9"}', "line 2, column 8", "the byte 0xe9"),
    ],
)
def test_bytes_that_are_no_plain_utf_8_are_told_with_their_place(data: bytes, place: str, found: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(data, "it")
    assert (caught.value.place, caught.value.line) == (place, int(place[5]))
    assert found in caught.value.found


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_is_refused_and_does_not_recurse(opening: str) -> None:
    with pytest.raises(PolicyError, match="levels of objects and lists"):
        parse(opening * 100_000, "it")


def test_as_deep_as_allowed_is_read() -> None:
    assert parse("[" * DEEPEST + "[]" + "]" * DEEPEST, "it").length == 2 * DEEPEST + 2


@pytest.mark.parametrize("text", ["x" * 101, b"x" * 401])
def test_what_is_too_long_is_refused_unread(text: str | bytes) -> None:
    with pytest.raises(PolicyError, match="at most 100 characters"):
        parse(text, "it", largest=100)


def test_a_token_pasted_for_a_policy_is_not_repeated_in_the_error() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.not-a-signature"
    with pytest.raises(PolicyError) as caught:
        parse(token, "it")
    assert token[:12] in str(caught.value)
    assert token[:13] not in str(caught.value)


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)
