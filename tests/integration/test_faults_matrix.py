# SPDX-License-Identifier: Apache-2.0
"""Every fault at every server that is asked: how often it is asked again, with which token, and how it ends.

Steps run in this process, where waiting takes no time; ``test_faults_processes`` has the same as real processes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import faults
from fakes.everything import PLACES, Place, Servers, World, all_servers
from fakes.faults import Fault
from fakes.in_time import in_time
from okta_aws.demo.emulator import Emulator

ATTEMPTS = 3
# One attempt at a server that hangs gets all of it; a failure may take a second more than its deadline.
DEADLINE_S = 2


@pytest.fixture(scope="module")
def servers(emulator: Emulator) -> Iterator[Servers]:
    with all_servers(emulator) as running:
        yield running


@pytest.fixture
def world(servers: Servers, tmp_path: Path) -> World:
    return World.new(servers, tmp_path / "job", quick=True)


@dataclass(frozen=True)
class End:
    """How a fault ends where it stays: exit status, code, and how often the place was asked by then."""

    status: int
    code: str
    asked: int = 1


def each(discovery: End, okta: End, github: End, sts: End) -> dict[Place, End]:
    return {"discovery": discovery, "okta": okta, "github": github, "sts": sts}


def everywhere(status: int, code: str, asked: int = 1) -> dict[Place, End]:
    return dict.fromkeys(PLACES, End(status, code, asked))


BUSY = each(
    End(9, "okta-unavailable", ATTEMPTS),
    End(9, "okta-unavailable", ATTEMPTS),
    End(9, "github-unavailable", ATTEMPTS),
    End(9, "aws-unavailable", ATTEMPTS),
)
TOO_MANY = each(
    End(3, "okta-rate-limit", ATTEMPTS),
    End(3, "okta-rate-limit", ATTEMPTS),
    End(9, "github-unavailable", ATTEMPTS),
    End(9, "throttled", ATTEMPTS),
)
BROKEN = everywhere(9, "network-broken", ATTEMPTS)
# The issuer is what the user typed, so an answer that makes no sense is told as a wrong issuer.
NO_SENSE = each(
    End(3, "okta-discovery"), End(9, "network-garbage"), End(9, "network-garbage"), End(9, "network-garbage")
)
ELSEWHERE = each(
    End(3, "okta-discovery"), End(9, "network-garbage"), End(3, "github-refused"), End(9, "network-garbage")
)


def by_sts(status: int, code: str, asked: int) -> dict[Place, End]:
    """An answer of STS; from others it is one that makes no sense."""
    return {**ELSEWHERE, "sts": End(status, code, asked)}


FAULTS: Mapping[str, tuple[Callable[[], Fault], Mapping[Place, End]]] = {
    "throttled": (faults.throttled, by_sts(9, "throttled", ATTEMPTS)),
    "429 with Retry-After": (lambda: faults.retry_after(7), TOO_MANY),
    "429 with X-Rate-Limit-Reset": (lambda: faults.too_many(7), TOO_MANY),
    "429 for concurrency": (lambda: faults.too_many(7, concurrent=True), TOO_MANY),
    "500 of AWS": (faults.internal_failure, BUSY),
    **{
        f"{status} of a gateway": (functools.partial(faults.unavailable, status), BUSY)
        for status in (500, 502, 503, 504)
    },
    "reset in the body": (faults.reset, BROKEN),
    "a wrong content length": (faults.wrong_length, BROKEN),
    "silence, then the end": (lambda: faults.hang(0.1), BROKEN),
    "half of the headers, then the end": (lambda: faults.hang(0.1, after=faults.HALF_HEADERS), BROKEN),
    "garbage": (faults.garbage, NO_SENSE),
    "a login page": (faults.login_page, NO_SENSE),
    "an empty 200": (faults.empty, NO_SENSE),
    "50 MB": (faults.huge, NO_SENSE),
    "a redirect loop": (faults.redirect_loop, ELSEWHERE),
    "IDPCommunicationError": (faults.idp_communication_error, by_sts(5, "provider-unreachable", ATTEMPTS)),
    "no verification key": (faults.verification_key, by_sts(5, "provider-unreachable", ATTEMPTS)),
    "an expired token": (faults.expired, by_sts(5, "token-expired", 2)),
    "AccessDenied": (faults.access_denied, by_sts(5, "role-refused", 1)),
}
ABOUT_THE_TOKEN = {"IDPCommunicationError", "no verification key", "an expired token"}
ROWS = [pytest.param(place, name, id=f"{name} at {place}") for name, (_, ends) in FAULTS.items() for place in ends]


@pytest.mark.parametrize(("place", "name"), ROWS)
def test_a_fault_that_stays_ends_in_its_error_with_nothing_handed_over(world: World, place: Place, name: str) -> None:
    make, ends = FAULTS[name]
    end = ends[place]
    world.spoil(place, make().forever())
    step = world.step(place, retry_max_attempts=str(ATTEMPTS), action_timeout_s="60")
    world.assert_nothing(step, end.status, end.code)
    assert len(world.requests(place)) == end.asked
    assert step.seconds + sum(world.slept) < 61
    tokens = world.tokens()
    assert len(tokens) == (end.asked if place == "sts" else 0)
    fresh = end.asked if name in ABOUT_THE_TOKEN else min(1, end.asked)
    if place == "sts":
        assert len(set(tokens)) == len(world.requests("github")) == fresh
    assert f"after {end.asked} attempts" in step.log() or end.asked == 1


@pytest.mark.parametrize(("place", "name"), ROWS)
def test_a_fault_that_passes_costs_one_more_request_where_trying_again_helps(
    world: World, place: Place, name: str
) -> None:
    make, ends = FAULTS[name]
    end = ends[place]
    world.spoil(place, make())
    step = world.step(place)
    if end.asked == 1:
        world.assert_nothing(step, end.status, end.code)
        assert (len(world.requests(place)), world.slept) == (1, [])
        return
    world.assert_complete(step)
    assert (len(world.requests(place)), len(world.slept)) == (2, 1)
    tokens = world.tokens()
    assert len(tokens) == (2 if place == "sts" else 1)
    assert len(set(tokens)) == (2 if name in ABOUT_THE_TOKEN else 1)
    if place == "sts":
        assert len(world.requests("github")) == len(set(tokens))


@pytest.mark.parametrize("place", ["discovery", "okta", "sts"])
@pytest.mark.parametrize("name", ["429 with Retry-After", "429 with X-Rate-Limit-Reset"])
def test_the_wait_that_a_server_asks_for_is_waited(world: World, place: Place, name: str) -> None:
    world.spoil(place, FAULTS[name][0]())
    world.assert_complete(world.step(place))
    (wait_s,) = world.slept
    if (place, name) == ("sts", "429 with X-Rate-Limit-Reset"):
        # Okta's header means nothing in an answer of AWS.
        assert wait_s < 1
    else:
        assert 6 <= wait_s < 9


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.hang(), id="silence"),
        pytest.param(faults.hang(after=faults.HALF_HEADERS), id="silence in the headers"),
        pytest.param(faults.hang(after=faults.HALF_BODY), id="silence in the body"),
        pytest.param(faults.drip(0.1), id="a drip"),
    ],
)
def test_a_server_that_keeps_one_waiting_is_left_by_the_deadline(
    servers: Servers, tmp_path: Path, place: Place, fault: Fault
) -> None:
    def seconds(number: int) -> float:
        world = World.new(servers, tmp_path / f"job-{number}", quick=True)
        world.spoil(place, fault.forever())
        step = world.step(place, action_timeout_s=str(DEADLINE_S))
        world.assert_nothing(step, 9, "network-timeout")
        assert len(world.requests(place)) == 1
        return step.seconds

    assert in_time(DEADLINE_S + 1, seconds)


def test_one_request_that_hangs_does_not_use_up_the_run(world: World) -> None:
    world.spoil("sts", faults.hang())
    step = world.step("sts")
    world.assert_complete(step)
    assert len(world.requests("sts")) == 2
    # An attempt has 15 s for its answer, and the token is still good.
    assert len(world.requests("github")) == 1


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_of_50_mb_is_left_unread(world: World, place: Place) -> None:
    world.spoil(place, faults.huge())
    step = world.step(place, action_timeout_s="20")
    assert step.status != 0
    assert step.seconds < 20 + 1


@pytest.mark.parametrize("place", PLACES)
def test_where_retries_are_disabled_each_place_is_asked_once(world: World, place: Place) -> None:
    world.spoil(place, faults.unavailable().forever())
    step = world.step(place, disable_retry="true")
    world.assert_nothing(step, BUSY[place].status, BUSY[place].code)
    assert (len(world.requests(place)), world.slept) == (1, [])
