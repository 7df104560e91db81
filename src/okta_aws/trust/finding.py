# SPDX-License-Identifier: Apache-2.0
"""What lint finds: values, and the fingerprint that tells one finding again after the file around it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from okta_aws.trust.role import ProviderUrl, Role

DOCS = "https://github.com/org/okta-aws-action/blob/main/docs/reference/lint-rules.md"


class Severity(StrEnum):
    """How bad it is: ``error`` lets strangers in or nobody at all, ``warning`` more people than meant, ``note`` is
    for later."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 is worst."""
        return _ORDER.index(self)


_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says of a role. ``line`` is one of the policy's own lines, 0 for the role as a whole.

    ``message``: what is wrong and why it matters. ``fix``: what to do. ``detail``: what tells two problems of one
    rule with one role apart, without lines. ``severity``: where it is not the rule's own.
    """

    message: str
    fix: str
    line: int = 0
    detail: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``name`` is its anchor in the documentation, ``title`` one sentence that is true when it strikes."""

    name: str
    severity: Severity
    title: str
    check: Callable[[Role], Iterator[Problem]]
    check_provider: Callable[[ProviderUrl], Iterator[Problem]] | None = None

    @property
    def docs(self) -> str:
        """Where the documentation treats it."""
        return f"{DOCS}#{self.name}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one command looks for, told to whoever prints its findings.

    ``docs``: the page with the rules. ``mark``: the word that begins a comment which silences one. ``subject``: what it
    counts. ``rules``: name, severity and title of each.
    """

    command: str
    docs: str
    mark: str
    subject: str
    rules: tuple[tuple[str, Severity, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(name for name, _, _ in self.rules)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem with its place. ``line`` is ``None`` where there is none: a live account, an empty file.

    ``role_lines``: the first lines of the role around it and of its policy; a comment there speaks for the whole role.
    """

    rule: str
    severity: Severity
    file: str
    line: int | None
    message: str
    fix: str
    role: str = ""
    detail: str = ""
    role_lines: tuple[int | None, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same problem of the same role, wherever its lines move."""
        text = f"{self.rule}\0{self.file}\0{self.role}\0{self.detail}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
