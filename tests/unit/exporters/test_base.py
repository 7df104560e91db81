# SPDX-License-Identifier: Apache-2.0
"""An export happens whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from okta_aws.errors import ExportError
from okta_aws.exporters.base import Append, Effect, apply_all
from okta_aws.runner.files import entry


class Step:
    """An effect that notes what happens to it."""

    def __init__(self, name: str, seen: list[str], *, fails: bool = False, stays: bool = False) -> None:
        self.name = name
        self.seen = seen
        self.fails = fails
        self.stays = stays

    def apply(self) -> None:
        if self.fails:
            raise ExportError("export-failed", f"doing {self.name}", found="a full disk")
        self.seen.append(f"+{self.name}")

    def undo(self) -> None:
        if self.stays:
            raise ExportError("export-failed", f"undoing {self.name}", found="a gone disk")
        self.seen.append(f"-{self.name}")


def test_effects_are_applied_in_order() -> None:
    seen: list[str] = []
    apply_all([Step("a", seen), Step("b", seen)])
    assert seen == ["+a", "+b"]


def test_a_failure_takes_back_what_came_before_the_last_first() -> None:
    seen: list[str] = []
    with pytest.raises(ExportError, match="doing c"):
        apply_all([Step("a", seen), Step("b", seen), Step("c", seen, fails=True), Step("d", seen)])
    assert seen == ["+a", "+b", "-b", "-a"]


def test_what_cannot_be_taken_back_is_said_and_the_rest_is_taken_back() -> None:
    seen: list[str] = []
    with pytest.raises(ExportError) as caught:
        apply_all([Step("a", seen), Step("b", seen, stays=True), Step("c", seen, fails=True)])
    assert caught.value.found == "a full disk; left behind: undoing b: found a gone disk"
    assert seen == ["+a", "+b", "-a"]


def test_an_interruption_takes_back_too() -> None:
    seen: list[str] = []

    class Interrupted(Step):
        def apply(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_all([Step("a", seen), Interrupted("b", seen)])
    assert seen == ["+a", "-a"]


def test_a_file_of_the_runner_is_as_before_when_the_next_file_fails(tmp_path: Path) -> None:
    env = tmp_path / "env"
    env.write_text("A=1\n")
    effects: list[Effect] = [Append(str(env), [entry("B", "2")]), Append(str(tmp_path), [entry("C", "3")])]
    with pytest.raises(ExportError):
        apply_all(effects)
    assert env.read_text() == "A=1\n"


def test_undoing_what_was_never_done_does_nothing(tmp_path: Path) -> None:
    Append(str(tmp_path / "env"), [entry("A", "1")]).undo()
    assert not list(tmp_path.iterdir())
