"""The words a model may say next. It only knows tokens, so that a word's probability is a sum of products along paths.

A word is over where the next token begins with something else than a letter. The likeliest beginnings are followed
first; what is left when the search ends is spread over words that were not looked for.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.next_token import ModelVocabulary, NextRow
from playground.measures import Distribution, best, softmax
from playground.ngrams import words_of

MAX_ROWS = 24  # positions that are looked at, each costs the model a token
NUM_BRANCHES = 40  # tokens that are followed from each
LEAST = 1e-4  # beginnings rarer than that are not followed

Read: TypeAlias = Callable[[tuple[int, ...]], Awaitable[NextRow]]


@dataclass(frozen=True)
class ModelWord:
    """``probability`` is that of the word as a whole, or a little less: its rarest spellings in tokens may lack."""

    word: str
    probability: float


@dataclass(frozen=True)
class ModelWords:
    """The likeliest first, in lower case. ``num_rows`` positions were looked at; ``rest`` is what lies elsewhere."""

    words: tuple[ModelWord, ...]
    num_rows: int
    rest: float


@dataclass(frozen=True, order=True)
class _Beginning:
    """Minus its probability, so that the likeliest is the least; the tokens, and their text."""

    negative: float
    ids: tuple[int, ...]
    content: bytes


class WordSearch:
    """``read`` gives the row after the prompt and some more tokens; ``text`` is the prompt."""

    def __init__(self, read: Read, text: str) -> None:
        self._read = read
        self._is_in_word = bool(text) and (text[-1].isalnum() or text[-1] == "_")
        self._found: dict[str, float] = defaultdict(float)
        self._beginnings: list[_Beginning] = []
        self._num_rows = 0
        self._goes_on: NDArray[np.bool_] | None = None

    async def run(self, num_words: int = 10) -> ModelWords:
        """The ``num_words`` likeliest; raises whatever ``read`` does."""
        await self._follow(_Beginning(-1.0, (), b""))
        while self._beginnings and self._num_rows < MAX_ROWS:
            beginning = heapq.heappop(self._beginnings)
            if -beginning.negative <= self._least_of(num_words):
                break
            await self._follow(beginning)
        ordered = sorted(self._found.items(), key=lambda item: (-item[1], item[0]))[:num_words]
        words = tuple(ModelWord(word, probability) for word, probability in ordered)
        return ModelWords(words, self._num_rows, max(0.0, 1.0 - sum(one.probability for one in words)))

    async def _follow(self, beginning: _Beginning) -> None:
        row = await self._read(beginning.ids)
        self._num_rows += 1
        chance, probabilities = -beginning.negative, softmax(row.logits)
        goes_on = self._known_to_go_on(row.vocabulary)
        word = _first_word(beginning.content)
        if word:
            self._add(word, chance * float(probabilities[~goes_on].sum()))
            probabilities = np.where(goes_on, probabilities, 0.0)
        elif not beginning.ids and self._is_in_word:  # that would be the end of a word that was begun
            probabilities = np.where(goes_on, 0.0, probabilities)
        self._branch(beginning, chance * probabilities, row.vocabulary)

    def _branch(self, beginning: _Beginning, chances: Distribution, vocabulary: ModelVocabulary) -> None:
        for token_id in best(chances, NUM_BRANCHES).tolist():
            chance = float(chances[token_id])
            if chance < LEAST or token_id in vocabulary.control_ids:
                continue
            content = beginning.content + vocabulary.token_bytes[token_id]
            whole = _whole_word(content)
            if whole:
                self._add(whole, chance)
            else:
                heapq.heappush(self._beginnings, _Beginning(-chance, (*beginning.ids, token_id), content))

    def _add(self, word: str, chance: float) -> None:
        if chance > 0:
            self._found[word] += chance

    def _least_of(self, num_words: int) -> float:
        """What a further word would have to reach to be shown."""
        return sorted(self._found.values(), reverse=True)[num_words - 1] if len(self._found) >= num_words else 0.0

    def _known_to_go_on(self, vocabulary: ModelVocabulary) -> NDArray[np.bool_]:
        if self._goes_on is None:
            self._goes_on = np.fromiter(map(_goes_on, vocabulary.token_bytes), np.bool_, len(vocabulary.token_bytes))
            self._goes_on[list(vocabulary.control_ids)] = False
        return self._goes_on


def _goes_on(content: bytes) -> bool:
    """Whether a word that stands before goes on in it: a letter, the rest of one, or a joint with a letter after it."""
    if content[:1] and 0x80 <= content[0] < 0xC0:
        return True
    text = content.decode("utf-8", errors="ignore")
    return bool(text) and (_is_letter(text[0]) or (text[0] in "'’-" and _is_letter(text[1:2])))


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


def _first_word(content: bytes) -> str:
    """The one that has begun; empty before it has, too."""
    words = _words(content)
    return words[0] if words else ""


def _whole_word(content: bytes) -> str:
    """The first word where nothing can be added to it: a sign, or another comes after it."""
    words = _words(content)
    is_over = len(words) > 1 or (words and not _is_letter(words[0][0]))
    return words[0] if is_over else ""


def _words(content: bytes) -> Sequence[str]:
    return words_of(content.decode("utf-8", errors="ignore"))
