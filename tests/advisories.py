"""Asks a public database which of the locked packages have known vulnerabilities: ``make audit``.

Reads requirements.lock as it is, hashes and all, without resolving or installing anything. Exit codes: 0 none is known
but those listed below, 1 some are, 2 pip-audit itself is missing or refused the lock, 3 the database was not reached,
so that nothing is known: not a fault of the lock, and no good news either.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements.lock"
OSV_URL = "https://api.osv.dev/v1/query"  # what pip-audit asks; a mirror that speaks as it does can be named instead
SECONDS_FOR_AN_ANSWER = 15

SOUND = 0
VULNERABLE = 1
CANNOT_ASK = 2
NOT_REACHED = 3

ACCEPTED: Mapping[str, str] = {
    "CVE-2025-69872": "diskcache unpickles what lies in its folder, and no release mends it. It comes with "
    "llama-cpp-python, whose disk cache is never used here: nothing imports it.",
}
UNREACHABLE = re.compile(  # how requests, urllib3 and pip-audit call it
    r"ConnectionError|ConnectTimeout|ReadTimeout|SSLError|ProxyError|ServiceError|Could not connect|JSONDecodeError"
)


@dataclass(frozen=True)
class Advisory:
    """One known vulnerability of one locked package."""

    package: str
    version: str
    names: tuple[str, ...]
    mended_in: tuple[str, ...]

    @property
    def reason(self) -> str | None:
        """Why it is accepted, if it is."""
        return next((ACCEPTED[name] for name in self.names if name in ACCEPTED), None)

    @property
    def told(self) -> str:
        mended = f", mended in {', '.join(self.mended_in)}" if self.mended_in else ", mended in no release"
        return f"{self.package} {self.version}: {', '.join(self.names)}{mended}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make audit", description="Known vulnerabilities of the locked packages.")
    parser.add_argument("--lock", type=Path, default=LOCK)
    parser.add_argument("--osv-url", default=OSV_URL)
    options = parser.parse_args(arguments)
    asked = _ask(options.lock, options.osv_url)
    try:
        dependencies = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return _tell_why_not(asked.stderr, options.osv_url)
    return _tell(dependencies)


def _ask(lock: Path, osv_url: str) -> subprocess.CompletedProcess[str]:
    plain = ("--format", "json", "--desc", "off", "--aliases", "on", "--progress-spinner", "off")
    as_locked = ("--requirement", str(lock), "--require-hashes", "--disable-pip")
    service = ("--vulnerability-service", "osv", "--osv-url", osv_url, "--timeout", str(SECONDS_FOR_AN_ANSWER))
    command = (sys.executable, "-m", "pip_audit", *as_locked, *service, *plain)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _tell_why_not(complaint: str, osv_url: str) -> int:
    lines = [line for line in complaint.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "pip-audit said nothing"
    if UNREACHABLE.search(complaint):
        print(f"NOT CHECKED: the database of advisories at {osv_url} was not reached. Nothing is known of this lock.")
        print(f"  {last}")
        return NOT_REACHED
    print(f"NOT CHECKED: pip-audit could not read the lock, or is not installed.\n  {last}")
    return CANNOT_ASK


def _tell(dependencies: list[dict[str, Any]]) -> int:
    found = list(_advisories(dependencies))
    for advisory in found:
        print(f"accepted: {advisory.told}\n  {advisory.reason}" if advisory.reason else f"VULNERABLE: {advisory.told}")
    skipped = [one for one in dependencies if "skip_reason" in one]
    for one in skipped:
        print(f"NOT CHECKED: {one['name']}: {one['skip_reason']}")
    open_ones = [advisory for advisory in found if advisory.reason is None]
    num_asked = len(dependencies) - len(skipped)
    print(f"{num_asked} packages asked for, {len(open_ones)} open, {len(found) - len(open_ones)} accepted")
    if not num_asked:
        return CANNOT_ASK
    return VULNERABLE if open_ones else SOUND


def _advisories(dependencies: list[dict[str, Any]]) -> Iterator[Advisory]:
    for one in dependencies:
        for advisory in one.get("vulns", []):
            names = tuple(sorted({advisory["id"], *advisory.get("aliases", [])}))
            yield Advisory(one["name"], one["version"], names, tuple(advisory["fix_versions"]))


if __name__ == "__main__":
    sys.exit(main())
