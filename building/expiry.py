"""What visitors without an account left behind is deleted once they have not touched it for the hours it is kept.

Times are those that were stored when something was written. A clock may be wrong, so nobody's data goes by a clock that
has just jumped: after a leap of more than an hour against the machine's own counter, or a start long after or before
the newest time that is stored, it must hold for an hour before anything is deleted by it. What was stored by a clock
that was ahead is taken as touched when it is first seen.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from errors import TertuliaError
from safety.audit_log import LOGIN, Audit, Event, who_is
from storage.holdings import Holdings

SECONDS_BETWEEN = 600.0
LEAP_S = 3_600.0  # what clocks are set by in earnest is less, summer time is none: all times are in UTC
HELD_S = 3_600.0
LONGEST_PAUSE = timedelta(days=30)  # between what was stored last and a start

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clocks:
    """``counter`` only ever goes on, in seconds; ``wall`` may jump."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    counter: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Expiring:
    """``hours_kept`` 0 keeps for ever. ``is_here`` tells of an owner whose page is open: nothing of theirs goes."""

    holdings: Holdings
    erase: Callable[[str], Awaitable[None]]
    hours_kept: Callable[[], float]
    is_here: Callable[[str], bool]
    audit: Audit


class Expiry:
    """Sweeps when it begins and now and then, on the page's loop."""

    def __init__(self, parts: Expiring, clocks: Clocks | None = None) -> None:
        self._parts = parts
        self._clocks = clocks or Clocks()
        self._offset: float | None = None  # of the wall clock from the counter
        self._sure_from = 0.0  # by the counter
        self._ahead: dict[str, float] = {}  # when what is stored with a later time than now was first seen

    @asynccontextmanager
    async def serving(self, _: Any) -> AsyncIterator[None]:
        """As a server's lifespan."""
        task = asyncio.create_task(self._keep_swept())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def sweep(self) -> int:
        """Delete what has expired. Returns of how many owners."""
        parts, hours = self._parts, self._parts.hours_kept()
        if hours <= 0:
            return 0
        touched = await asyncio.to_thread(parts.holdings.last_touched)
        if not self._is_sure(touched):
            return 0
        num = 0
        for owner in self._expired(touched, timedelta(hours=hours)):
            if parts.is_here(owner):
                continue
            try:
                await parts.erase(owner)
            except TertuliaError as error:
                logger.warning("expired data could not be deleted: %s", error.key)
                continue
            num += 1
            await asyncio.to_thread(parts.audit.note, Event.DATA_DELETED, who=who_is(owner), why="expired")
        return num

    async def _keep_swept(self) -> None:
        while True:
            try:
                await self.sweep()
            except TertuliaError as error:
                logger.warning("expired data was not looked for: %s", error.key)
            await asyncio.sleep(SECONDS_BETWEEN)

    def _is_sure(self, touched: Mapping[str, datetime]) -> bool:
        """Whether anything may be deleted by what the wall clock says."""
        wall, counter = self._clocks.wall(), self._clocks.counter()
        offset = wall.timestamp() - counter
        if self._offset is None:
            newest = max(touched.values(), default=wall)
            is_plausible = -timedelta(seconds=LEAP_S) <= wall - newest <= LONGEST_PAUSE
        else:
            is_plausible = abs(offset - self._offset) <= LEAP_S
        self._offset = offset
        if not is_plausible:
            self._sure_from = counter + HELD_S
            logger.warning("the clock jumped: nothing expires until it has held for a while")
        return counter >= self._sure_from

    def _expired(self, touched: Mapping[str, datetime], kept: timedelta) -> list[str]:
        wall, counter = self._clocks.wall(), self._clocks.counter()
        late = wall + timedelta(seconds=LEAP_S)
        ahead = {owner for owner, last in touched.items() if last > late}
        self._ahead = {owner: self._ahead.get(owner, counter) for owner in ahead}
        return [
            owner
            for owner, last in touched.items()
            if not owner.startswith(LOGIN)
            and (counter - self._ahead[owner] >= kept.total_seconds() if owner in ahead else wall - last >= kept)
        ]
