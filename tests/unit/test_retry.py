# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clock import Clock
from okta_aws.errors import AssumeRoleError, Error, NetworkError, Retry
from okta_aws.retry import FIRST_WAIT_S, LONGEST_WAIT_S


class _Failing:
    """An operation that fails in the given ways, one a call, the last one for ever; ``None`` is success."""

    def __init__(self, *failures: Callable[[], Error] | None) -> None:
        self.calls = 0
        self._failures = failures

    def __call__(self) -> str:
        failure = self._failures[min(self.calls, len(self._failures) - 1)]
        self.calls += 1
        if failure is not None:
            raise failure()
        return "done"


def _broken() -> Error:
    return NetworkError("network-broken", "asking", retry=Retry())


def _refused() -> Error:
    return AssumeRoleError("role-refused", "asking")


def _expired() -> Error:
    return AssumeRoleError("token-expired", "asking", retry=Retry(fresh_token=True, once=True))


def _throttled(after_s: float) -> Callable[[], Error]:
    return lambda: NetworkError("throttled", "asking", retry=Retry(after_s=after_s))


def test_what_works_at_once_is_done_once_and_without_a_wait() -> None:
    world, operation = Clock(), _Failing(None)
    assert world.persistence().run("asking", operation) == "done"
    assert (operation.calls, world.slept, world.said) == (1, [], [])


def test_an_error_that_advises_nothing_is_final() -> None:
    world, operation = Clock(), _Failing(_refused)
    with pytest.raises(AssumeRoleError) as refused:
        world.persistence().run("asking", operation)
    assert (operation.calls, world.slept, refused.value.attempts) == (1, [], 1)


def test_a_passing_failure_is_tried_again() -> None:
    world, operation = Clock(), _Failing(_broken, _broken, None)
    assert world.persistence().run("asking", operation) == "done"
    assert operation.calls == 3
    assert len(world.said) == 2


@pytest.mark.parametrize("attempts", [1, 2, 12])
def test_there_are_as_many_attempts_as_allowed_and_no_wait_after_the_last(attempts: int) -> None:
    world, operation = Clock(), _Failing(_broken)
    with pytest.raises(NetworkError) as failed:
        world.persistence(attempts=attempts).run("asking", operation)
    assert operation.calls == failed.value.attempts == attempts
    assert len(world.slept) == attempts - 1


@given(st.floats(0, 1, exclude_max=True), st.integers(2, 30))
def test_waits_are_a_random_part_of_a_doubling_span_up_to_the_cap(chance: float, attempts: int) -> None:
    world = Clock(chance=chance)
    with pytest.raises(NetworkError):
        world.persistence(attempts=attempts, total_s=1e6).run("asking", _Failing(_broken))
    spans = [min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**index) for index in range(attempts - 1)]
    assert world.slept == pytest.approx([chance * span for span in spans])


def test_a_failure_that_may_be_tried_again_once_is_final_the_second_time() -> None:
    world, operation = Clock(), _Failing(_expired)
    with pytest.raises(AssumeRoleError):
        world.persistence().run("asking", operation)
    assert operation.calls == 2


def test_once_is_counted_for_each_kind_of_failure() -> None:
    operation = _Failing(_expired, _broken, _broken, _expired)
    with pytest.raises(AssumeRoleError):
        Clock().persistence().run("asking", operation)
    assert operation.calls == 4


@given(st.floats(0, 60), st.floats(0, 1, exclude_max=True))
def test_the_wait_that_the_server_asks_for_is_kept_and_hardly_exceeded(after_s: float, chance: float) -> None:
    world = Clock(chance=chance)
    world.persistence().run("asking", _Failing(_throttled(after_s), None))
    assert after_s <= world.slept[0] <= after_s + FIRST_WAIT_S


def test_a_wait_that_would_outlast_the_run_is_not_begun() -> None:
    world, operation = Clock(), _Failing(_throttled(60))
    with pytest.raises(NetworkError) as failed:
        world.persistence(total_s=30).run("asking", operation)
    assert failed.value.code == "throttled"
    assert (operation.calls, world.slept) == (1, [])


def test_the_time_of_the_run_is_shared_by_everything_in_it() -> None:
    world = Clock()
    persistence = world.persistence(total_s=10)
    world.now += 4
    assert persistence.remaining_s("asking") == pytest.approx(6)
    world.now += 6
    operation = _Failing(None)
    with pytest.raises(NetworkError) as late:
        persistence.run("asking", operation)
    assert (late.value.code, late.value.retry, operation.calls) == ("deadline", None, 0)
    assert "an end within 10 s" in str(late.value)


def test_no_run_lasts_longer_than_its_time() -> None:
    world = Clock()
    with pytest.raises(NetworkError):
        world.persistence(attempts=100, total_s=17).run("asking", _Failing(_broken))
    assert sum(world.slept) < 17


def test_an_inner_operation_that_gave_up_is_not_begun_again_by_the_outer_one() -> None:
    persistence, operation = Clock().persistence(attempts=4), _Failing(_broken)
    with pytest.raises(NetworkError) as failed:
        persistence.run("outer", lambda: persistence.run("inner", operation))
    assert operation.calls == failed.value.attempts == 4
    assert failed.value.retry is None


def test_what_is_no_error_of_ours_is_not_tried_again() -> None:
    def defect() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Clock().persistence().run("asking", defect)


def test_attempts_in_the_window_of_a_new_role_do_not_use_up_those_of_other_failures() -> None:
    world = Clock()
    window = Retry(until=world.time().monotonic() + 1000)

    def too_new() -> Error:
        return AssumeRoleError("role-refused", "asking", retry=window)

    operation = _Failing(*([too_new] * 20), _broken, _broken, None)
    assert world.persistence(attempts=3, total_s=5000).run("asking", operation) == "done"
