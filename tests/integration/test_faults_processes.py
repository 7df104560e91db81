# SPDX-License-Identifier: Apache-2.0
"""Some faults as a user meets them: the action as a process, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import faults
from fakes.everything import PLACES, Place, Servers, World, all_servers
from fakes.in_time import in_time
from okta_aws.demo.emulator import Emulator

# What a failure may take beyond its deadline: a second, as test_faults_matrix has it, and what a busy machine needs to
# start Python. The next limit, 15 s for an answer, is far from it.
AFTER_S = 4
DEADLINE_S = 3


@pytest.fixture(scope="module")
def servers(emulator: Emulator) -> Iterator[Servers]:
    with all_servers(emulator) as running:
        yield running


@pytest.fixture
def world(servers: Servers, tmp_path: Path) -> World:
    return World.new(servers, tmp_path / "job", quick=False)


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_hangs_is_left_by_the_deadline(servers: Servers, tmp_path: Path, place: Place) -> None:
    def seconds(number: int) -> float:
        world = World.new(servers, tmp_path / f"job-{number}", quick=False)
        world.spoil(place, faults.hang().forever())
        step = world.step(place, action_timeout_s=str(DEADLINE_S))
        world.assert_nothing(step, 9, "network-timeout")
        return step.seconds

    assert in_time(DEADLINE_S + AFTER_S, seconds)


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_is_always_busy_is_left_by_the_deadline(servers: Servers, tmp_path: Path, place: Place) -> None:
    def seconds(number: int) -> float:
        world = World.new(servers, tmp_path / f"job-{number}", quick=False)
        world.spoil(place, faults.unavailable().forever())
        step = world.step(place, action_timeout_s=str(DEADLINE_S), retry_max_attempts="100")
        assert (step.status, step.variables, step.outputs) == (9, {}, {})
        assert len(world.requests(place)) > 1
        return step.seconds

    assert in_time(DEADLINE_S + AFTER_S, seconds)


def test_each_place_may_falter_once_in_one_run(world: World) -> None:
    for fault in (faults.unavailable(), faults.reset()):
        world.spoil("discovery", fault)
    world.spoil("okta", faults.too_many(1))
    for fault in (faults.throttled(), faults.idp_communication_error(), faults.expired()):
        world.spoil("sts", fault)
    step = world.step("okta")
    world.assert_complete(step)
    # A token for the first two requests to AWS, and one after each answer that was about it.
    assert [len(world.requests(place)) for place in ("discovery", "okta", "sts")] == [3, 4, 4]
    assert [world.tokens().index(token) for token in world.tokens()] == [0, 0, 2, 3]


def test_a_refusal_is_told_at_once_and_hands_nothing_over(world: World) -> None:
    world.spoil("sts", faults.access_denied().forever())
    step = world.step("sts")
    world.assert_nothing(step, 5, "role-refused")
    assert (len(world.requests("sts")), len(world.requests("github"))) == (1, 1)


def test_a_role_made_a_moment_ago_is_waited_for_as_long_as_asked(world: World) -> None:
    for _ in range(2):
        world.spoil("sts", faults.access_denied())
    world.assert_complete(world.step("sts", retry_access_denied_s="20"))
    assert len(world.requests("sts")) == 3
    world.spoil("sts", faults.access_denied().forever())
    step = world.step("sts", retry_access_denied_s="1", overwrite_aws_profile="true")
    assert step.status == 5
    assert step.seconds < 1 + 5 + AFTER_S
