# SPDX-License-Identifier: Apache-2.0
"""YAML as JSON with lines. Tags of CloudFormation (``!Sub``) become what they are short for (``{"Fn::Sub": …}``).

Scalars stay text: CloudFormation and IAM take ``2012-10-17`` and ``true`` as such. An alias costs what it stands for
each time, so a small file that unfolds to a huge one is refused; CloudFormation takes no aliases at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from okta_aws.errors import Error
from okta_aws.flows.policy_files.contents import Contents
from okta_aws.flows.policy_files.json_file import add_value
from okta_aws.policies.json_text import JsonObject, LocatedText, PolicyError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

# CloudFormation's own limit for a template (user guide, "Quotas").
LARGEST = 1_000_000
_WHAT = "the file"
_MOST_NODES = 100_000
# A long text counts as several: aliases of one could unfold to more than there is memory.
_CHARACTERS_OF_A_NODE = 100
_DEEPEST = 64
# Far beyond what a template has, far below what exhausts the stack.
_MOST_INDENTED = 500
_MOST_OPEN = 500
_SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


def add_yaml(data: bytes, file: str, contents: Contents, *, named: bool) -> None:
    """Adds what the file holds. ``named`` as in ``json_file``. Raises ``Error`` where the library is missing."""
    try:
        value = read_yaml(data)
    except PolicyError as error:
        contents.refuse(file, error.line or None, error)
        return
    add_value(value, file, contents, named=named)


def read_yaml(data: bytes) -> Any:  # noqa: ANN401 - YAML
    """What ``data`` says: scalars as ``LocatedText``, mappings as ``JsonObject``. Raises ``PolicyError``, ``Error``."""
    return _Converter().value(_node(data))


def _node(data: bytes) -> Node:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
    except ImportError:
        raise missing("ruamel.yaml") from None
    if len(data) > LARGEST:
        raise PolicyError(_WHAT, "line 1", wanted=f"at most {LARGEST} bytes", found=str(len(data)), line=1)
    _look_at_depth(data)
    try:
        node: Node | None = YAML(typ="safe").compose(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise PolicyError(_WHAT, "line 1", wanted="UTF-8", found="other bytes", line=1) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(_WHAT, f"line {line}", wanted="YAML", found=str(error.problem), line=line) from None
    except (YAMLError, ValueError, RecursionError):
        raise PolicyError(_WHAT, "line 1", wanted="YAML", found="what no parser takes", line=1) from None
    if node is None:
        raise PolicyError(_WHAT, "line 1", wanted="YAML", found="nothing", line=1)
    return node


def _look_at_depth(data: bytes) -> None:
    """The parser is recursive, in C: what is deep is refused before it can exhaust the stack."""
    brackets = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        # Brackets in texts count too, but those come in pairs.
        brackets += line.count(b"[") + line.count(b"{") - line.count(b"]") - line.count(b"}")
        start = len(line) - len(line.lstrip(b" -?:\t"))
        if brackets > _MOST_OPEN or start > _MOST_INDENTED or line.count(b"[") + line.count(b"{") > _MOST_INDENTED:
            place = f"line {number}"
            raise PolicyError(_WHAT, place, wanted=f"at most {_DEEPEST} levels", found="more", line=number)


class _Converter:
    """Nodes to values; counts them."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def value(self, node: Node, depth: int = 0) -> Any:  # noqa: ANN401 - YAML
        line = node.start_mark.line + 1
        self._left -= 1 + (len(node.value) // _CHARACTERS_OF_A_NODE if isinstance(node.value, str) else 0)
        if self._left < 0 or depth > _DEEPEST:
            wanted = f"at most {_MOST_NODES} nodes, {_DEEPEST} levels deep, aliases unfolded"
            raise PolicyError(_WHAT, f"line {line}", wanted=wanted, found="more", line=line)
        plain = self._plain(node, line, depth)
        tag = str(node.tag or "")
        if not tag.startswith("!") or tag == "!":
            return plain
        made = JsonObject(line)
        made[_SHORT.get(tag, f"Fn::{tag[1:]}")] = plain
        return made

    def _plain(self, node: Node, line: int, depth: int) -> Any:  # noqa: ANN401 - YAML
        kind = type(node).__name__
        if kind == "SequenceNode":
            return [self.value(one, depth + 1) for one in node.value]
        if kind == "ScalarNode":
            return None if str(node.tag).endswith(":null") else LocatedText.of(node.value, line)
        made = JsonObject(line)
        for key, one in node.value:
            name = str(key.value)
            if name in made.lines:
                place = f"line {key.start_mark.line + 1}"
                found = f"{ascii(name)[:60]} again, as in line {made.lines[name]}"
                raise PolicyError(
                    _WHAT, place, wanted="each name once in a mapping", found=found, line=key.start_mark.line + 1
                )
            made.lines[name] = key.start_mark.line + 1
            made[name] = self.value(one, depth + 1)
        return made


def missing(library: str) -> Error:
    """A library of the extra ``lint`` is not there."""
    fix = 'pip install "okta-aws-action[lint]"'
    return Error("lint-library", "reading a file", wanted=f"the library {library}", found="none", fix=fix)
