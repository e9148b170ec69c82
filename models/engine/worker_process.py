"""How a worker is started."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from models.engine.protocol import EngineOptions

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class WorkerProcess:
    """How to start a worker: ``command`` gets the options as its last argument, ``log`` what it says on stderr.

    It hangs when nothing was heard of it for ``hang_s`` seconds; a healthy one says every second that it lives, unless
    a single step takes longer.
    """

    environment: dict[str, str]
    log: Path
    hang_s: float = 60.0
    command: tuple[str, ...] = (sys.executable, "-m", "models.engine.worker")

    def spawn(self, options: EngineOptions) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [*self.command, options.model_dump_json()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=self.environment,
            )
