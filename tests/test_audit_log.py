"""A line for each event, on the disk at once, of bounded size; and never a fault for whoever did what is noted."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safety.audit_log import FILES_KEPT, AuditLog, Event, NoAudit, who_is


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_a_line_tells_when_what_who_and_from_where(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    AuditLog(path).note(Event.SIGN_IN, who="ana", address="203.0.113.9", gate=None)
    (line,) = lines(path)
    assert line.pop("time").endswith("+00:00")
    assert line == {"event": "sign_in", "who": "ana", "address": "203.0.113.9"}


def test_facts_of_others_stay_one_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for fact in ('a\nb"}', "\udcff", "x" * 100_000):
        AuditLog(path).note(Event.MODEL_ADDED, model=fact)
    assert [line["event"] for line in lines(path)] == ["model_added"] * 3
    assert len(path.read_text()) < 1_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    AuditLog(path).note(Event.SIGN_OUT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_never_grows_beyond_its_files(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", max_bytes=1_000)
    for number in range(300):
        log.note(Event.SIGN_IN, who=f"user{number}")
    files = sorted(tmp_path.iterdir())
    assert len(files) == FILES_KEPT + 1
    assert all(file.stat().st_size <= 1_000 for file in files)
    assert lines(tmp_path / "audit.jsonl")[-1]["who"] == "user299"
    newest_before = lines(tmp_path / "audit.1.jsonl")[-1]["who"]
    assert int(newest_before[4:]) + 1 == int(lines(tmp_path / "audit.jsonl")[0]["who"][4:])


def test_a_full_disk_keeps_nobody_from_what_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.note(Event.SIGN_IN)
    with monkeypatch.context() as full:
        full.setattr("safety.audit_log.os.write", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        log.note(Event.SIGN_OUT)
    with monkeypatch.context() as half:
        half.setattr("safety.audit_log.os.write", lambda _, data: len(data) // 2)
        log.note(Event.SIGN_OUT)
    log.note(Event.DATA_DELETED)
    assert [line["event"] for line in lines(tmp_path / "audit.jsonl")] == ["sign_in", "data_deleted"]
    AuditLog(tmp_path / "gone" / "audit.jsonl").note(Event.SIGN_IN)
    AuditLog(tmp_path).note(Event.SIGN_IN)


def test_many_at_once_write_whole_lines(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: log.note(Event.SIGN_IN, who=f"user{number}"), range(100)))
    assert len({line["who"] for line in lines(tmp_path / "audit.jsonl")}) == 100


def test_an_owner_is_told_by_a_name_or_by_what_makes_no_cookie() -> None:
    assert who_is("login:ana") == "ana"
    anonymous = who_is("x3TfV9nGq2")
    assert anonymous.startswith("#")
    assert "x3TfV9nGq2" not in anonymous
    assert anonymous == who_is("x3TfV9nGq2") != who_is("another")
    assert who_is("") == ""


def test_none_is_kept_where_none_is_wanted() -> None:
    NoAudit().note(Event.SIGN_IN, who="ana")
