"""Where the conversations of each local model are parked, so that they go with it."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MAX_AGE_S = 30 * 24 * 3_600  # since a parked conversation was written or last gone on with
OTHERS = "models"  # the folder of all models but the first; never 32 characters long, as those of weights are


@dataclass(frozen=True)
class ParkedFolders:
    """Below ``root``, which is the first model's own; None parks nothing. Others have a folder named after them."""

    root: Path | None

    def of(self, name: str) -> Path | None:
        """That of the model called ``name``, which is not the first."""
        return self.root and self.root / OTHERS / hashlib.sha256(name.encode(errors="replace")).hexdigest()[:32]

    def delete(self, name: str) -> None:
        """Forget the conversations of a model that is deleted; what cannot be deleted goes when it is old."""
        if folder := self.of(name):
            shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Delete all that is parked, of whichever conversations: nothing says whose they were.

        To the others it costs that their prompts are read again.
        """
        if self.root is None:
            return
        for path in (*self.root.rglob("*.cells"), *self.root.rglob("*.part")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def forget_old(self, now: float) -> None:
        """Delete what nobody wanted for long: of weights that were replaced, or that another llama.cpp read."""
        if self.root is None:
            return
        for path in (*self.root.rglob("*.cells"), *self.root.rglob("*.part")):
            with suppress(OSError):
                if now - path.stat().st_mtime > MAX_AGE_S:
                    path.unlink()
