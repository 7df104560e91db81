# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_aws.aws.answer import texts, tree

LAUGHS = (
    b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><lolz>&b;</lolz>"""
)


def test_elements_are_found_by_name_wherever_they_are() -> None:
    body = b'<r xmlns="https://sts.invalid/doc/"><a> 1 </a><n:b xmlns:n="u"><c>2<!-- no -->3</c></n:b><d/></r>'
    assert texts(body) == {"a": "1", "c": "23", "b": "", "d": "", "r": ""}


def test_the_five_entities_of_xml_and_character_data_are_read() -> None:
    assert texts(b"<r><a>&lt;&amp;&gt;&quot;&apos;&#65;</a><b><![CDATA[<x>]]></b></r>")["a"] == "<&>\"'A"
    assert texts(b"<r><a/><b><![CDATA[<x>]]></b></r>")["b"] == "<x>"


def test_of_an_element_that_comes_twice_the_first_counts() -> None:
    assert texts(b"<r><Code>first</Code><x><Code>second</Code></x></r>")["Code"] == "first"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   ", id="blanks"),
        pytest.param(b"{}", id="JSON"),
        pytest.param(b"<html><br></html>", id="HTML"),
        pytest.param(b"<!DOCTYPE html><html></html>", id="a document type"),
        pytest.param(LAUGHS, id="a billion laughs"),
        pytest.param(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', id="an external entity"),
        pytest.param(b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>', id="an external document type"),
        pytest.param(b"<r>&undefined;</r>", id="an unknown entity"),
        pytest.param(b"<r>\xff\xfe</r>", id="invalid UTF-8"),
        pytest.param(b"<r>\x00</r>", id="a NUL"),
        pytest.param(b"<r>&#0;</r>", id="a NUL by number"),
        pytest.param(b"<r><a></r>", id="half an element"),
        pytest.param(b"<r/><r/>", id="two documents"),
        pytest.param(b"<a>" * 300_000, id="a deep beginning"),
    ],
)
def test_what_is_no_plain_xml_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        texts(body)


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "utf-7", "idna", "latin-1"])
def test_an_answer_is_utf_8_whatever_it_claims(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><r>ü</r>'.encode()
    assert texts(body) == {"r": "ü"}


def test_a_megabyte_of_depth_is_read_to_its_end() -> None:
    assert texts(b"<a>" * 140_000 + b"</a>" * 140_000) == {"a": ""}


def test_a_megabyte_of_text_is_read_to_its_end() -> None:
    assert len(texts(b"<r><a>" + b"&amp;" * 200_000 + b"</a></r>")["a"]) == 200_000


@given(st.binary() | st.text().map(lambda text: f"<r><a>{text}</a></r>".encode("utf-8", "replace")))
def test_any_bytes_are_texts_or_a_value_error(body: bytes) -> None:
    try:
        assert all(isinstance(text, str) for text in texts(body).values())
    except ValueError:
        return


def test_a_tree_keeps_what_comes_several_times() -> None:
    root = tree(b'<A xmlns="urn:x"><B><C>1</C></B><n:B xmlns:n="urn:y"><C> 2 </C></n:B></A>')
    assert root.name == "A"
    assert [one.one("C").text for one in root.all("B")] == ["1", "2"]
    assert root.one("nothing").one("at all").text == ""


@pytest.mark.parametrize("body", [b"", b"<A>", b"<!DOCTYPE A><A/>", b"<A/><B/>", b"\xff"])
def test_a_tree_of_what_is_no_xml_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        tree(body)
