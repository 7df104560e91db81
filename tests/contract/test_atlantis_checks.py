# SPDX-License-Identifier: Apache-2.0
"""Each rule of ``okta-aws atlantis check`` is documented where its findings point to, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from okta_aws.atlantis.checks import CHECKS

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/atlantis-checks.md"


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_rule_has_its_section_and_every_section_its_rule() -> None:
    assert list(sections()) == list(CHECKS.names)


@pytest.mark.parametrize(("name", "severity", "title"), CHECKS.rules)
def test_a_section_says_severity_why_and_fix(name: str, severity: str, title: str) -> None:
    section = sections()[name]
    assert section.startswith(f"\n\n**Severity:** {severity}. {title}.\n")
    assert re.findall(r"^\*\*(\w+)[.:]", section, re.MULTILINE) == ["Severity", "Why", "Fix"]
    assert f"| [{name}](#{name}) | {severity} | {title} |" in PAGE.read_text()
