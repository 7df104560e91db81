# SPDX-License-Identifier: Apache-2.0
"""Each cause of a refusal is treated in the documentation, where the command leads to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from okta_aws.trust.causes import CODES
from okta_aws.trust.report import DOCS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "explain-a-refusal.md"
SECTIONS = dict(
    re.findall(r"^### ([^\n]+)\n\n(.+?)(?=\n\n### |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
)


def test_the_page_has_a_section_for_each_cause_and_no_other_in_the_order_of_the_table() -> None:
    assert DOCS.endswith(f"/docs/how-to/{PAGE.name}")
    assert list(SECTIONS) == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_section_tells_the_cause_and_the_fix(code: str) -> None:
    assert SECTIONS[code].startswith(f"**{CODES[code]}.** ")
    assert "\n\n**Fix.** " in SECTIONS[code]
