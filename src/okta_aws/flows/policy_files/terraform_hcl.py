# SPDX-License-Identifier: Apache-2.0
"""Terraform's own language, where it is literal: roles with a policy as jsonencode or here-document, policy
documents, providers.

Files of one folder are one module and are read together, as Terraform does. A variable is never known, not even by
its default.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from okta_aws.flows.policy_files.contents import Contents, Found, NotChecked, texts, whole_number
from okta_aws.flows.policy_files.hcl_value import label, value_of
from okta_aws.flows.policy_files.yaml_file import missing
from okta_aws.policies.json_text import JsonObject, PolicyError
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.provider_name import OIDC_PROVIDER, UNKNOWN
from okta_aws.trust.role import ProviderUrl

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_WHAT = "the file"
LARGEST = 1 << 20
# The parser calls back all 100 steps or so, for HCL 0.018 times a byte. What is no HCL takes up to 0.03 before it is
# known. Where templates are nested deeply or quotes never end, each step costs more the longer the file is: larger ones
# than this have to be read within some time as well (a mebibyte of HCL takes half of it).
_UNTIMED = 65_536
_LONGEST_S = 0.6
_STEPS_A_BYTE = 0.03
# The text of a node is read by the same function: larger pieces are copied for each name.
_PIECE = 1024
_FEWEST_CALLS = 400
_PROVIDER = "aws_iam_openid_connect_provider"
_DOCUMENT = "aws_iam_policy_document"
_ROLE = "aws_iam_role"
_MERGED = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its place. ``labels``: its type (``resource``, ``data``, ``statement``) and what stands behind
    it."""

    labels: tuple[str, ...]
    body: Node | None
    file: str
    line: int

    @property
    def address(self) -> str:
        """As Terraform calls it."""
        return ".".join(self.labels[1:] if self.labels[0] == "resource" else self.labels)

    def attribute(self, name: str) -> tuple[Node, int] | None:
        """The expression of an argument, with its line."""
        for child in self.body.named_children if self.body else ():
            if child.type == "attribute" and label(child.named_children[0]) == name:
                return child.named_children[-1], child.start_point.row + 1
        return None

    def blocks(self) -> Iterator[Block]:
        """The blocks inside."""
        return _blocks(self.body, self.file)


@dataclass(slots=True)
class Module:
    """The files of one folder."""

    blocks: dict[tuple[str, ...], Block] = field(default_factory=dict)
    used: set[tuple[str, ...]] = field(default_factory=set)
    locals: dict[str, Node] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        """One more block; locals by their names."""
        if block.labels != ("locals",):
            self.blocks[block.labels] = block
            return
        for child in block.body.named_children if block.body else ():
            if child.type == "attribute":
                self.locals[label(child.named_children[0])] = child.named_children[-1]

    def lookup(self, path: tuple[str, ...], depth: int) -> Any:  # noqa: ANN401 - any JSON value
        """What a reference stands for."""
        if path[0] == "local" and len(path) == 2:
            return self._local(path[1], depth)
        data = path[0] == "data"
        kind, name, attribute = path[1:4] if data and len(path) == 4 else path if len(path) == 3 else ("", "", "")
        if kind == _DOCUMENT and data and attribute in ("json", "minified_json"):
            return self._document(("data", kind, name))
        if kind == _PROVIDER and attribute in ("arn", "url"):
            block = self.blocks.get(("data" if data else "resource", kind, name))
            url = self.text(block, "url", depth) if block else None
            if url is not None and attribute == "url":
                return url
            return f"arn:{UNKNOWN}:iam::{UNKNOWN}{OIDC_PROVIDER}{url.removeprefix('https://')}" if url else UNKNOWN
        return UNKNOWN

    def text(self, block: Block, name: str, depth: int = 0) -> str | None:
        """An argument that is text."""
        found = block.attribute(name)
        value = value_of(found[0], self.lookup, depth + 1) if found else None
        return value if isinstance(value, str) else None

    def policy(self, key: tuple[str, ...]) -> object:
        """The policy of a policy document, or ``UNKNOWN`` where its shape is not literal."""
        block = self.blocks[key]
        if any(block.attribute(name) for name in _MERGED):
            return UNKNOWN
        made, statements = JsonObject(block.line), list[object]()
        for inner in block.blocks():
            statements.append(self._statement(inner) if inner.labels == ("statement",) else UNKNOWN)
        made["Version"] = self.text(block, "version") or "2012-10-17"
        made["Statement"] = statements
        return made

    def _local(self, name: str, depth: int) -> Any:  # noqa: ANN401
        if name not in self.locals:
            return UNKNOWN
        if name not in self.known:
            self.known[name] = UNKNOWN  # what a local that names itself stands for
            self.known[name] = value_of(self.locals[name], self.lookup, depth)
        return self.known[name]

    def _document(self, key: tuple[str, ...]) -> object:
        if key not in self.blocks:
            return UNKNOWN
        self.used.add(key)
        return self.policy(key)

    def _statement(self, block: Block) -> object:
        made = JsonObject(block.line)
        made["Effect"] = self.text(block, "effect") or "Allow"
        for name, element in _LISTS.items():
            self._copy(block, name, made, element)
        self._copy(block, "sid", made, "Sid")
        for inner in block.blocks():
            if inner.labels[0] in _PRINCIPALS:
                self._principal(inner, made.setdefault(_PRINCIPALS[inner.labels[0]], JsonObject(inner.line)))
            elif inner.labels == ("condition",):
                self._condition(inner, made.setdefault("Condition", JsonObject(inner.line)))
            else:
                return UNKNOWN
        everybody = made.get("Principal")
        if isinstance(everybody, dict) and set(everybody) == {"*"}:
            made["Principal"] = "*"
        return made

    def _copy(self, block: Block, name: str, into: JsonObject, element: str) -> None:
        found = block.attribute(name)
        if found:
            into[element] = value_of(found[0], self.lookup)
            into.lines[element] = found[1]

    def _principal(self, block: Block, into: JsonObject) -> None:
        identifiers = JsonObject(block.line)
        self._copy(block, "identifiers", identifiers, "values")
        kind = self.text(block, "type") or UNKNOWN
        into[kind] = [*into.get(kind, ()), *texts(identifiers.get("values"))]

    def _condition(self, block: Block, into: JsonObject) -> None:
        values = JsonObject(block.line)
        self._copy(block, "values", values, "values")
        test, variable = self.text(block, "test") or UNKNOWN, self.text(block, "variable") or UNKNOWN
        keys = into.setdefault(test, JsonObject(block.line))
        keys[variable] = [*keys.get(variable, ()), *texts(values.get("values"))]
        found = block.attribute("variable")
        keys.lines[variable] = found[1] if found else block.line


def add_hcl(files: Sequence[tuple[bytes, str]], contents: Contents, busy_s: Callable[[], float]) -> None:
    """Adds what the files of one folder hold. ``busy_s``: how long the processor has worked for this process.

    Raises ``Error`` where the library is missing.
    """
    parser, module = new_parser(), Module()
    for data, file in files:
        for block in read_blocks(data, file, parser, contents, busy_s):
            module.add(block)
    attached = _attached(module)
    for block in list(module.blocks.values()):
        if block.labels[1:2] == (_PROVIDER,):
            _add_provider(block, module, contents)
        elif block.labels[:2] == ("resource", _ROLE) and len(block.labels) == 3:
            _add_role(block, module, attached.get(block.address, []), contents)
    for key, block in module.blocks.items():
        if key[:2] == ("data", _DOCUMENT) and key not in module.used and _trusts(block):
            contents.add(Found(block.file, module.policy(key), block.address, block.line))


def _add_provider(block: Block, module: Module, contents: Contents) -> None:
    url, place = module.text(block, "url"), block.attribute("url")
    if url is not None and place is not None and url != UNKNOWN:
        contents.providers.append(ProviderUrl(block.address, url, block.file, place[1]))


def _add_role(block: Block, module: Module, attached: list[str], contents: Contents) -> None:
    found = block.attribute("assume_role_policy")
    if found is None:
        return
    node, line = found
    policy = value_of(node, module.lookup)
    source = module.blocks.get(_document_key(node), block)
    longest, managed = block.attribute("max_session_duration"), block.attribute("managed_policy_arns")
    own = texts(value_of(managed[0], module.lookup)) if managed else ()
    shift: int | None = 0
    if isinstance(policy, str):
        shift = line if "\n" in policy else None
    contents.add(
        Found(
            source.file,
            policy,
            block.address,
            source.line,
            line if source is block else None,
            shift,
            whole_number(value_of(longest[0], module.lookup)) if longest else None,
            Permissions((*own, *attached)),
        )
    )


def _attached(module: Module) -> dict[str, list[str]]:
    """Managed policies by the address of the role whose ``name`` or ``id`` they are attached to."""
    attached: dict[str, list[str]] = defaultdict(list)
    for key, block in module.blocks.items():
        role = block.attribute("role") if key[:2] == ("resource", "aws_iam_role_policy_attachment") else None
        if role is not None:
            address, _, name = label(role[0]).rpartition(".")
            if name in ("name", "id"):
                attached[address].append(module.text(block, "policy_arn") or UNKNOWN)
    return attached


def _document_key(node: Node) -> tuple[str, ...]:
    words = label(node).split(".")
    return tuple(words[:3]) if words[:2] == ["data", _DOCUMENT] else ()


def _trusts(block: Block) -> bool:
    text = (block.body.text or b"") if block.body else b""
    return b"sts:AssumeRoleWithWebIdentity" in text and b"principals" in text


def new_parser() -> Parser:
    """A parser of Terraform's language. Raises ``Error`` where the library is missing."""
    try:
        import tree_sitter_hcl
        from tree_sitter import Language, Parser
    except ImportError:
        raise missing("tree-sitter-hcl") from None
    return Parser(Language(tree_sitter_hcl.language()))


def read_blocks(data: bytes, file: str, parser: Parser, contents: Contents, busy_s: Callable[[], float]) -> list[Block]:
    """The blocks of a file; what is not Terraform's language becomes a finding. ``busy_s``: as in ``add_hcl``."""
    try:
        root = _tree(data, parser, busy_s)
    except PolicyError as error:
        contents.refuse(file, error.line or None, error)
        return []
    body = next((child for child in root.named_children if child.type == "body"), None)
    blocks = list(_blocks(body, file))
    if root.has_error:
        line = _first_error(root)
        contents.cannot(file, line, "Terraform's language", f"what its grammar does not have, at or after line {line}")
        for block in blocks:
            if block.body is not None and block.body.has_error:
                contents.not_checked.append(NotChecked(file, block.line, block.address, "it is not valid HCL"))
        blocks = [block for block in blocks if block.body is not None and not block.body.has_error]
    return blocks


def _tree(data: bytes, parser: Parser, busy_s: Callable[[], float]) -> Node:
    calls, most = 0, max(_FEWEST_CALLS, int(len(data) * _STEPS_A_BYTE))
    end_s = busy_s() + _LONGEST_S if len(data) > _UNTIMED else math.inf

    def too_much(_offset: int, _error: bool) -> bool:
        nonlocal calls
        calls += 1
        return calls > most or busy_s() > end_s

    if len(data) > LARGEST:
        raise PolicyError(_WHAT, "line 1", wanted=f"at most {LARGEST} bytes", found=str(len(data)), line=1)
    parser.reset()  # else it goes on with a file that was given up
    try:
        tree = parser.parse(lambda at, _point: data[at : at + _PIECE], progress_callback=too_much)
    except ValueError:
        tree = None
    if tree is None:
        raise PolicyError(_WHAT, "line 1", wanted="Terraform's language", found="too much that is not", line=1)
    return tree.root_node


def _first_error(root: Node) -> int:
    node = root
    while True:
        broken = next((child for child in node.children if child.has_error or child.is_missing), None)
        if broken is None or broken.type == "ERROR":
            return (broken or node).start_point.row + 1
        node = broken


def _blocks(body: Node | None, file: str) -> Iterator[Block]:
    for child in body.named_children if body else ():
        if child.type == "block":
            labels = tuple(label(one) for one in child.named_children if one.type in ("identifier", "string_lit"))
            inner = next((one for one in child.named_children if one.type == "body"), None)
            yield Block(labels, inner, file, child.start_point.row + 1)
