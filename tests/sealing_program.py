"""A program that encrypts or decrypts a database, to be killed: before it commits, it says so and waits for a line."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from storage.opening import decrypt_database, open_database
from tests.databases import DATA_KEY, not_needed, sqlite_url


@event.listens_for(Engine, "commit")
def tell(_: Connection) -> None:
    sys.stdout.write("commits\n")
    sys.stdout.flush()
    sys.stdin.readline()


def run(aim: str, path: Path) -> None:
    if aim == "seal":
        open_database(sqlite_url(path), path.parent, not_needed, DATA_KEY).close()
    else:
        decrypt_database(sqlite_url(path), path.parent, not_needed, DATA_KEY)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
