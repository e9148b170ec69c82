"""A library in a process of its own, which tests damage and kill: ``python -m tests.search_process COMMAND FOLDER``.

Its files cannot grow beyond a limit: a torn index may otherwise fill the disk. Prints one JSON object a line.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tests.search_room import OWNER, SearchRoom, opened_room

MOST_FILE_BYTES = 64 << 20
NUM_PASSAGES = 2_100  # so many that Chroma has written its files twice
ASKED = (0, 7, 1_234, NUM_PASSAGES - 1)
BUILD_LIMIT_S = 120.0
BEGIN = "rewriting"


def text_of(number: int) -> str:
    return f"Passage number{number} tells of thing{number * 7919 % 100_003}."


def main(command: str, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE_BYTES, MOST_FILE_BYTES))
    with opened_room(folder / "tertulia.db", folder, small=100) as room:
        {"build": build, "ask": ask, "rewrite": rewrite}[command](room)


def build(room: SearchRoom) -> None:
    collection_id = room.new_collection()
    room.add(collection_id, [text_of(number) for number in range(NUM_PASSAGES)])
    ask(room)


def ask(room: SearchRoom) -> None:
    """What a search finds at once, and what it finds when nothing is left to do."""
    tell(room)
    assert room.upkeep.wait(BUILD_LIMIT_S)
    tell(room)


def rewrite(room: SearchRoom) -> None:
    """Put everything in the index anew again and again, until somebody kills this process."""
    ask(room)
    say(BEGIN)
    (collection,) = [one for one in room.collections.listed(OWNER) if not one.is_default]
    for number in range(1_000_000):
        room.collections.change(OWNER, collection.id, stamp={**room.stamp(), "turn": number})
        tell(room)
        assert room.upkeep.wait(BUILD_LIMIT_S)


def tell(room: SearchRoom) -> None:
    """Which of the questions found the passage that they are the text of, first; by which index."""
    (collection,) = [one for one in room.collections.listed(OWNER) if not one.is_default]
    reports = [room.searcher.search(OWNER, collection.id, text_of(number)) for number in ASKED]
    firsts = [report.hits[0].passage.chunk.number for report in reports]
    say(json.dumps({"index": reports[0].index, "firsts": firsts}))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
