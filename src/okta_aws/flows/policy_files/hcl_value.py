# SPDX-License-Identifier: Apache-2.0
"""Expressions of HCL as values, as far as they are literal; everything else is ``UNKNOWN``, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from okta_aws.policies.json_text import JsonObject
from okta_aws.trust.provider_name import UNKNOWN

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 64
_LONGEST = 1 << 20
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\$(\$\{)|%(%\{)')
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

# Asked for what a reference such as ("local", "name") stands for, and how deep the asking is.
Lookup = Callable[[tuple[str, ...], int], Any]


def value_of(node: Node, lookup: Lookup, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """What the expression ``node`` is; objects are ``JsonObject`` with lines."""
    inner = [child for child in node.named_children if child.type != "comment"]
    if depth > _DEEPEST or not inner:
        return UNKNOWN
    first = inner[0]
    if len(inner) > 1:
        return _reference(inner, lookup, depth)
    read = _READERS.get(first.type)
    return read(first, lookup, depth + 1) if read else UNKNOWN


def label(node: Node) -> str:
    """The text of a block's label, in quotes or bare."""
    return _text(node).strip('"')


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _reference(nodes: list[Node], lookup: Lookup, depth: int) -> Any:  # noqa: ANN401
    if nodes[0].type != "variable_expr" or any(node.type != "get_attr" for node in nodes[1:]):
        return UNKNOWN
    return lookup(tuple(_text(node).lstrip(".") for node in nodes), depth + 1)


def _literal(node: Node, lookup: Lookup, depth: int) -> Any:  # noqa: ANN401
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return UNKNOWN
    if inner.type == "string_lit":
        return _template(inner, lookup, depth)
    if inner.type == "null_lit":
        return None
    if inner.type == "bool_lit":
        return _text(inner) == "true"
    digits = _text(inner)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else UNKNOWN


def _template(node: Node, lookup: Lookup, depth: int) -> str:
    """A quoted template, pieces that are not literal as ``UNKNOWN``."""
    pieces = []
    for child in node.named_children:
        if child.type == "template_literal":
            pieces.append(_ESCAPE.sub(_unescaped, _text(child)))
        elif child.type == "template_interpolation":
            pieces.append(_interpolated(child, lookup, depth))
        elif child.type not in ("quoted_template_start", "quoted_template_end"):
            pieces.append(UNKNOWN)
    return _joined(pieces)


def _joined(pieces: list[str]) -> str:
    """The pieces as one text; references can make more of them than any policy is."""
    return "".join(pieces) if sum(map(len, pieces)) <= _LONGEST else UNKNOWN


def _heredoc(node: Node, lookup: Lookup, depth: int) -> str:
    """A here-document; line breaks are as in the file, so that lines can be counted."""
    pieces, starts = [], _text(node.children[0])
    for child in node.named_children:
        if child.type == "template_literal":
            pieces.append(_text(child).replace("$${", "${").replace("%%{", "%{"))
        elif child.type == "template_interpolation":
            pieces.append(_interpolated(child, lookup, depth))
        elif child.type not in ("heredoc_identifier", "heredoc_start"):
            pieces.append(UNKNOWN)
    text = _joined(pieces)
    return dedent(text) if starts.startswith("<<-") else text


def _interpolated(node: Node, lookup: Lookup, depth: int) -> str:
    inner = next((child for child in node.named_children if child.type == "expression"), None)
    found = value_of(inner, lookup, depth + 1) if inner is not None else UNKNOWN
    return found if isinstance(found, str) and "\n" not in found else UNKNOWN


def _template_expression(node: Node, lookup: Lookup, depth: int) -> str:
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return UNKNOWN
    return _heredoc(inner, lookup, depth) if inner.type == "heredoc_template" else _template(inner, lookup, depth)


def _collection(node: Node, lookup: Lookup, depth: int) -> Any:  # noqa: ANN401
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return UNKNOWN
    if inner.type == "tuple":
        return [value_of(one, lookup, depth + 1) for one in inner.named_children if one.type == "expression"]
    made = JsonObject(inner.start_point.row + 1)
    for element in inner.named_children:
        if element.type == "object_elem":
            _add_element(made, element, lookup, depth)
    return made


def _add_element(made: JsonObject, element: Node, lookup: Lookup, depth: int) -> None:
    parts = [child for child in element.named_children if child.type == "expression"]
    if len(parts) != 2:
        return
    bare = parts[0].named_children[:1]
    # A bare word is a name, unless it is in brackets (Terraform language, "Types and values").
    name = _text(bare[0]) if bare and bare[0].type == "variable_expr" else value_of(parts[0], lookup, depth + 1)
    name = name if isinstance(name, str) else UNKNOWN
    made[name] = value_of(parts[1], lookup, depth + 1)
    made.lines[name] = element.start_point.row + 1


def _call(node: Node, lookup: Lookup, depth: int) -> Any:  # noqa: ANN401
    name = _text(node.named_children[0])
    lists = [child for child in node.named_children if child.type == "function_arguments"]
    arguments = [one for child in lists for one in child.named_children]
    values = [value_of(one, lookup, depth + 1) for one in arguments if one.type == "expression"]
    if name == "jsonencode" and len(values) == 1:
        return values[0] if isinstance(values[0], dict) else json.dumps(values[0])
    if name in ("trimprefix", "replace") and all(isinstance(one, str) for one in values):
        if name == "trimprefix" and len(values) == 2 and UNKNOWN not in values[1]:
            return values[0].removeprefix(values[1])
        if name == "replace" and len(values) == 3 and values[1] and not values[1].startswith("/"):
            return values[0].replace(values[1], values[2])
    return UNKNOWN


def _parentheses(node: Node, lookup: Lookup, depth: int) -> Any:  # noqa: ANN401
    inner = node.named_children[0] if node.named_children else None
    return value_of(inner, lookup, depth + 1) if inner is not None and inner.type == "expression" else UNKNOWN


def _unescaped(match: re.Match[str]) -> str:
    letter, short, long, dollar, percent = match.groups()
    if letter:
        return _LETTERS[letter]
    if dollar or percent:
        return str(dollar or percent)
    number = int(short or long, 16)
    return chr(number) if number < 0x110000 else "\ufffd"


_READERS: dict[str, Callable[[Any, Lookup, int], Any]] = {
    "literal_value": _literal,
    "template_expr": _template_expression,
    "collection_value": _collection,
    "function_call": _call,
    "expression": value_of,
    "parenthesis": _parentheses,
}
