"""Finds a browser for the tests; ``python -m tests.browser`` also installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Find: TypeAlias = Callable[[], str | None]
Run: TypeAlias = Callable[[Sequence[str]], int]

COMMANDS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "chrome",
    "msedge",
)
MACOS_PROGRAMS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_PROGRAMS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
PLAYWRIGHT_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright", "AppData/Local/ms-playwright")
PLAYWRIGHT_PROGRAMS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)

INSTALL_WITH_PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "chromium")
INSTALL_WITH_APT = (
    ("apt-get", "update", "--quiet"),
    ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium"),
)
SECONDS_TO_INSTALL = 600
NO_BROWSER = (
    "The tests need a browser and none could be installed: install Google Chrome, Chromium or Microsoft Edge, "
    "then run this again."
)


def find_browser(programs: Iterable[str] | None = None) -> str | None:
    """The first of ``programs`` that can be run; by default of an installed Chrome, Chromium, Edge, or Playwright's."""
    programs = _usual_programs() if programs is None else programs
    return next((program for program in programs if os.access(program, os.X_OK)), None)


def downloaded_programs(folder: Path) -> Iterator[str]:
    """What Playwright left in its ``folder``, the newest first."""
    for pattern in PLAYWRIGHT_PROGRAMS:
        yield from sorted(map(str, folder.glob(pattern)), reverse=True)


def _usual_programs() -> Iterator[str]:
    """Where browsers usually lie, whether or not they do."""
    yield from filter(None, map(shutil.which, COMMANDS))
    home = Path.home()
    for folder in (Path("/Applications"), home / "Applications"):
        yield from (str(folder / program) for program in MACOS_PROGRAMS)
    for root in filter(None, map(os.environ.get, WINDOWS_ROOTS)):
        yield from (str(Path(root) / program) for program in WINDOWS_PROGRAMS)
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    for folder in [Path(chosen)] if chosen else [home / name for name in PLAYWRIGHT_FOLDERS]:
        yield from downloaded_programs(folder)


@dataclass(frozen=True)
class Machine:
    """What installing a browser asks of the machine it runs on."""

    find: Find
    run: Run
    may_use_apt: bool

    @classmethod
    def this(cls) -> Machine:
        """The one this runs on."""
        is_root = sys.platform != "win32" and os.geteuid() == 0
        return cls(find_browser, _run, is_root and shutil.which("apt-get") is not None)


def ensure_browser(machine: Machine) -> str | None:
    """The path of a browser, installed now if need be; None when that failed."""
    browser = machine.find()
    if browser:
        return browser
    print("No browser found for the tests: downloading Chromium, about 170 MB.", flush=True)
    if machine.run(INSTALL_WITH_PLAYWRIGHT) == 0:
        browser = machine.find()
        if browser and _starts(browser, machine.run):
            return browser
    if not machine.may_use_apt:
        return None
    print("Installing Debian's Chromium.", flush=True)
    if any(machine.run(command) != 0 for command in INSTALL_WITH_APT):
        return None
    return machine.find()


def _starts(browser: str, run: Run) -> bool:
    """A download brings no system libraries, which may lack on Linux; elsewhere the question could open a window."""
    return not sys.platform.startswith("linux") or run((browser, "--version")) == 0


def _run(command: Sequence[str]) -> int:
    """Run ``command`` in silence; when it fails, show the line that says why."""
    environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}  # milliseconds
    try:
        subprocess.run(
            command,
            check=True,
            timeout=SECONDS_TO_INSTALL,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stdout.splitlines() if "rror" in line] or error.stdout.splitlines() or [""]
        print(f"That failed: {said[-1].strip()}", flush=True)
        return error.returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"That failed: {error}", flush=True)
        return 1
    return 0


def main(machine: Machine) -> int:
    """Ensure a browser; the exit code."""
    if ensure_browser(machine):
        return 0
    print(NO_BROWSER, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Machine.this()))
