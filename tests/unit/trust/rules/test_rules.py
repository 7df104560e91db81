# SPDX-License-Identifier: Apache-2.0
"""Each rule against its own folder: ``cases.json`` has policies with the number of times that the rule strikes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from okta_aws.policies.document import document
from okta_aws.trust.finding import Finding
from okta_aws.trust.lint import lint
from okta_aws.trust.permissions import Permissions
from okta_aws.trust.role import ProviderUrl, Role, grants_of
from okta_aws.trust.rules import RULES

HERE = Path(__file__).parent
FOLDERS = {folder.name: folder for folder in HERE.iterdir() if (folder / "cases.json").is_file()}
CASES = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name, folder in sorted(FOLDERS.items())
    for case in json.loads((folder / "cases.json").read_text())
]


def role_of(case: dict[str, Any]) -> Role:
    more = case.get("role", {})
    policy = document(case["policy"])
    inline = tuple(document(one) for one in more.get("inline", ()))
    known = more.get("known_providers")
    return Role(
        "deploy",
        policy,
        grants_of(policy),
        "trust.json",
        1,
        max_session_s=more.get("max_session_s"),
        permissions=Permissions(tuple(more.get("managed", ())), inline, more.get("complete", False)),
        known_providers=None if known is None else frozenset(known),
    )


def found(case: dict[str, Any]) -> list[Finding]:
    return list(lint([role_of(case)], []))


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_rule_strikes_where_it_should_and_nowhere_else(rule: str, case: dict[str, Any]) -> None:
    struck = [finding for finding in found(case) if finding.rule == rule]
    assert len(struck) == case["found"], [finding.message for finding in struck]
    assert all(finding.message and finding.fix for finding in struck)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_a_rule_has_a_folder_with_cases_that_it_strikes_and_cases_that_it_does_not(rule: Any) -> None:  # noqa: ANN401
    cases = json.loads((FOLDERS[rule.name] / "cases.json").read_text())
    assert {case["found"] > 0 for case in cases} == {True, False}
    assert rule.name == rule.check.__module__.rpartition(".")[2].replace("_", "-")


def test_no_folder_is_without_its_rule() -> None:
    assert set(FOLDERS) == {rule.name for rule in RULES}
    assert len(RULES) >= 18


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_two_findings_never_share_a_fingerprint(rule: str, case: dict[str, Any]) -> None:  # noqa: ARG001
    findings = found(case)
    assert len({finding.fingerprint for finding in findings}) == len(set(findings))


def test_what_writes_makes_a_pull_request_an_error() -> None:
    cases = json.loads((FOLDERS["pull-request-writes"] / "cases.json").read_text())
    by_name = {
        case["name"]: [one.severity for one in found(case) if one.rule == "pull-request-writes"] for case in cases
    }
    assert by_name["it writes"] == ["error"]
    assert by_name["not known whether it writes"] == ["warning"]


@pytest.mark.parametrize(
    ("url", "strikes"),
    [
        ("https://token.actions.githubusercontent.com", False),
        ("https://acme.okta.com/oauth2/aus123", False),
        ("http://acme.okta.com/oauth2/aus123", True),
        ("acme.okta.com/oauth2/aus123", True),
        ("https://acme.okta.com:443/oauth2/aus123", True),
        ("https://acme.okta.com/oauth2/aus123/", True),
        ("https://\ufdd0.okta.com/oauth2/aus123", False),
        ("\ufdd0", False),
    ],
)
def test_the_url_of_a_provider_is_looked_at_too(url: str, strikes: bool) -> None:
    findings = list(lint([], [ProviderUrl("okta", url, "main.tf", 3)]))
    assert [finding.rule for finding in findings] == ["provider-url"] * strikes
