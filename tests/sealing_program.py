"""A program that encrypts or decrypts a database, to be killed: prints a line for each transaction that is kept."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from storage.opening import decrypt_database, open_database
from tests.databases import DATA_KEY, not_needed, sqlite_url


@event.listens_for(Engine, "commit")
def tell(_: Connection) -> None:
    sys.stdout.write("kept\n")
    sys.stdout.flush()


def run(aim: str, path: Path) -> None:
    if aim == "seal":
        open_database(sqlite_url(path), path.parent, not_needed, DATA_KEY).close()
    else:
        decrypt_database(sqlite_url(path), path.parent, not_needed, DATA_KEY)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
