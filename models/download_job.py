"""How far a download is, for those who watch, and what belongs to it, for the thread that does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from errors import TertuliaError
from models.download_source import Source
from models.transfer import Meter


class DownloadState(StrEnum):
    """STARTING: the hub is asked, or what was here before is read. STOPPED: from when somebody asks for the end."""

    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Download:
    """How far the model ``name`` is. ``num_bytes``, the speed and what is left of the time: None until they are known.

    ``error`` is there when it FAILED.
    """

    name: str
    state: DownloadState
    num_done: int = 0
    num_bytes: int | None = None
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    error: TertuliaError | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (DownloadState.DONE, DownloadState.FAILED, DownloadState.STOPPED)


@dataclass
class Job:
    """``origin``: a file of this machine, which may become the model without being copied."""

    name: str
    find: Callable[[], Source]
    meter: Meter
    origin: Path | None = None
    sha256: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    outcome: DownloadState | None = None
    error: TertuliaError | None = None
    thread: threading.Thread | None = None

    def told(self) -> Download:
        meter = self.meter
        if self.outcome is not None or self.stop.is_set():
            state = self.outcome or DownloadState.STOPPED
            return Download(self.name, state, meter.num_done, meter.num_bytes, error=self.error)
        if meter.num_bytes is None:
            return Download(self.name, DownloadState.STARTING)
        speed, left = meter.bytes_per_second, meter.seconds_left
        return Download(self.name, DownloadState.RUNNING, meter.num_done, meter.num_bytes, speed, left)
