# SPDX-License-Identifier: Apache-2.0
"""The budgets of the house: small functions, small files, files named by what a user would say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).resolve().parents[2] / "src/okta_aws"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 12
THE_TABLE = SOURCE / "settings/options.py"
LICENCE = "# SPDX-License-Identifier: Apache-2.0\n"
# AWS's service, and the process that users start by that name.
CALLED_SO = {
    *("aws/secrets_manager.py", "cli/atlantis/helper.py", "atlantis/helper_server.py", "atlantis/helper_socket.py"),
}
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Name with place, and number of lines, of each function of a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{file.relative_to(SOURCE)}:{node.lineno} {node.name}", lines


def test_no_function_is_longer_than_a_screen() -> None:
    long = {name: lines for file in FILES for name, lines in functions(file) if lines > LONGEST_FUNCTION}
    assert not long, "cut it where it changes subject"


def test_the_median_function_is_short() -> None:
    lengths = [lines for file in FILES for _, lines in functions(file)]
    assert median(lengths) <= MEDIAN_FUNCTION


def test_no_file_but_the_table_of_options_is_long() -> None:
    lengths = {str(file.relative_to(SOURCE)): len(file.read_text().splitlines()) for file in FILES if file != THE_TABLE}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert not long, "make two files of it, each named by a word that a user would say"


def test_every_file_is_named_by_what_it_holds() -> None:
    vague = {str(file.relative_to(SOURCE)) for file in FILES if SAY_NOTHING & set(file.stem.split("_"))}
    assert vague == CALLED_SO


def test_every_file_names_its_licence() -> None:
    silent = [str(file.relative_to(SOURCE)) for file in FILES if not file.read_text().startswith(LICENCE)]
    assert not silent
