"""A model of 300 tokens that is pure arithmetic, as the playground's experiments and its page see one.

Ids 0 to 255 are bytes, 256 and 257 control tokens, the rest short words with a space before them. What comes next
depends on the last three ids alone, and is as uneven as a real model's.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from errors import PromptTooLong, TertuliaError
from models.next_token import Asked, Logits, ModelVocabulary, NextRow, ScoredToken
from playground.views import ModelFacts

CONTEXT_TOKENS = 512
BEGIN_ID, END_ID = 256, 257
WORDS = "the a cat dog sat ran on in mat house el la gato perro casa niña ☃ 中 and y of de to que is es it se by por at"
VOCABULARY = ModelVocabulary(
    fingerprint="scripted",
    token_bytes=(
        *(bytes([number]) for number in range(256)),
        b"<|begin|>",
        b"<|end|>",
        *(f" {word}".encode() for word in WORDS.split()),
    ),
    control_ids=frozenset({BEGIN_ID, END_ID}),
    suppressed_ids=(),
)
FACTS = ModelFacts(name="local/scripted", context_tokens=CONTEXT_TOKENS, has_chat_template=True)


class ScriptedRows:
    """Behaves as NextTokenReader does. ``error`` is raised by whatever is asked; ``asked`` tells each row's ids."""

    def __init__(self, vocabulary: ModelVocabulary = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self.error: TertuliaError | None = None
        self.asked: list[tuple[int, ...]] = []

    async def row(self, owner: str, prompt: Asked, then_ids: Iterable[int] = ()) -> NextRow:
        ids = self._ids(prompt, then_ids)
        self.asked.append(ids)
        return NextRow(logits_after(ids, len(self._vocabulary.token_bytes)), ids, 0, self._vocabulary)

    async def score(self, owner: str, text: str) -> tuple[ScoredToken, ...]:
        ids = self._ids(text, ())
        rated = [None, *(log_probability(ids[:place], ids[place]) for place in range(1, len(ids)))]
        return tuple(
            ScoredToken(token_id, VOCABULARY.token_bytes[token_id], rating)
            for token_id, rating in zip(ids, rated, strict=True)
        )

    async def tokens(self, text: str) -> tuple[tuple[int, bytes], ...]:
        self._fail()
        return tuple((token_id, VOCABULARY.token_bytes[token_id]) for token_id in token_ids(text))

    async def vocabulary(self) -> ModelVocabulary:
        self._fail()
        return self._vocabulary

    def _ids(self, prompt: Asked, then_ids: Iterable[int]) -> tuple[int, ...]:
        self._fail()
        turns = [f"{turn.type}: {turn.text}\n" for turn in prompt] if not isinstance(prompt, str) else []
        text = prompt if isinstance(prompt, str) else "".join([*turns, "ai:"])
        ids = (*(token_ids(text) or (BEGIN_ID,)), *then_ids)
        if len(ids) >= CONTEXT_TOKENS:
            raise PromptTooLong(length=len(ids), limit=CONTEXT_TOKENS - 1)
        return ids

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def token_ids(text: str) -> tuple[int, ...]:
    """The longest known word first, else a byte."""
    words = {content: token_id for token_id, content in enumerate(VOCABULARY.token_bytes) if token_id > END_ID}
    content, ids = text.encode(), []
    while content:
        word = max((known for known in words if content.startswith(known)), key=len, default=content[:1])
        ids.append(words.get(word, word[0]))
        content = content[len(word) :]
    return tuple(ids)


def logits_after(ids: tuple[int, ...], num_ids: int) -> Logits:
    """Normal, with a few well ahead, from a seed that the last ids are. Control tokens are hardly ever drawn."""
    rng = np.random.default_rng(ids[-3:])
    logits = rng.normal(0.0, 2.0, num_ids)
    logits[rng.choice(num_ids, 5, replace=False)] += rng.uniform(3.0, 7.0, 5)
    logits[BEGIN_ID : END_ID + 1] -= 10.0
    row = logits.astype("<f4")
    row.flags.writeable = False
    return row


def log_probability(ids: tuple[int, ...], token_id: int) -> float:
    """Natural, of ``token_id`` after ``ids``."""
    row = logits_after(ids, len(VOCABULARY.token_bytes)).astype(np.float64)
    return float(row[token_id] - row.max() - np.log(np.exp(row - row.max()).sum()))
