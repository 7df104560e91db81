# SPDX-License-Identifier: Apache-2.0
"""Each lint rule is documented where its findings point to, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from okta_aws.trust.lint import NAMES, OTHERS
from okta_aws.trust.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/lint-rules.md"
ROWS = [
    *((rule.name, rule.severity, rule.title) for rule in RULES),
    *((name, *severity_and_title) for name, severity_and_title in OTHERS.items()),
]


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_rule_has_its_section_and_every_section_its_rule() -> None:
    assert list(sections()) == list(NAMES)


@pytest.mark.parametrize(("name", "severity", "title"), ROWS)
def test_a_section_says_severity_why_and_fix(name: str, severity: str, title: str) -> None:
    section = sections()[name]
    assert section.startswith(f"\n\n**Severity:** {severity}. {title}.\n")
    assert re.findall(r"^\*\*(\w+)[.:]", section, re.MULTILINE) == ["Severity", "Why", "Fix"]
    assert f"| [{name}](#{name}) | {severity} | {title} |" in PAGE.read_text()


def test_every_rule_is_in_a_file_of_its_own() -> None:
    folder = Path(__file__).resolve().parents[2] / "src/okta_aws/trust/rules"
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {"--init--"}
    assert files == {rule.name for rule in RULES}
