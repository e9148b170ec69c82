"""A model's next words: probabilities of whole words are the sums over the ways to write them in tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from models.engine.supervisor import Supervisor
from models.next_token import ModelVocabulary, NextRow, NextTokenReader
from playground.experiments import Playground
from playground.measures import softmax
from playground.next_words import MAX_ROWS, WordSearch
from playground.positions import PromptText
from playground.views import ModelFacts
from tests.scripted_rows import FACTS, ScriptedRows

TOKENS = (b" cat", b" ca", b"t", b"s", b".", b" ", b"dog", b"'s", b"<end>", b" \xc3", b"\xb1")
NOTHING = -math.inf


class Chain:
    """What comes next depends on the last token alone; all that is not told never comes."""

    def __init__(self, chances: Mapping[bytes, Mapping[bytes, float]], tokens: tuple[bytes, ...] = TOKENS) -> None:
        self._chances = chances
        self._vocabulary = ModelVocabulary("chain", tokens, frozenset({TOKENS.index(b"<end>")}), ())
        self.num_asked = 0

    async def read(self, ids: tuple[int, ...]) -> NextRow:
        self.num_asked += 1
        tokens = self._vocabulary.token_bytes
        chances = self._chances.get(tokens[ids[-1]] if ids else b"", {b"<end>": 1.0})
        logits = np.array([math.log(chances[token]) if token in chances else NOTHING for token in tokens], np.float32)
        return NextRow(logits, ids, 0, self._vocabulary)


async def words_after(chain: Chain, text: str = "a") -> dict[str, float]:
    found = await WordSearch(chain.read, text).run()
    assert sum(one.probability for one in found.words) + found.rest == pytest.approx(1.0)
    return {one.word: round(one.probability, 4) for one in found.words}


async def test_a_word_is_the_sum_of_its_ways_in_tokens() -> None:
    chain = Chain(
        {
            b"": {b" cat": 0.5, b" ca": 0.3, b".": 0.2},
            b" cat": {b"s": 0.25, b".": 0.75},
            b" ca": {b"t": 1.0},
            b"t": {b".": 1.0},
            b"s": {b"<end>": 1.0},
        }
    )
    assert await words_after(chain) == {"cat": 0.675, ".": 0.2, "cats": 0.125}


async def test_what_ends_the_word_before_is_no_next_word() -> None:
    chain = Chain({b"": {b"s": 0.6, b" cat": 0.4}})
    assert await words_after(chain, "a dog") == {"cat": 0.4}
    assert await words_after(chain, "a dog ") == {"s": 0.6, "cat": 0.4}


async def test_a_blank_alone_and_half_a_letter_are_the_beginning_of_a_word() -> None:
    chain = Chain(
        {b"": {b" ": 0.5, b" \xc3": 0.5}, b" ": {b"dog": 1.0}, b" \xc3": {b"\xb1": 1.0}, b"dog": {b"'s": 1.0}}
    )
    assert await words_after(chain) == {"dog's": 0.5, "ñ": 0.5}


async def test_the_model_is_not_asked_without_end() -> None:
    """A word that never ends is no word."""
    endless = Chain({b"": {b" cat": 1.0}, b" cat": {b"s": 0.5, b"t": 0.5}, b"s": {b"t": 1.0}, b"t": {b"s": 1.0}})
    assert await words_after(endless) == {}
    assert endless.num_asked == MAX_ROWS


async def test_what_was_looked_at_is_not_read_again() -> None:
    rows = ScriptedRows()
    playground = Playground(rows, lambda: FACTS)
    first = await playground.next_words("ana", PromptText("the cat"))
    num_read = len(rows.asked)
    assert num_read == first.num_rows
    assert await playground.next_words("ana", PromptText("the cat")) == first
    assert len(rows.asked) == num_read


async def test_a_real_model_says_whole_words(float_engine: Supervisor) -> None:
    reader = NextTokenReader(float_engine)
    playground = Playground(reader, lambda: ModelFacts("local", 2_048))
    found = await playground.next_words("ana", PromptText("The capital of France is"))
    assert found.words[0].word == "paris"
    assert found.num_rows <= MAX_ROWS
    (paris,) = [token_id for token_id, content in await reader.tokens(" Paris") if content == b" Paris"]
    row = await reader.row("ana", "The capital of France is")
    assert found.words[0].probability <= float(softmax(row.logits)[paris]) + 0.01
