"""The page over a scripted model in a process of its own, with a folder that outlives it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from chains.prompts import TITLE_REQUEST
from models.status import ModelState, ModelStatus
from tests.page_server import PageServer, paced
from tests.scripted_model import ScriptedModel

SECONDS_BETWEEN_PIECES = 0.01
NUM_PIECES = 100_000  # more than any test waits for
NO_LIMIT = 1_000_000_000


def script(question: str) -> Sequence[str | Exception]:
    """``endless`` in a question asks for words that never end, ``slow`` for a second of them, ``spell`` for its own
    letters one by one; the beginning of any other comes back. Titles are empty."""
    if question in TITLE_REQUEST.values():
        return [""]
    if "endless" in question or "slow" in question:
        return [f"word{number} " for number in range(NUM_PIECES if "endless" in question else 100)]
    if question.startswith("spell "):
        return list(question[:200])
    return [f"You sent: {question[:200]}"]


@dataclass(frozen=True)
class PageProcess:
    """``folder`` holds ``page.sqlite``."""

    url: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def database(self) -> Path:
        return self.folder / "page.sqlite"

    @property
    def log(self) -> str:
        """What the server wrote, of faults too."""
        return (self.folder / "log").read_text(encoding="utf-8")

    @property
    def full_mark(self) -> Path:
        """While this file is there, the disk is full."""
        return self.folder / "full"


@contextmanager
def page_process(folder: Path, **fields: Any) -> Iterator[PageProcess]:
    """Serve until the block ends; ``fields`` are those of PageServer, and ``model_state``."""
    command = (sys.executable, "-m", "tests.page_process", json.dumps({"folder": str(folder), **fields}))
    with (folder / "log").open("a", encoding="utf-8") as log:
        root = Path(__file__).parent.parent
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True) as process:
            try:
                assert process.stdout is not None
                yield PageProcess(process.stdout.readline().strip(), folder, process)
            finally:
                process.kill()


def fill_the_disk_at(mark: Path) -> None:
    """Let SQLite take no new page while the file ``mark`` is there, as when the disk has none left."""

    @event.listens_for(Engine, "begin")
    def limit(connection: Connection) -> None:
        # A limit below the size that a database has is taken for that size.
        connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if mark.exists() else NO_LIMIT}")


def main() -> None:
    fields = json.loads(sys.argv[1])
    folder = Path(fields.pop("folder"))
    fill_the_disk_at(folder / "full")
    if state := fields.pop("model_state", ""):
        fields["status"] = ModelStatus("SmolLM2 135M", ModelState(state))
    model = ScriptedModel(script=script, pace=paced(SECONDS_BETWEEN_PIECES))
    sys.stdout.write(PageServer(model=model, folder=folder, **fields).start().url + "\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
