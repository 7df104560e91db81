# SPDX-License-Identifier: Apache-2.0
"""Every code is used, every use is a code, and each is treated in the documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from okta_aws.aws.faults import FAULTS
from okta_aws.errors import CODES, DOCS, Error, NeedsHost, SettingsError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "src" / "okta_aws").rglob("*.py"), *(ROOT / "composite").glob("*.py")])
SCRIPTS = sorted((ROOT / "composite").glob("*.js"))
# These carry a list of problems, each with its own fix.
OF_SETTINGS = {SettingsError.__name__, *(kind.__name__ for kind in SettingsError.__subclasses__())}
BY_CLASS = {"settings", "needs-host"}
KINDS = {kind.__name__ for kind in Error.__subclasses__()} | {"Error"}


def _constructions() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _texts() -> set[str]:
    """Every text in the code, but those of the table itself."""
    found = set()
    for path in SOURCES:
        if path.name != "errors.py":
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


CONSTRUCTIONS = dict(_constructions())


def test_there_is_something_to_look_at() -> None:
    assert len(CONSTRUCTIONS) > 20


@pytest.mark.parametrize("place", [place for place, node in CONSTRUCTIONS.items() if node.func.id not in OF_SETTINGS])  # type: ignore[attr-defined]
def test_each_error_names_a_code_of_the_table_and_what_to_do(place: str) -> None:
    node = CONSTRUCTIONS[place]
    if node.args and isinstance(node.args[0], ast.Constant):
        assert node.args[0].value in CODES
    assert "fix" in {keyword.arg for keyword in node.keywords}


@pytest.mark.parametrize("code", [code for code in CODES if code != "internal"])
def test_each_code_is_used_by_something(code: str) -> None:
    in_scripts = {found for path in SCRIPTS for found in re.findall(r"\[([a-z-]+)\]::", path.read_text())}
    assert code in _texts() | BY_CLASS | in_scripts | {row.code for row in FAULTS}


def test_the_codes_of_the_classes_for_settings_are_their_own() -> None:
    assert {SettingsError([]).code, NeedsHost("a", "b", "c", "d").code} == BY_CLASS


def test_a_defect_is_told_with_the_code_for_it() -> None:
    entries = [
        (ROOT / "src" / "okta_aws" / name).read_text(encoding="utf-8") for name in ("action.py", "cli/terminal.py")
    ]
    assert all("[internal]" in entry for entry in entries)


def test_the_documentation_has_a_section_for_each_code_and_no_other() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    assert DOCS.endswith("/docs/troubleshooting.md")
    assert sorted(re.findall(r"^#+ (.+)$", page, re.MULTILINE)[1:]) == sorted(CODES)


def test_no_two_classes_share_an_exit_status() -> None:
    kinds: list[type[Error]] = [Error, *Error.__subclasses__()]
    assert len({kind.exit_status for kind in kinds}) == len(kinds)


def test_an_error_is_printed_at_the_entries_alone() -> None:
    printing = [
        path for path in SOURCES if re.search(r"except Error as \w+:\n\s+for line in", path.read_text(encoding="utf-8"))
    ]
    assert {str(path.relative_to(ROOT / "src" / "okta_aws")) for path in printing} <= {"action.py", "cli/terminal.py"}
