"""The last minutes of the program in figures: a sample every few seconds, for plots. Bounded, and in memory alone."""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from chains.turn_news import EndedTurn
from components.metrics import Sources
from models.status import EngineTotals

SECONDS_BETWEEN_SAMPLES = 5.0
MINUTES = 10
NUM_SAMPLES = int(MINUTES * 60 / SECONDS_BETWEEN_SAMPLES)
SAMPLES_A_LOOK = 12  # at the disk, which takes longer
MAX_FIRST_TOKENS = 500  # more turns in ten minutes than one machine answers


@dataclass(frozen=True)
class Sample:
    """One moment; ``first_token_s`` is the median of the last minutes, None where nobody was answered."""

    at: float
    people: int
    running: int
    waiting: int
    tokens_per_second: float
    first_token_s: float | None
    app_bytes: int
    engine_bytes: int
    restarts: int
    disk_bytes: int


class History:
    """Safe from any thread. ``clock`` never goes back."""

    def __init__(self, sources: Sources, clock: Callable[[], float] = time.monotonic) -> None:
        self._sources = sources
        self._clock = clock
        self._began_at = clock()
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self._samples: deque[Sample] = deque(maxlen=NUM_SAMPLES)
        self._firsts: deque[tuple[float, float]] = deque(maxlen=MAX_FIRST_TOKENS)
        self._before = (self._began_at, EngineTotals())
        self._disk_bytes = 0

    @property
    def seconds(self) -> float:
        """Since the program began."""
        return self._clock() - self._began_at

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The oldest first."""
        with self._lock:
            return tuple(self._samples)

    def turn_ended(self, turn: EndedTurn) -> None:
        """Remember how long its first token took."""
        if turn.first_token_s is not None:
            with self._lock:
                self._firsts.append((self._clock(), turn.first_token_s))

    def take(self) -> Sample:
        """A sample of now, which is kept."""
        statuses, totals, people = self._sources.statuses(), self._sources.totals(), self._sources.num_people()
        with self._lock:
            now = self._clock()
            then, before = self._before
            self._before = (now, totals)
            while self._firsts and self._firsts[0][0] < now - MINUTES * 60:
                self._firsts.popleft()
            firsts = [seconds for _, seconds in self._firsts]
            sample = Sample(
                at=now,
                people=people,
                running=sum(one.num_running for one in statuses),
                waiting=sum(one.num_waiting for one in statuses),
                tokens_per_second=(totals.num_output - before.num_output) / (now - then) if now > then else 0.0,
                first_token_s=statistics.median(firsts) if firsts else None,
                app_bytes=self._process.memory_info().rss,
                engine_bytes=sum(one.resident_bytes or 0 for one in statuses),
                restarts=totals.num_restarts,
                disk_bytes=self._disk_bytes,
            )
            self._samples.append(sample)
        return sample

    @asynccontextmanager
    async def serving(self, _: Any) -> AsyncIterator[None]:
        """Meanwhile, samples are taken."""
        task = asyncio.create_task(self._keep())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _keep(self) -> None:
        """In threads: the fleet's lock may be held for a moment, and a disk may be slow."""
        for number in itertools.count():
            if number % SAMPLES_A_LOOK == 0:
                self._disk_bytes = await asyncio.to_thread(self._sources.disk_bytes)
            await asyncio.to_thread(self.take)
            await asyncio.sleep(SECONDS_BETWEEN_SAMPLES)


def bytes_in(folder: Path) -> int:
    """What all files below ``folder`` take, as far as they can be seen. Blocks."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it may be gone by now
                total += os.lstat(os.path.join(place, name)).st_size
    return total
