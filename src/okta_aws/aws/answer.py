# SPDX-License-Identifier: Apache-2.0
"""STS's XML answers as a flat mapping. Entity declarations, which no AWS service sends, are refused."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat


def texts(body: bytes) -> Mapping[str, str]:
    """The text of each element by its local name; where a name comes twice, the first counts.

    Raises ``ValueError`` where ``body`` is not well-formed XML, or declares a document type.
    """
    found: dict[str, str] = {}
    open_elements: list[tuple[str, list[str]]] = []

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        open_elements.append((name.rpartition(":")[2], []))

    def end(_name: str) -> None:
        name, pieces = open_elements.pop()
        found.setdefault(name, "".join(pieces).strip())

    def text(piece: str) -> None:
        if open_elements:
            open_elements[-1][1].append(piece)

    def refuse(*_declaration: object) -> None:
        raise ValueError("a document type declaration")

    # AWS's encoding, whatever the document claims: for others expat would call Python's codecs, which fail in ways of
    # their own.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as cause:
        raise ValueError(str(cause)) from None
    return found
