"""For each token, the passages that hold it and how often: what BM25 counts over. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.tokens import Keys, Tokens

MOST_COUNTED = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Postings:
    """``keys`` ascend; those of ``keys[i]`` are ``places[starts[i]:starts[i + 1]]``, ascending, with their ``counts``.

    ``lengths`` is the number of tokens of each passage.
    """

    keys: Keys
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, tokens: Tokens, num_passages: int) -> Postings:
        """``tokens`` of the passages in their order."""
        order = np.argsort(tokens.keys, kind="stable")
        keys, places = tokens.keys[order], tokens.places[order]
        is_first = np.ones(len(keys), bool)
        is_first[1:] = (keys[1:] != keys[:-1]) | (places[1:] != places[:-1])
        firsts = np.flatnonzero(is_first)
        counts = np.minimum(np.diff(np.append(firsts, len(keys))), MOST_COUNTED).astype(np.uint16)
        lengths = np.bincount(tokens.places, minlength=num_passages).astype(np.int32)
        return _of_rows(keys[firsts], places[firsts], counts, lengths)

    @property
    def num_bytes(self) -> int:
        arrays = (self.keys, self.starts, self.places, self.counts, self.lengths)
        return sum(array.nbytes for array in arrays)

    def followed_by(self, other: Postings) -> Postings:
        """Both as one: the passages of ``other`` come after ours."""
        keys = np.concatenate([self._key_of_rows(), other._key_of_rows()])
        order = np.argsort(keys, kind="stable")
        places = np.concatenate([self.places, other.places + np.int32(len(self.lengths))])
        counts = np.concatenate([self.counts, other.counts])
        lengths = np.concatenate([self.lengths, other.lengths])
        return _of_rows(keys[order], places[order], counts[order], lengths)

    def only(self, is_kept: NDArray[np.bool_]) -> Postings:
        """Of the passages for which ``is_kept`` is true, with nothing left of the others."""
        new_places = np.cumsum(is_kept, dtype=np.int32) - 1
        rows = is_kept[self.places]
        keys, places = self._key_of_rows()[rows], new_places[self.places[rows]]
        return _of_rows(keys, places, self.counts[rows], self.lengths[is_kept])

    def rows_of(self, keys: Keys) -> list[slice]:
        """Of each key, where in ``places`` and ``counts`` the passages are that hold the token."""
        if not len(self.keys):
            return [slice(0, 0)] * len(keys)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        ends = np.where(self.keys[at] == keys, self.starts[at + 1], self.starts[at])
        return [slice(start, end) for start, end in zip(self.starts[at].tolist(), ends.tolist(), strict=True)]

    def _key_of_rows(self) -> Keys:
        return np.repeat(self.keys, np.diff(self.starts))


def _of_rows(keys: Keys, places: NDArray[np.int32], counts: NDArray[np.uint16], lengths: NDArray[np.int32]) -> Postings:
    """One row for each token of each passage, by key and then by place."""
    is_first = np.ones(len(keys), bool)
    is_first[1:] = keys[1:] != keys[:-1]
    firsts = np.flatnonzero(is_first)
    return Postings(keys[firsts], np.append(firsts, len(keys)).astype(np.int64), places, counts, lengths)
