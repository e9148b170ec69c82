"""The whole program as a user starts it, in a process of its own that cannot leave this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ServedApp:
    """``url`` of the page, ``data`` its folder; ``leaks`` holds a line for every attempt to reach another machine."""

    url: str
    process_id: int
    leaks: Path
    data: Path


def app_environment(folder: Path, **settings: str) -> dict[str, str]:
    """A user's environment with its folders below ``folder``, an English console, and no way out."""
    ours = ("TERTULIA_", "LC_", "LANG")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(ours) and not name.endswith("_API_KEY")
    }
    return kept | {
        "PYTHONPATH": str(ROOT / "tests" / "guard"),
        "TERTULIA_TEST_LEAKS": str(folder / "leaks"),
        "TERTULIA_DATA_DIR": str(folder / "data"),
        "TERTULIA_CACHE_DIR": str(folder / "cache"),
        "LANG": "en_US.UTF-8",
        **settings,
    }


def run_app(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=app_environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def served_app(folder: Path, *arguments: str, **settings: str) -> Iterator[ServedApp]:
    """Serve on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", "0", *arguments],
        cwd=ROOT,
        env=app_environment(folder, **settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if found := re.search(r"https?://\S+", line):
                    yield ServedApp(found[0], process.pid, folder / "leaks", folder / "data")
                    break
            else:
                raise AssertionError(f"the app did not start: {''.join(lines)}")
        finally:
            process.terminate()
            process.wait(30)


def worker_of(process_id: int) -> int:
    """The child that carries the model, whichever thread started it (Linux)."""
    children = [path.read_text().split() for path in Path(f"/proc/{process_id}/task").glob("*/children")]
    return next(int(child) for some in children for child in some)
