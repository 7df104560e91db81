# SPDX-License-Identifier: Apache-2.0
"""Findings that are known and accepted, each with its reason, in a file of their own.

An entry is found again by its fingerprint: rule, file, role and what it is about, but no line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_aws.policies.json_text import JsonObject, PolicyError, parse
from okta_aws.trust.finding import Finding
from okta_aws.trust.lint import IGNORE_WITHOUT_REASON, said

VERSION = 1
_WHAT = "the baseline"
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding and the line of the baseline that it is in."""

    fingerprint: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted findings. ``file`` as people are shown it."""

    file: str
    entries: Mapping[str, Entry]


def read(text: bytes, file: str) -> Baseline:
    """The baseline that ``text`` is. Raises ``PolicyError`` with the place."""
    value = parse(text, _WHAT, largest=_LARGEST).value
    if not isinstance(value, dict) or value.get("version") != VERSION or not isinstance(value.get("findings"), list):
        wanted = f'an object with "version": {VERSION} and a list of findings, as --write-baseline writes it'
        raise PolicyError(_WHAT, "$", wanted=wanted, found="something else", line=1)
    entries = [_entry(one) for one in value["findings"]]
    return Baseline(file, {entry.fingerprint: entry for entry in entries})


def write(findings: Iterable[Finding], reason: str, before: Baseline | None = None) -> str:
    """The baseline of ``findings``; entries of ``before`` keep their reasons, new ones get ``reason``."""
    known = before.entries if before is not None else {}
    listed: dict[str, dict[str, str]] = {}
    for finding in findings:
        fingerprint = finding.fingerprint
        listed[fingerprint] = {
            "fingerprint": fingerprint,
            "rule": finding.rule,
            "file": finding.file,
            "role": finding.role,
            "message": finding.message,
            "reason": known[fingerprint].reason if fingerprint in known else reason,
        }
    ordered = sorted(listed.values(), key=lambda one: (one["file"], one["role"], one["rule"], one["fingerprint"]))
    return json.dumps({"version": VERSION, "findings": ordered}, indent=2) + "\n"


def apply(findings: Iterable[Finding], baseline: Baseline) -> tuple[list[Finding], int]:
    """What is not accepted, entries without a reason included, and how many findings are."""
    kept: list[Finding] = []
    accepted = 0
    for finding in findings:
        entry = baseline.entries.get(finding.fingerprint)
        if entry is None:
            kept.append(finding)
            continue
        accepted += 1
        if not entry.reason.strip():
            message = f"the baseline accepts {finding.rule} and gives no reason"
            fix = "write why into the entry's reason, or remove the entry"
            kept.append(said(IGNORE_WITHOUT_REASON, baseline.file, entry.line, message, fix, entry.fingerprint))
    return kept, accepted


def _entry(value: Any) -> Entry:  # noqa: ANN401 - JSON
    line = value.line if isinstance(value, JsonObject) else 0
    texts = [value.get(name, "") for name in ("fingerprint", "reason")] if isinstance(value, dict) else []
    if len(texts) != 2 or not texts[0] or not all(isinstance(text, str) for text in texts):
        place = f"line {line}" if line else "$.findings"
        wanted = "an object with fingerprint and reason, both text"
        raise PolicyError(_WHAT, place, wanted=wanted, found="something else", line=line)
    return Entry(texts[0], texts[1], line)
