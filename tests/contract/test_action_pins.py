# SPDX-License-Identifier: Apache-2.0
"""Every action of somebody else's is pinned to a commit that stands in tests/data/action-pins.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("action.yml"), *ROOT.glob("*/action.yml")])
USES = re.compile(r"^\s*(?:- )?uses: *(?P<reference>\S+)(?: +(?P<comment>#.*))?$", re.MULTILINE)
OURS = ("./", "$/", "org/okta-aws-action")


def foreign_uses(text: str) -> list[str]:
    """What a workflow uses of others, each as a line of the list of pins."""
    uses = [(match["reference"].strip("\"'"), match["comment"] or "") for match in USES.finditer(text)]
    return [f"{reference} {comment}".strip() for reference, comment in uses if not reference.startswith(OURS)]


def allowed() -> set[str]:
    lines = (ROOT / "tests/data/action-pins.txt").read_text().splitlines()
    return {line for line in lines if not line.startswith("#")}


def without_path(line: str) -> str:
    """`owner/name/path@commit` is of the repository `owner/name`."""
    return re.sub(r"^([^/@]+/[^/@]+)/[^@]+@", r"\1@", line)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_workflow_uses_only_actions_of_the_list(file: Path) -> None:
    unknown = [line for line in foreign_uses(file.read_text()) if without_path(line) not in allowed()]
    assert not unknown, "pin it as tests/data/action-pins.txt does, comment included, or add it there after a review"


@pytest.mark.parametrize(
    "line",
    [
        "uses: actions/checkout@v7",
        "- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
        "  uses: 'actions/checkout@0000000000000000000000000000000000000000' # v7.0.1",
        "uses: docker://debian:trixie-slim",
    ],
)
def test_another_commit_a_tag_or_a_missing_comment_is_not_on_the_list(line: str) -> None:
    assert [found for found in foreign_uses(line) if without_path(found) not in allowed()]


def test_our_own_workflows_are_looked_at() -> None:
    assert any(foreign_uses(file.read_text()) for file in FILES)
