# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cli.snapshots import COMMANDS, DATA, snapshot


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line_says_what_it_said(name: str) -> None:
    assert snapshot(name) == (DATA / f"{name}.txt").read_text(encoding="utf-8")


def test_no_snapshot_is_left_over() -> None:
    assert {path.stem for path in DATA.glob("*.txt")} == set(COMMANDS)
