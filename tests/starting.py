"""How long a program took to start, apart from what it waited for others on a busy machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_S = 10.0  # of a start after a crash
NANOSECONDS = 1e9


@dataclass
class StartClock:
    """Runs from when it is made. ``seconds`` are those by the clock on the wall."""

    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    own_seconds: float = 0.0

    def stop(self, process_id: int) -> StartClock:
        """The program serves: what its main thread waited for a free core is not the program's own (Linux)."""
        self.seconds = time.monotonic() - self.began
        _, waited, _ = Path(f"/proc/{process_id}/schedstat").read_text().split()
        self.own_seconds = self.seconds - int(waited) / NANOSECONDS
        return self
