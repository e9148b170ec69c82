"""A program that fills a library for two owners, to be killed: says a word at every step, and "done" at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from errors import DocumentAlreadyHere
from storage.database import Database
from storage.opening import open_database
from tests.library_room import TEXT, LibraryRoom

OWNERS = ("ana", "bea")
NUM_DOCUMENTS = 3  # of each owner


def text_of(owner: str, number: int) -> str:
    return f"{owner} {number}. {TEXT}"


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def no_migration(database: Database) -> None:
    """Alembic is not imported here: it would double the time that each start takes."""
    raise AssertionError(database.address)


def fill(path: Path) -> None:
    database = open_database(f"sqlite:///{path}", path.parent, migrate=no_migration)
    room = LibraryRoom(database, path.parent)

    def tell(texts: Sequence[str]) -> None:
        say("batch")

    room.embedders["use-multilingual"].before_batch = tell
    room.library.start()
    for number in range(NUM_DOCUMENTS):
        for owner in OWNERS:
            say("add")
            try:
                room.add(text_of(owner, number), f"{number}.txt", owner)
            except DocumentAlreadyHere:
                say("here")
    room.settle()
    room.indexer.close()
    say("done")


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
