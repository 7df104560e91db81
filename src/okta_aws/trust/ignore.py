# SPDX-License-Identifier: Apache-2.0
"""Comments that silence a rule where they stand: ``# okta-aws-lint: ignore[rule, rule] reason``, in HCL and YAML.

A comment speaks for the line that it is on, or, alone on its line, for the next line that is no comment; at the first
line of a role it speaks for the whole role. JSON has no comments; there the baseline does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from okta_aws.trust.finding import Catalogue, Finding
from okta_aws.trust.lint import IGNORE_WITHOUT_REASON, LINT, said

_COMMENT = re.compile(r"(?:#|//|/\*)[ \t]*(?P<mark>okta-aws-[a-z]+):[ \t]*(?P<what>[^\r\n]*)")
_IGNORE = re.compile(r"ignore\[(?P<rules>[^\]]*)\](?P<reason>.*)")
_ALONE = ("#", "//", "/*")


@dataclass(frozen=True, slots=True)
class Ignore:
    """``line``: the line it speaks for. ``at``: its own. ``problem`` says why it counts for nothing, else empty."""

    file: str
    line: int
    at: int
    rules: frozenset[str]
    reason: str
    problem: str = ""
    mark: str = LINT.mark


def ignores_in(text: str, file: str, of: Catalogue = LINT) -> Iterator[Ignore]:
    """The comments in the text of a file that are meant for the rules ``of`` a command."""
    mark = f"{of.mark}:"
    if mark not in text:
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) if mark in line else None
        if match is not None and match["mark"] == of.mark:
            target = _next(lines, number) if line.lstrip().startswith(_ALONE) else number
            yield _read(match["what"].strip().removesuffix("*/").strip(), file, target, number, of)


def apply(findings: Iterable[Finding], ignores: Iterable[Ignore]) -> tuple[list[Finding], int]:
    """What is left, comments that are no good included, and how many findings were silenced."""
    silent: dict[tuple[str, int], set[str]] = {}
    kept: list[Finding] = []
    for ignore in ignores:
        if ignore.problem:
            fix = f"write # {ignore.mark}: ignore[rule] and why, on one line"
            kept.append(said(IGNORE_WITHOUT_REASON, ignore.file, ignore.at, ignore.problem, fix, str(ignore.at)))
        else:
            silent.setdefault((ignore.file, ignore.line), set()).update(ignore.rules)
    silenced = 0
    for finding in findings:
        if any(
            finding.rule in silent.get((finding.file, line or 0), ()) for line in (finding.line, *finding.role_lines)
        ):
            silenced += 1
        else:
            kept.append(finding)
    return kept, silenced


def _next(lines: list[str], number: int) -> int:
    """The next line after ``number`` that holds more than a comment."""
    for at in range(number, min(len(lines), number + 50)):
        stripped = lines[at].strip()
        if stripped and not stripped.startswith(_ALONE):
            return at + 1
    return number


def _read(what: str, file: str, line: int, at: int, of: Catalogue) -> Ignore:
    match = _IGNORE.fullmatch(what)
    if match is None:
        problem = f"a comment to {of.mark} that is no ignore[rule] reason"
        return Ignore(file, line, at, frozenset(), "", problem, of.mark)
    rules = frozenset(name.strip() for name in match["rules"].split(",") if name.strip())
    unknown = sorted(rules - set(of.names))
    problem = ""
    if unknown:
        problem = f"no rule is called {unknown[0][:60]}"
    elif not rules:
        problem = "no rule is named in the brackets"
    elif not match["reason"].strip(" \t-:"):
        problem = "no reason is given: who reads it in a year cannot know whether it still holds"
    return Ignore(file, line, at, rules, match["reason"].strip(), problem, of.mark)
