"""``make audit`` against a stand-in of the database: what is vulnerable is told, silence is no good news."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import advisories
from tests.advisories import CANNOT_ASK, NOT_REACHED, SOUND, VULNERABLE

HASH = "--hash=sha256:" + "0" * 64
PINNED = f"jinja2==3.1.2 {HASH}\ndiskcache==5.6.3 {HASH}\nidna==3.20 {HASH}\n"


def advisory(name: str, package: str, *, alias: str, fixed: str | None = None) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {"package": {"name": package, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": name, "aliases": [alias], "summary": "made up", "affected": [affected]}


DISKCACHE = advisory("GHSA-made-up-0001", "diskcache", alias="CVE-2025-69872")
JINJA = advisory("GHSA-made-up-0002", "jinja2", alias="CVE-2024-00000", fixed="3.1.5")


@contextmanager
def database(known: dict[str, Any], status: int = 200) -> Iterator[str]:
    """The address of a server that answers as osv.dev does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = known.get(asked["package"]["name"])
            body = json.dumps({"vulns": [found]} if found else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def nobody_there() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1/query"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(PINNED, encoding="utf-8")
    return path


def audit(lock: Path, url: str) -> int:
    return advisories.main(["--lock", str(lock), "--osv-url", url])


def test_a_vulnerable_pin_is_told_with_the_release_that_mends_it(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database({"jinja2": JINJA, "diskcache": DISKCACHE}) as url:
        assert audit(lock, url) == VULNERABLE
    told = capsys.readouterr().out
    assert "VULNERABLE: jinja2 3.1.2: CVE-2024-00000, GHSA-made-up-0002, mended in 3.1.5" in told
    assert "3 packages asked for, 1 open, 1 accepted" in told


def test_what_is_accepted_is_told_with_its_reason(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database({"diskcache": DISKCACHE}) as url:
        assert audit(lock, url) == SOUND
    told = capsys.readouterr().out
    assert "accepted: diskcache 5.6.3" in told
    assert advisories.ACCEPTED["CVE-2025-69872"] in told


def test_a_database_that_is_not_reached_is_neither_good_nor_bad_news(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(lock, nobody_there()) == NOT_REACHED
    told = capsys.readouterr().out
    assert "NOT CHECKED" in told
    assert "was not reached" in told


def test_a_database_that_answers_with_a_fault_counts_as_not_reached(lock: Path) -> None:
    with database({}, status=503) as url:
        assert audit(lock, url) == NOT_REACHED


def test_a_lock_without_hashes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loose = tmp_path / "loose.lock"
    loose.write_text("jinja2==3.1.2\n", encoding="utf-8")
    with database({"jinja2": JINJA}) as url:
        assert audit(loose, url) == CANNOT_ASK
    assert "could not read the lock" in capsys.readouterr().out


def test_every_package_of_our_lock_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with database({"diskcache": DISKCACHE}) as url:
        assert audit(advisories.LOCK, url) == SOUND
    told = capsys.readouterr().out
    assert "NOT CHECKED" not in told
    assert int(told.splitlines()[-1].split()[0]) > 100


def test_the_reason_of_the_accepted_one_holds() -> None:
    """Nothing that runs imports diskcache, or the class of llama-cpp-python that does."""
    root = advisories.LOCK.parent
    folders = (
        "building",
        "components",
        "rag",
        "agents",
        "playground",
        "chains",
        "models",
        "safety",
        "storage",
        "errors",
    )
    sources = [
        root / "app.py",
        root / "settings.py",
        *(path for name in folders for path in (root / name).rglob("*.py")),
    ]
    texts = [path.read_text(encoding="utf-8") for path in sources]
    assert not any(word in text for word in ("diskcache", "DiskCache") for text in texts)
