"""Language models as they were before neural networks: how often did which word come after these? Knows no page.

A text is a row of words, and nothing is counted before it is asked for: looking for a context in some hundred thousand
words takes less than a millisecond, and no table of all n-grams has to be kept. The counts are the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_ORDER = 5
MAX_ADDED = 2.0  # to every count
MAX_WRITTEN = 100  # words
MAX_TRAINING_CHARACTERS = 1_000_000
WORD = re.compile(r"\w+(?:['’\-]\w+)*|[^\w\s]")
OPENING, CLOSING = frozenset("¡¿([{«“‘"), frozenset(".,;:!?)]}»”’…%")


@dataclass(frozen=True)
class NextWord:
    """``count`` is how often ``word`` stands after the context."""

    word: str
    count: int
    probability: float


@dataclass(frozen=True)
class NextWords:
    """What came after ``context``, the likeliest first: probability = (count + k) / (num_context + k num_words).

    ``asked`` is the whole context that the order wants; ``context`` is shorter where that one never occurs and nothing
    is added to its counts, because 0/0 is no probability. ``num_context`` is how often a word follows it,
    ``num_followers`` how many different ones do, and ``num_words`` how many different words the text has.
    """

    asked: tuple[str, ...]
    context: tuple[str, ...]
    num_context: int
    num_followers: int
    num_words: int
    k: float
    words: tuple[NextWord, ...]

    @property
    def num_dropped(self) -> int:
        """How many words of the context were given up."""
        return len(self.asked) - len(self.context)

    @property
    def rest(self) -> float:
        """The probability of all words that are not shown."""
        return max(0.0, 1.0 - sum(one.probability for one in self.words))


@dataclass(frozen=True)
class WrittenWord:
    """A drawn word: the chance it had, and how many words before it were looked at."""

    word: str
    probability: float
    num_context: int


@dataclass(frozen=True)
class TrainingFacts:
    """What was counted: words in all, different ones, different n-grams of the order and those that occur once only."""

    num_words: int
    num_different: int
    num_ngrams: int
    num_once: int


class NgramModel:
    """``order`` is n, 1 to MAX_ORDER: a word depends on the n - 1 before it. ``k`` is added to every count.

    Words and signs of punctuation alike are words, in lower case. At the beginning of a text the context is shorter.
    """

    def __init__(self, text: str, order: int, k: float) -> None:
        words = words_of(text[:MAX_TRAINING_CHARACTERS])
        ids = {word: number for number, word in enumerate(dict.fromkeys(words))}
        self.order = order
        self.k = k
        self._words = tuple(ids)
        self._ids = ids
        self._text: NDArray[np.int64] = np.fromiter((ids[word] for word in words), np.int64, len(words))

    @property
    def facts(self) -> TrainingFacts:
        """What the model has to go by."""
        num_ngrams = num_once = 0
        if len(self._text) >= self.order:
            windows = np.lib.stride_tricks.sliding_window_view(self._text, self.order)
            counts = np.unique(windows, axis=0, return_counts=True)[1]
            num_ngrams, num_once = len(counts), int((counts == 1).sum())
        return TrainingFacts(len(self._text), len(self._words), num_ngrams, num_once)

    def next_words(self, before: Sequence[str], num_shown: int = 10) -> NextWords:
        """What may come after the words ``before``."""
        asked = self._context(before)
        context, counts = self._counted(asked)
        num_context = int(counts.sum())
        chances = self._chances(counts)
        shown = [number for number in np.argsort(-counts, kind="stable")[:num_shown].tolist() if counts[number]]
        words = tuple(NextWord(self._words[number], int(counts[number]), float(chances[number])) for number in shown)
        num_followers = int((counts > 0).sum())
        return NextWords(asked, context, num_context, num_followers, len(self._words), self.k, words)

    def count_after(self, context: Sequence[str], word: str) -> int:
        """How often ``word`` stands after ``context``."""
        return len(self._places([self._ids.get(one, -1) for one in (*context, word)]))

    def write(self, before: Sequence[str], num_words: int, seed: int) -> tuple[WrittenWord, ...]:
        """Go on after ``before`` with words drawn by their probabilities; the same for the same ``seed``."""
        chance = random.Random(seed)  # noqa: S311 - a text, not a secret
        words, written = list(before), list[WrittenWord]()
        for _ in range(num_words if self._words else 0):
            context, counts = self._counted(self._context(words))
            chances = self._chances(counts)
            sums = np.cumsum(chances)
            number = min(int(np.searchsorted(sums, chance.random() * sums[-1], side="right")), len(chances) - 1)
            written.append(WrittenWord(self._words[number], float(chances[number]), len(context)))
            words.append(self._words[number])
        return tuple(written)

    def longest_copy(self, words: Sequence[str]) -> int:
        """The length of the longest row of ``words`` that stands in the text, too."""
        longest = 0
        ends = np.zeros(len(self._text) + 1, np.int64)  # how many of the words so far stand before each place
        for word in words:
            ends[1:] = np.where(self._text == self._ids.get(word, -1), ends[:-1] + 1, 0)
            longest = max(longest, int(ends.max()))
        return longest

    def _context(self, before: Sequence[str]) -> tuple[str, ...]:
        return tuple(before[len(before) - min(len(before), self.order - 1) :])

    def _counted(self, context: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """How often each word follows; where none does and none is made up, after as much as occurs of ``context``."""
        while True:
            counts = self._followers(context)
            if counts.any() or self.k or not context:
                return context, counts
            context = context[1:]

    def _followers(self, context: tuple[str, ...]) -> NDArray[np.int64]:
        places = self._places([self._ids.get(word, -1) for word in context])
        places = places[places < len(self._text) - len(context)] + len(context)
        return np.bincount(self._text[places], minlength=len(self._words))

    def _places(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        """Where ``numbers`` stand in the text: everywhere for none."""
        num_starts = len(self._text) - len(numbers) + 1
        places = np.arange(max(0, num_starts))
        for offset, number in enumerate(numbers):
            places = places[self._text[places + offset] == number]
        return places

    def _chances(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        weights = counts.astype(np.float64) + self.k
        total = weights.sum()
        return weights / total if total else weights


def words_of(text: str) -> tuple[str, ...]:
    """The words and signs of ``text``, in lower case."""
    return tuple(WORD.findall(text.lower()))


def pieces(words: Iterable[str]) -> tuple[str, ...]:
    """``words`` as they are written, each with the blank before it: none before a comma or after an opening bracket."""
    written = list[str]()
    for word in words:
        is_apart = written and word not in CLOSING and written[-1][-1] not in OPENING
        written.append(f" {word}" if is_apart else word)
    return tuple(written)
