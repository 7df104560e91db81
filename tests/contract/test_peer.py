# SPDX-License-Identifier: Apache-2.0
"""Each input, output and habit of configure-aws-credentials v6.2.3 has a test, and a row in the documentation.

``tests/data/peer-inputs.json`` is what that action declares, ``peer-habits.json`` the variables that stand in for its
inputs, ``peer-rows.json`` our verdict on each with the test that proves it.
"""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from okta_aws.settings.options import BY_NAME, OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "moving-from-configure-aws-credentials.md"


def _data(name: str) -> Mapping[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "tests" / "data" / name).read_text())
    return document


DECLARED, HABITS, ROWS = (_data(f"peer-{name}.json") for name in ("inputs", "habits", "rows"))
KINDS = ("inputs", "outputs", "habits")
ALL = [pytest.param(kind, name, id=f"{kind} {name}") for kind in KINDS for name in ROWS[kind]]


@functools.cache
def _tests_in(path: str) -> frozenset[str]:
    body = ast.parse((ROOT / path).read_text()).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef))


@functools.cache
def _tables() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The rows of the page's tables by heading and first cell."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    tables: dict[str, dict[str, tuple[str, ...]]] = {}
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
        tables[heading] = {name: tuple(rest.split(" | ")) for name, rest in rows}
        assert len(tables[heading]) == len(rows)
    return tables


HEADINGS = {"inputs": "Inputs", "outputs": "Outputs", "habits": "Other habits"}


def test_the_three_files_are_of_one_version() -> None:
    assert {(data["action"], data["version"]) for data in (DECLARED, HABITS, ROWS)} == {
        ("aws-actions/configure-aws-credentials", "v6.2.3")
    }
    assert ROWS["version"] in PAGE.read_text()


def test_every_input_and_every_output_has_a_row_and_there_are_no_others() -> None:
    assert len(DECLARED["inputs"]) == 32
    assert set(ROWS["inputs"]) == set(DECLARED["inputs"])
    assert set(ROWS["outputs"]) == {*DECLARED["outputs"], *DECLARED["outputs_not_declared"]}


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_row_names_a_test_that_exists(kind: str, name: str) -> None:
    path, _, test = ROWS[kind][name]["test"].partition("::")
    assert test.startswith("test_")
    assert test in _tests_in(path)


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_the_documentation_says_the_same_as_the_row(kind: str, name: str) -> None:
    row = ROWS[kind][name]
    assert row["verdict"] in {"same", "better"}
    assert row["docker"] in {"same", "needs-host"}
    verdict, docker, detail = _tables()[HEADINGS[kind]][name]
    assert (verdict, docker) == (row["verdict"], row["docker"])
    assert detail.endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_the_documentation_has_no_row_of_its_own(kind: str) -> None:
    assert set(_tables()[HEADINGS[kind]]) == set(ROWS[kind])


def test_the_documentation_lists_the_variables_that_stand_in_for_inputs() -> None:
    listed = {name: cells[0].strip("`") for name, cells in _tables()["Variables in the place of inputs"].items()}
    assert listed == HABITS["variables"]


@pytest.mark.parametrize("variable", HABITS["variables"])
def test_a_variable_stands_in_for_the_input_of_that_name_in_the_table_of_options(variable: str) -> None:
    option = BY_NAME[HABITS["variables"][variable]]
    assert variable in option.environment + option.peer_environment


def test_no_other_variable_stands_in_as_the_peers() -> None:
    ours = {name: option.name for option in OPTIONS for name in option.peer_environment}
    assert ours.items() <= dict(HABITS["variables"]).items()
