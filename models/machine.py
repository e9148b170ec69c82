"""What this machine can give a model: free memory, and how fast its memory is read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import psutil

from models.speed_estimate import measure_bandwidth


class Machine:
    """Safe from any thread. ``measure`` takes some seconds and keeps ``threads`` cores busy."""

    def __init__(self, threads: int, measure: Callable[[], float] | None = None) -> None:
        self._measure = measure or partial(measure_bandwidth, threads)
        self._measuring = threading.Lock()
        self._bandwidth: float | None = None

    @property
    def free_bytes(self) -> int:
        """Memory that a program may still ask for."""
        return psutil.virtual_memory().available

    @property
    def bandwidth(self) -> float | None:
        """In bytes per second; None before it was measured."""
        return self._bandwidth

    def measured_bandwidth(self) -> float:
        """The same, measured when nobody did before: that blocks for about two seconds."""
        with self._measuring:
            if self._bandwidth is None:
                self._bandwidth = self._measure()
            return self._bandwidth

    def measure_again(self) -> float:
        """The better of what was known and what is found now: whatever else runs can only make it slower."""
        with self._measuring:
            self._bandwidth = max(self._measure(), self._bandwidth or 0.0)
            return self._bandwidth
