# SPDX-License-Identifier: Apache-2.0
"""Findings as SARIF 2.1.0 (OASIS standard, 2020, errata 01 of 2023), which GitHub's code scanning reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from okta_aws.trust.finding import Catalogue, Finding, Severity
from okta_aws.trust.lint import LINT

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/org/okta-aws-action"
# GitHub sorts alerts by this number: 7.0 and above is high, 4.0 and above medium (GitHub documentation, "SARIF
# support").
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}


def sarif(
    findings: Iterable[Finding],
    not_checked: Sequence[tuple[str, int | None, str]],
    version: str,
    of: Catalogue = LINT,
) -> dict[str, Any]:
    """The log of one run. ``not_checked``: file, line and reason of what could not be looked at."""
    places = {name: index for index, name in enumerate(of.names)}
    driver = {
        "name": of.command,
        "version": version,
        "informationUri": _HOME,
        "rules": [_rule(*rule, of.docs) for rule in of.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_note(*one) for one in not_checked]}
        ],
        "results": [_result(finding, places[finding.rule]) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, severity: Severity, title: str, docs: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": title},
        "helpUri": f"{docs}#{name}",
        "defaultConfiguration": {"level": severity.value},
        "properties": {"tags": ["security"], "security-severity": _SECURITY[severity]},
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    location = _location(finding.file, finding.line)
    if finding.role:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.role, "kind": "resource"}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}. To mend it: {finding.fix}."},
        "locations": [location],
        "partialFingerprints": {"oktaAwsLint/v1": finding.fingerprint},
    }


def _note(file: str, line: int | None, reason: str) -> dict[str, Any]:
    return {"level": "note", "message": {"text": f"not checked: {reason}"}, "locations": [_location(file, line)]}


def _location(file: str, line: int | None) -> dict[str, Any]:
    """A place in a file; of a role in an account its ARN is all there is."""
    if file.startswith("arn:"):
        return {"logicalLocations": [{"fullyQualifiedName": file, "kind": "resource"}]}
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(file)}}
    if line:
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical}


def uri(file: str) -> str:
    """The path as a reference: relative where it is, so that it fits the repository."""
    text = quote(file.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/~@+,=")
    if text.startswith("/"):
        return f"file://{text}"
    return text.removeprefix("./")
