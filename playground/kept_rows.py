"""Rows of logits that were read before: so many bytes of each owner and of all, the least used go first.

The probability of a chosen token outlives the row it was in: a long path is shown after its rows have gone.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from models.next_token import NextRow
from playground.positions import Position

OWNER_BYTES = 16 * 2**20  # 81 rows of the default model's vocabulary, 27 of one of 150,000 tokens
ALL_BYTES = 128 * 2**20
MAX_CHANCES = 10_000

Key: TypeAlias = tuple[str, Position]


class KeptRows:
    """For one thread."""

    def __init__(self, owner_bytes: int = OWNER_BYTES, all_bytes: int = ALL_BYTES) -> None:
        self._limits = (owner_bytes, all_bytes)
        self._rows: OrderedDict[Key, NextRow] = OrderedDict()  # the least used first
        self._num_bytes = 0
        self._num_bytes_of: dict[str, int] = {}
        self._chances: OrderedDict[Key, float] = OrderedDict()
        self._fingerprint = ""

    def get(self, owner: str, position: Position) -> NextRow | None:
        """What ``keep`` was given, if it is still here."""
        row = self._rows.get((owner, position))
        if row is not None:
            self._rows.move_to_end((owner, position))
        return row

    def keep(self, owner: str, position: Position, row: NextRow) -> None:
        """The newest row stays in any case; rows of a model that was replaced go."""
        if row.vocabulary.fingerprint != self._fingerprint:
            self._fingerprint = row.vocabulary.fingerprint
            self._clear()
        self._drop((owner, position))
        self._rows[owner, position] = row
        self._count(owner, row.logits.nbytes)
        owner_bytes, all_bytes = self._limits
        for key in list(self._rows)[:-1]:
            if self._num_bytes_of[owner] > owner_bytes and key[0] == owner:
                self._drop(key)
        for key in list(self._rows)[:-1]:
            if self._num_bytes > all_bytes:
                self._drop(key)

    def chance(self, owner: str, position: Position) -> float | None:
        """What ``keep_chance`` was given, if it is still here."""
        return self._chances.get((owner, position))

    def keep_chance(self, owner: str, position: Position, probability: float) -> None:
        """Of the last token of the path, where it was chosen."""
        self._chances[owner, position] = probability
        if len(self._chances) > MAX_CHANCES:
            self._chances.popitem(last=False)

    def _clear(self) -> None:
        self._rows.clear()
        self._chances.clear()
        self._num_bytes_of.clear()
        self._num_bytes = 0

    def _drop(self, key: Key) -> None:
        row = self._rows.pop(key, None)
        if row is not None:
            self._count(key[0], -row.logits.nbytes)

    def _count(self, owner: str, num_bytes: int) -> None:
        self._num_bytes += num_bytes
        self._num_bytes_of[owner] = self._num_bytes_of.get(owner, 0) + num_bytes
        if not self._num_bytes_of[owner]:
            del self._num_bytes_of[owner]
