# SPDX-License-Identifier: Apache-2.0
"""What is said while Atlantis works."""

from __future__ import annotations

import threading

import pytest

from okta_aws.cli.atlantis.hand_off import patience


def test_it_says_again_and_again_that_it_waits_and_stops_at_the_end() -> None:
    said: list[str] = []
    enough = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            enough.set()

    with patience(say, "Atlantis to plan", 0.01):
        assert enough.wait(10)
    count = len(said)
    assert said[0].startswith("waiting for Atlantis to plan")
    assert not any(thread.name == "patience" for thread in threading.enumerate())
    assert len(said) == count


def test_a_short_wait_is_not_worth_a_line() -> None:
    said: list[str] = []
    with patience(said.append, "Atlantis to plan"):
        pass
    assert said == []


def test_an_interruption_goes_on_with_a_word() -> None:
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt), patience(said.append, "Atlantis to apply"):
        raise KeyboardInterrupt
    assert said == ["interrupted; Atlantis to apply does not stop for that if it was begun"]
