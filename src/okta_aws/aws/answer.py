# SPDX-License-Identifier: Apache-2.0
"""AWS's XML answers, flat or as a tree. Entity declarations, which no AWS service sends, are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat


@dataclass(slots=True)
class Element:
    """An element by its local name; ``text`` is its own, stripped."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def one(self, name: str) -> Element:
        """The first child called ``name``, or an empty element."""
        return next((child for child in self.children if child.name == name), Element(name))

    def all(self, name: str) -> list[Element]:
        """All children called ``name``."""
        return [child for child in self.children if child.name == name]


def texts(body: bytes) -> Mapping[str, str]:
    """The text of each element by its local name; where a name comes twice, the first counts.

    Raises ``ValueError`` where ``body`` is not well-formed XML, or declares a document type.
    """
    found: dict[str, str] = {}

    def ended(element: Element, _parent: Element | None) -> None:
        found.setdefault(element.name, element.text)

    _read(body, ended)
    return found


def tree(body: bytes) -> Element:
    """The root element. Raises as ``texts`` does."""
    root = Element("")

    def ended(element: Element, parent: Element | None) -> None:
        (parent or root).children.append(element)

    _read(body, ended)
    return root.children[0]


def _read(body: bytes, ended: Callable[[Element, Element | None], None]) -> None:
    open_elements: list[tuple[Element, list[str]]] = []

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        open_elements.append((Element(name.rpartition(":")[2]), []))

    def end(_name: str) -> None:
        element, pieces = open_elements.pop()
        element.text = "".join(pieces).strip()
        ended(element, open_elements[-1][0] if open_elements else None)

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
