"""What strangers leave expires by the times that were stored, and no jump of a clock takes it away early."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from building.expiry import HELD_S, Clocks, Expiring, Expiry
from errors import StorageFailed
from safety.audit_log import Event

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class World:
    """Owners with the time they last touched anything, and clocks that do as they are told."""

    touched: dict[str, datetime] = field(default_factory=dict)
    hours: float = 24.0
    here: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    noted: list[dict[str, object]] = field(default_factory=list)
    wall: datetime = NOON
    counter: float = 1_000.0

    def __post_init__(self) -> None:
        self.expiry = self.started()

    def started(self) -> Expiry:
        """The program begins."""
        parts = Expiring(self, self.erase, lambda: self.hours, self.here.__contains__, self)  # type: ignore[arg-type]
        return Expiry(parts, Clocks(lambda: self.wall, lambda: self.counter))

    def last_touched(self) -> dict[str, datetime]:
        return dict(self.touched)

    async def erase(self, owner: str) -> None:
        if owner in self.stuck:
            raise StorageFailed
        del self.touched[owner]

    def note(self, event: Event, **facts: object) -> None:
        assert event is Event.DATA_DELETED
        self.noted.append(facts)

    def sweep(self) -> int:
        return asyncio.run(self.expiry.sweep())

    def goes_on(self, by: timedelta) -> None:
        """Both clocks, as they do; somebody looks every ten minutes."""
        for _ in range(int(by / timedelta(minutes=10))):
            self.wall += timedelta(minutes=10)
            self.counter += 600
            self.sweep()


def test_what_nobody_touched_for_its_hours_goes_and_is_noted_without_a_cookie() -> None:
    world = World({"old": NOON - 24 * HOUR, "new": NOON - 23 * HOUR})
    assert world.sweep() == 1
    assert set(world.touched) == {"new"}
    assert world.noted[0]["why"] == "expired"
    assert "old" not in str(world.noted)
    world.goes_on(HOUR)
    assert not world.touched


def test_accounts_and_whoever_is_here_keep_theirs() -> None:
    world = World({"login:ana": NOON - 500 * HOUR, "reader": NOON - 25 * HOUR}, here={"reader"})
    assert world.sweep() == 0
    world.here.clear()
    assert world.sweep() == 1
    assert set(world.touched) == {"login:ana"}


def test_zero_hours_is_for_ever() -> None:
    assert World({"old": NOON - 9_000 * HOUR}, hours=0).sweep() == 0


def test_one_that_cannot_be_deleted_does_not_keep_the_others() -> None:
    world = World({"stuck": NOON - 30 * HOUR, "old": NOON - 29 * HOUR}, stuck={"stuck"})
    assert world.sweep() == 1
    assert set(world.touched) == {"stuck"}


@pytest.mark.parametrize("leap", [timedelta(days=3), timedelta(days=400), timedelta(hours=30)])
def test_a_clock_that_leaps_ahead_and_is_set_right_takes_nothing(leap: timedelta) -> None:
    world = World({"ana": NOON - HOUR})
    world.sweep()
    world.wall += leap
    world.goes_on(timedelta(minutes=40))
    world.wall -= leap
    world.goes_on(timedelta(hours=3))
    assert set(world.touched) == {"ana"}


def test_a_leap_that_holds_is_believed_after_an_hour() -> None:
    world = World({"ana": NOON - HOUR})
    world.sweep()
    world.wall += timedelta(days=3)  # the machine was asleep, say
    assert world.sweep() == 0
    world.goes_on(timedelta(seconds=HELD_S - 600))
    assert world.touched
    world.goes_on(timedelta(minutes=10))
    assert not world.touched


def test_a_start_by_a_clock_far_from_what_is_stored_waits_too() -> None:
    world = World({"ana": NOON - timedelta(days=31)})
    assert world.sweep() == 0
    world.goes_on(timedelta(hours=1))
    assert not world.touched


def test_a_clock_that_goes_back_keeps_and_what_it_stored_ahead_goes_in_its_turn() -> None:
    world = World({"ahead": NOON + timedelta(days=900), "ana": NOON - HOUR})
    assert world.sweep() == 0
    world.goes_on(timedelta(hours=23))
    assert "ahead" in world.touched
    world.goes_on(timedelta(hours=2))
    assert not world.touched


def test_it_sweeps_while_the_page_is_served() -> None:
    world = World({"old": NOON - 25 * HOUR})

    async def serve() -> None:
        gone = asyncio.Event()
        erase = world.erase

        async def erased(owner: str) -> None:
            await erase(owner)
            gone.set()

        world.erase = erased  # type: ignore[method-assign]
        async with world.started().serving(None):
            await gone.wait()

    asyncio.run(serve())
    assert not world.touched
