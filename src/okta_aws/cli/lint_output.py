# SPDX-License-Identifier: Apache-2.0
"""A report of lint as text, JSON, SARIF, or annotations of GitHub."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from okta_aws import __version__
from okta_aws.flows.lint import Report
from okta_aws.runner.commands import plain, visible
from okta_aws.trust.finding import Finding, Severity
from okta_aws.trust.sarif import sarif

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def text(report: Report) -> Iterator[str]:
    """Three lines a finding: place and what, fix, documentation."""
    for one in report.findings:
        yield plain(f"{_place(one)}: {one.severity.value}[{one.rule}]: {_about(one)}{one.message}")
        yield plain(f"  fix: {one.fix}")
        yield f"  docs: {report.of.docs}#{one.rule}"


def as_json(report: Report) -> Iterator[str]:
    """``findings`` and ``not_checked``."""
    findings = [
        {
            "rule": one.rule,
            "severity": one.severity.value,
            "file": one.file,
            "line": one.line,
            "message": one.message,
            "fix": one.fix,
            "role": one.role,
            "fingerprint": one.fingerprint,
        }
        for one in report.findings
    ]
    skipped = [
        {"file": one.file, "line": one.line, "role": one.role, "reason": one.reason} for one in report.not_checked
    ]
    # One finding a line: indenting them costs more than finding them, as Python's fast encoder cannot.
    yield f'{{"findings": [{_lines(findings)}],\n "not_checked": [{_lines(skipped)}]}}'


def as_sarif(report: Report) -> Iterator[str]:
    """SARIF 2.1.0. Of texts what is unprintable is written out, as viewers show them as they are."""
    findings = [replace(one, message=visible(one.message), fix=visible(one.fix)) for one in report.findings]
    skipped = [(one.file, one.line, visible(f"{one.role}: {one.reason}")) for one in report.not_checked]
    yield json.dumps(sarif(findings, skipped, __version__, report.of))


def github(report: Report) -> Iterator[str]:
    """One workflow command a finding; GitHub shows it at the line in the pull request."""
    for one in report.findings:
        place = {} if one.file.startswith("arn:") else {"file": one.file, "line": str(one.line or 1)}
        properties = {**place, "title": f"{report.of.command}: {one.rule}"}
        listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        message = f"{_about(one)}{one.message}\nfix: {one.fix}\ndocs: {report.of.docs}#{one.rule}"
        yield f"::{_GITHUB[one.severity]} {listed}::{_data(message)}"


FORMATS: dict[str, Callable[[Report], Iterator[str]]] = {
    "text": text,
    "json": as_json,
    "sarif": as_sarif,
    "github": github,
}


def summary(report: Report) -> Iterator[str]:
    """What was looked at, what was not, and how it went; for standard error."""
    for one in report.not_checked:
        line = f":{one.line}" if one.line else ""
        yield f"not checked: {one.file}{line}: {one.role + ': ' if one.role else ''}{one.reason}"
    counts = Counter(one.severity for one in report.findings)
    found = ", ".join(f"{counts[one]} {one.value}{'s' if counts[one] != 1 else ''}" for one in Severity if counts[one])
    silent = f", {report.silenced} ignored by comments" if report.silenced else ""
    silent += f", {report.accepted} in the baseline" if report.accepted else ""
    checked = f"{report.checked} {report.of.subject}{'s' if report.checked != 1 else ''} checked"
    yield f"{checked}: {found or 'no findings'}{silent}"


def _lines(rows: Sequence[Mapping[str, object]]) -> str:
    return "".join(f"\n  {json.dumps(row)}{',' if row is not rows[-1] else ''}" for row in rows)


def _place(one: Finding) -> str:
    return f"{one.file}:{one.line}" if one.line else one.file


def _about(one: Finding) -> str:
    return f"{one.role}: " if one.role and one.role != one.file else ""


def _data(value: str) -> str:
    lines = (visible(line) for line in value.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
