"""The files of what is seen in the Playground, kept until somebody takes them away: few, and only in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from errors import ExportGone

MAX_BYTES = 64_000_000
MAX_BYTES_OF_ONE = 8_000_000  # of one owner: whoever makes many loses only their own


@dataclass(frozen=True)
class _Place:
    owner: str
    session: str
    name: str


class ExportShelf:
    """The newest file of each kind for every tab of every owner's browser. The oldest make room; safe in any thread.

    ``session`` tells the tabs of one browser from each other; what it says of itself is never trusted further.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_bytes_of_one: int = MAX_BYTES_OF_ONE) -> None:
        self._limits = (max_bytes, max_bytes_of_one)
        self._files: OrderedDict[_Place, dict[str, bytes]] = OrderedDict()
        self._sizes: dict[str, int] = {}  # by owner
        self._lock = threading.Lock()

    def keep(self, owner: str, session: str, name: str, csv: str, json: str) -> None:
        """In place of what ``name`` was before in this tab."""
        files = {"csv": csv.encode(errors="replace"), "json": json.encode(errors="replace")}
        with self._lock:
            place = _Place(owner, session, name)
            self._drop(place)
            self._files[place] = files
            self._sizes[owner] = self._sizes.get(owner, 0) + _size(files)
            self._make_room(owner)

    def take(self, owner: str, session: str, name: str, kind: str) -> bytes:
        """The file's content. Raises ExportGone, also for what is somebody else's."""
        with self._lock:
            files = self._files.get(_Place(owner, session, name), {})
        if kind not in files:
            raise ExportGone
        return files[kind]

    def forget(self, owner: str) -> None:
        """All files of ``owner``."""
        with self._lock:
            for place in [place for place in self._files if place.owner == owner]:
                self._drop(place)

    @property
    def num_bytes(self) -> int:
        """Of all that is kept."""
        with self._lock:
            return sum(self._sizes.values())

    def _make_room(self, owner: str) -> None:
        limit, limit_of_one = self._limits
        while self._sizes.get(owner, 0) > limit_of_one:
            self._drop(next(place for place in self._files if place.owner == owner))
        while sum(self._sizes.values()) > limit:
            self._drop(next(iter(self._files)))

    def _drop(self, place: _Place) -> None:
        files = self._files.pop(place, None)
        if files is None:
            return
        self._sizes[place.owner] -= _size(files)
        if not self._sizes[place.owner]:
            del self._sizes[place.owner]


def _size(files: dict[str, bytes]) -> int:
    return sum(map(len, files.values())) + 1  # even empty files take a place
