"""The page with several models to choose in the Playground: ``python -m tests.cloud_page`` to look at it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.cloud import CloudModels
from tests.page_server import PageServer
from tests.scripted_teller import NAME, ScriptedTeller

OTHER = "local/other"  # another model of this machine


@contextmanager
def serving_cloud() -> Iterator[str]:
    """The URL of the page, served by another process."""
    root = Path(__file__).parent.parent
    with (
        tempfile.TemporaryDirectory(prefix="tertulia-page-", ignore_cleanup_errors=True) as folder,
        subprocess.Popen(
            (sys.executable, "-m", "tests.cloud_page", folder), cwd=root, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()


def main(folder: Path) -> None:
    """Serve until the process is ended."""
    page = PageServer(folder, cloud=CloudModels({NAME: ScriptedTeller()}), playground_models=(OTHER,))
    sys.stdout.write(page.start().url + "\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tertulia-page-")))
