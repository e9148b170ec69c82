"""Search by words: BM25 over stems, and over 4-letter grams, which find parts of words and words misspelt.

An index is made of segments that are never changed. What is new goes into a segment of its own, and small ones are
merged, so that adding a document costs little however large the collection is. Figures are in
``docs/decisions/0013-words-and-vectors.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rag.fusion import Scores
from rag.postings import Postings
from rag.tokens import Keys, Tokens, grams, stems
from storage.document_records import Passage
from storage.records import new_id

SATURATION, LENGTH_SHARE = 1.2, 0.75  # k1 and b of BM25
MOST_HOLDING = 0.5  # of the passages: what more of them hold tells none from another, and most of the time went there
ALWAYS_COUNTED = 1_000  # passages: where so few hold a token, it takes no time
MOST_MERGED = 16_384  # passages: a merge takes seconds of work and memory beyond
BYTES_PER_PASSAGE = 40  # its id, its place in their order and its share of the sums, besides the segments
MERGE_RATIO = 3  # a segment is merged with the one before it unless that is so many times as large


@dataclass(frozen=True)
class Segment:
    """Passages that were indexed together; ``ids`` are theirs, ``name`` is that of its file."""

    ids: NDArray[np.int64]
    words: Postings
    grams: Postings
    is_mapped: bool = False
    name: str = field(default_factory=new_id)

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Segment:
        """Each passage is stemmed by the rules of its document's language. Its headings are words of it, too."""
        ordered = sorted(passages, key=lambda passage: passage.language)
        texts = [" ".join((*one.chunk.headings, one.chunk.text)) for one in ordered]
        found, start = [], 0
        for language, group in groupby(ordered, key=lambda passage: passage.language):
            end = start + len(list(group))
            tokens = stems(texts[start:end], language)
            found.append(Tokens(tokens.keys, tokens.places + np.int32(start)))
            start = end
        words = Tokens(
            np.concatenate([tokens.keys for tokens in found]), np.concatenate([tokens.places for tokens in found])
        )
        ids = np.array([passage.id for passage in ordered], np.int64)
        return cls(ids, Postings.of(words, len(texts)), Postings.of(grams(texts), len(texts)))

    @property
    def num_bytes(self) -> int:
        """0 when it is a file that is read where it is needed."""
        return 0 if self.is_mapped else self.words.num_bytes + self.grams.num_bytes

    def followed_by(self, other: Segment) -> Segment:
        ids = np.concatenate([self.ids, other.ids])
        return Segment(ids, self.words.followed_by(other.words), self.grams.followed_by(other.grams))

    def only(self, is_kept: NDArray[np.bool_]) -> Segment:
        return Segment(self.ids[is_kept], self.words.only(is_kept), self.grams.only(is_kept))


@dataclass(frozen=True)
class WordScores:
    """BM25 of each passage of the index. ``share`` of the question's stems occur in any of them; ``most_words`` is more
    than the words of a passage could ever score."""

    words: Scores
    grams: Scores
    share: float
    most_words: float


@dataclass(frozen=True)
class LexicalIndex:
    """Every segment of a collection at one state of it."""

    segments: tuple[Segment, ...] = ()

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, np.int64), *(segment.ids for segment in self.segments)])

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """What puts ``ids`` in order."""
        return np.argsort(self.ids)

    @property
    def num_bytes(self) -> int:
        """In memory, except what is mapped from files."""
        return len(self.ids) * BYTES_PER_PASSAGE + sum(segment.num_bytes for segment in self.segments)

    def scores(self, question: str, languages: Iterable[str]) -> WordScores:
        """The question is stemmed by the rules of each of the text's ``languages``: its own does not matter, for in
        another one than the text its words do not occur anyway."""
        of_languages = [np.unique(stems([question], language).keys) for language in sorted(set(languages))]
        share = max((self._words.share(keys) for keys in of_languages), default=0.0)
        words = np.unique(np.concatenate([np.empty(0, np.uint64), *of_languages]))
        scores, most_words = self._words.scores(words)
        of_grams, _ = self._grams.scores(np.unique(grams([question]).keys))
        return WordScores(scores, of_grams, share, most_words)

    def changed(self, is_kept: NDArray[np.bool_], added: Sequence[Segment]) -> LexicalIndex:
        """Without the passages, in the order of ``ids``, that are not kept, and with what is ``added``."""
        segments: list[Segment] = []
        start = 0
        for segment in self.segments:
            mask = is_kept[start : start + len(segment.ids)]
            start += len(segment.ids)
            if mask.any():
                segments.append(segment if mask.all() else segment.only(mask))
        for segment in added:
            segments.append(segment)
            _merge_last(segments)
        return LexicalIndex(tuple(segments))

    @cached_property
    def _words(self) -> _Leg:
        return _Leg([segment.words for segment in self.segments])

    @cached_property
    def _grams(self) -> _Leg:
        return _Leg([segment.grams for segment in self.segments])


class _Leg:
    """BM25 over one kind of token, as if all segments were one."""

    def __init__(self, parts: Sequence[Postings]) -> None:
        self._parts = parts
        self._num = sum(len(part.lengths) for part in parts)
        total = sum(int(part.lengths.sum()) for part in parts)
        mean = max(1.0, total / max(1, self._num))
        self._dampings = [
            (SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * part.lengths / mean)).astype(np.float32) for part in parts
        ]

    def share(self, keys: Keys) -> float:
        return np.count_nonzero(self._num_holding(keys)) / len(keys) if len(keys) else 0.0

    def scores(self, keys: Keys) -> tuple[Scores, float]:
        """Of each passage, and the limit of what one could have."""
        num_holding = self._num_holding(keys)
        rarities = np.log1p((self._num - num_holding + 0.5) / (num_holding + 0.5)).astype(np.float32)
        is_telling = num_holding <= max(ALWAYS_COUNTED, MOST_HOLDING * self._num)
        if (num_holding[is_telling] > 0).any():  # else what most of them hold is all that there is
            keys, rarities = keys[is_telling], rarities[is_telling]
        found = [np.zeros(len(part.lengths), np.float32) for part in self._parts]
        for scores, part, damping in zip(found, self._parts, self._dampings, strict=True):
            for rarity, rows in zip(rarities, part.rows_of(keys), strict=True):
                places, counts = part.places[rows], part.counts[rows]
                scores[places] += rarity * counts / (counts + damping[places])
        return np.concatenate([np.empty(0, np.float32), *found]), float(rarities.sum())

    def _num_holding(self, keys: Keys) -> NDArray[np.int64]:
        """How many passages hold each."""
        num = np.zeros(len(keys), np.int64)
        for part in self._parts:
            num += np.array([rows.stop - rows.start for rows in part.rows_of(keys)], np.int64)
        return num


def _merge_last(segments: list[Segment]) -> None:
    while len(segments) > 1:
        before, last = segments[-2:]
        sizes = len(before.ids), len(last.ids)
        if sizes[0] > MERGE_RATIO * sizes[1] or sum(sizes) > MOST_MERGED:
            return
        segments[-2:] = [before.followed_by(last)]
