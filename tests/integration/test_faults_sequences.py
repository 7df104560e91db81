# SPDX-License-Identifier: Apache-2.0
"""Faults in any order at any place: whole credentials or a clean error, and nothing in between.

Each sequence follows from its seed, which the name of a failed test tells: put it into ``KEPT`` to have it again.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes import faults
from fakes.everything import PLACES, Place, Servers, World, all_servers
from fakes.faults import Fault
from okta_aws.demo.emulator import Emulator
from okta_aws.errors import CODES

KEPT: tuple[int, ...] = ()
NEW = 60
SEEDS = (*KEPT, *(secrets.randbits(32) for _ in range(NEW)))
LONGEST = 3
ATTEMPTS = 4
DEADLINE_S = 30

PASSING: tuple[Callable[[], Fault], ...] = (
    faults.internal_failure,
    faults.unavailable,
    faults.reset,
    faults.wrong_length,
    lambda: faults.hang(0.05),
    lambda: faults.hang(0.05, after=faults.HALF_HEADERS),
    lambda: faults.hang(0.05, after=faults.HALF_BODY),
    lambda: faults.retry_after(1),
    lambda: faults.too_many(1, concurrent=True),
)
OF_STS: tuple[Callable[[], Fault], ...] = (
    faults.throttled,
    faults.idp_communication_error,
    faults.verification_key,
)
FINAL: tuple[Callable[[], Fault], ...] = (
    faults.garbage,
    faults.login_page,
    faults.empty,
    faults.access_denied,
    faults.redirect_loop,
    faults.expired,
)


@pytest.fixture(scope="module")
def servers(emulator: Emulator) -> Iterator[Servers]:
    with all_servers(emulator) as running:
        yield running


def sequence(chance: random.Random) -> dict[Place, list[Fault]]:
    """Up to three faults for each place, the final ones seldom."""
    planned: dict[Place, list[Fault]] = {}
    for place in PLACES:
        kinds = PASSING + (OF_STS if place == "sts" else ()) + (FINAL if chance.random() < 0.1 else ())
        planned[place] = [chance.choice(kinds)() for _ in range(chance.randint(0, LONGEST))]
    return planned


@pytest.mark.parametrize("seed", SEEDS, ids=[f"seed {seed}" for seed in SEEDS])
def test_any_sequence_ends_in_whole_credentials_or_in_a_clean_error(
    servers: Servers, tmp_path: Path, seed: int
) -> None:
    print(f"seed {seed}")
    world = World.new(servers, tmp_path / "job", quick=True)
    chance = random.Random(seed)
    for place, planned in sequence(chance).items():
        for fault in planned:
            world.spoil(place, fault)
    start: Place = chance.choice(["okta", "sts"])
    step = world.step(start, retry_max_attempts=str(ATTEMPTS), action_timeout_s=str(DEADLINE_S))
    assert step.seconds + sum(world.slept) < DEADLINE_S + 1
    for place in PLACES:
        # Every operation has its own attempts, and a refused token may have a place asked anew.
        assert len(world.requests(place)) <= ATTEMPTS * (1 if place in ("discovery", "sts") else ATTEMPTS)
    if step.status == 0:
        world.assert_complete(step)
        return
    (code,) = re.findall(r"^error\[([a-z-]+)\]", step.log(), re.MULTILINE)
    assert code in CODES
    assert code != "internal"
    world.assert_nothing(step, step.status, code)


def test_the_same_seed_gives_the_same_sequence() -> None:
    first, second = (
        {place: [fault.name for fault in planned] for place, planned in sequence(random.Random(SEEDS[0])).items()}
        for _ in range(2)
    )
    assert first == second
