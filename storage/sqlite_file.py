"""What is done with a SQLite file before anything may write in it: it is looked at, and copied."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.schema import REVISION_STATEMENT, REVISION_TABLE

NUM_BACKUPS = 5
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True)
class Look:
    """What a database is found to be. ``revision`` is None where none was ever written: it is new, or not ours."""

    is_whole: bool
    has_tables: bool = False
    revision: str | None = None


def look_at(path: Path) -> Look:
    """Read every page of the file and change none. Raises sqlite3.Error when it cannot be opened."""
    if not path.exists():
        return Look(is_whole=True)
    try:
        with closing(reader(path)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return Look(is_whole=False)
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            found = connection.execute(REVISION_STATEMENT).fetchone() if REVISION_TABLE in tables else None
            return Look(is_whole=True, has_tables=bool(tables), revision=found[0] if found else None)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in _DAMAGED:
            return Look(is_whole=False)
        raise


def back_up(path: Path, folder: Path, revision: str) -> Path:
    """Copy the database as it stands into ``folder``, the time and ``revision`` in its name; keeps the newest few.

    The copy gets its name when it is complete, and is among those kept however the clock was set back. Raises
    sqlite3.Error or OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    backup = folder / f"{path.stem}-{moment}-revision-{revision}{path.suffix}"
    unfinished = backup.with_name(f"{backup.name}.unfinished")
    try:
        with closing(reader(path)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        os.replace(unfinished, backup)
    finally:
        unfinished.unlink(missing_ok=True)
    others = [each for each in backups_of(path, folder) if each != backup]  # a clock may have been set back
    for old in others[: max(0, len(others) + 1 - NUM_BACKUPS)]:
        old.unlink()
    return backup


def backups_of(path: Path, folder: Path) -> list[Path]:
    """Those in ``folder``, the oldest first."""
    return sorted(folder.glob(f"{path.stem}-*-revision-*{path.suffix}"))


def reader(path: Path) -> sqlite3.Connection:
    """Where no log lies beside the file, nobody has it open, and then even the files that locks need are not made."""
    has_log = path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable={0 if has_log else 1}", uri=True)
