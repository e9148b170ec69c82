"""How long a program took to start: by the clock, and by what it computed, which a busy machine lengthens less."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

LIMIT_S = 10.0  # of a start after a crash


@dataclass
class StartClock:
    """Runs from when it is made. ``cpu_seconds`` are those that the program's own process computed."""

    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def stop(self, process_id: int) -> StartClock:
        """The program serves."""
        self.seconds = time.monotonic() - self.began
        times = psutil.Process(process_id).cpu_times()
        self.cpu_seconds = float(times.user + times.system)
        return self


def assert_in_time(starts: Sequence[StartClock]) -> None:
    """The newest start came after a crash; the first did not, and tells how slow this machine is."""
    limit = max(LIMIT_S, 2 * starts[0].cpu_seconds)
    assert starts[-1].cpu_seconds <= limit, starts
