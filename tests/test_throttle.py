"""Who tries too often waits, each time longer; a clock that a test holds tells how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from safety.throttle import Patience, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def throttle_of(clock: Clock, **options: int) -> Throttle:
    return Throttle(Patience(), clock=clock, **options)


def test_five_tries_a_minute_are_free(clock: Clock) -> None:
    throttle = throttle_of(clock)
    assert [throttle.take("a") for _ in range(7)] == [0, 0, 0, 0, 0, 30, 30]
    assert throttle.take("b") == 0


def test_each_further_try_costs_a_longer_wait(clock: Clock) -> None:
    throttle, waits = throttle_of(clock), []
    for _ in range(5):
        throttle.take("a")
    for _ in range(4):
        waits.append(throttle.take("a"))
        clock.now += waits[-1]
        assert throttle.take("a") == 0
    assert waits == [30, 60, 90, 120]


def test_no_wait_is_longer_than_the_longest(clock: Clock) -> None:
    throttle = Throttle(Patience(tries=1, longest=50), clock=clock)
    for _ in range(10):
        assert throttle.take("a") == 0
        assert throttle.take("a") <= 50
        clock.now += 50


def test_slow_tries_are_free_for_ever(clock: Clock) -> None:
    throttle = throttle_of(clock)
    for _ in range(100):
        assert throttle.take("a") == 0
        clock.now += 16


def test_seconds_are_whole_and_never_none_too_few(clock: Clock) -> None:
    throttle = throttle_of(clock)
    for _ in range(5):
        throttle.take("a")
    clock.now += 29.5
    assert throttle.take("a") == 1
    clock.now += 0.5
    assert throttle.take("a") == 0


def test_what_went_well_does_not_count(clock: Clock) -> None:
    throttle = throttle_of(clock)
    for _ in range(100):
        assert throttle.take("a") == 0
        throttle.give_back("a")
    throttle.give_back("nobody")


def test_who_waited_and_then_knew_it_goes_on_where_they_were(clock: Clock) -> None:
    throttle = throttle_of(clock)
    for _ in range(5):
        throttle.take("a")
    clock.now += 30
    assert throttle.take("a") == 0
    throttle.give_back("a")
    assert throttle.take("a") == 0
    assert throttle.take("a") == 60


def test_after_a_quiet_hour_all_is_forgiven(clock: Clock) -> None:
    throttle = throttle_of(clock)
    for _ in range(5):
        throttle.take("a")
    clock.now += 3_601
    assert [throttle.take("a") for _ in range(6)] == [0, 0, 0, 0, 0, 30]


def test_many_keys_take_no_more_room(clock: Clock) -> None:
    throttle = throttle_of(clock, max_keys=100)
    for number in range(10_000):
        throttle.take(str(number))
    assert len(throttle) == 100


def test_many_at_once_are_not_more_than_one_after_the_other(clock: Clock) -> None:
    throttle = throttle_of(clock)
    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(lambda _: throttle.take("a"), range(200)))
    assert waits.count(0) == 5
