"""The experiments of the playground: what may come next, one token further, how a text reads. Knows no page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from langchain_core.messages import HumanMessage

from errors import MessageTooLong, OptionInvalid, PathEnded, PathTooLong
from models.next_token import Asked, ModelVocabulary, NextRow, ScoredToken
from playground.kept_rows import KeptRows
from playground.next_token import ChainSettings, Shown, next_token_view
from playground.next_words import ModelWords, WordSearch
from playground.positions import MAX_CHARACTERS, MAX_STEPS, Position, PromptText
from playground.steps import MAX_DRAWS, chance, drawn, greedy, histogram
from playground.texts import compared, scored_text, text_tokens
from playground.views import (
    ComparedScores,
    Histogram,
    LoadedModel,
    ModelFacts,
    NextTokenView,
    PathToken,
    ScoredText,
    TextTokens,
)
from safety.surrogates import without_surrogates


class Reader(Protocol):
    """What the experiments need of the model; ``models.next_token.NextTokenReader`` is one."""

    async def row(self, owner: str, prompt: Asked, then_ids: Iterable[int] = ()) -> NextRow:
        """What may come after ``prompt`` and then ``then_ids``."""

    async def score(self, owner: str, text: str) -> tuple[ScoredToken, ...]:
        """How likely every token of ``text`` was."""

    async def tokens(self, text: str) -> tuple[tuple[int, bytes], ...]:
        """The tokens of ``text``."""

    async def vocabulary(self) -> ModelVocabulary:
        """What every token stands for."""


class Playground:
    """Raises MessageTooLong, PromptTooLong, EngineBusy, EngineDied, EngineUnavailable or GenerationFailed.

    ``facts`` tells which model is loaded. Rows of logits are kept, few of each owner: only the first look at a position
    asks the model. A position is raised about, as PathTooLong, PathEnded or OptionInvalid, whoever made it.
    """

    def __init__(self, reader: Reader, facts: Callable[[], ModelFacts]) -> None:
        self._reader = reader
        self._facts = facts
        self._rows = KeptRows()

    async def model(self) -> LoadedModel:
        """What an experiment says of where it was made."""
        vocabulary = await self._reader.vocabulary()
        return LoadedModel(self._facts(), vocabulary.fingerprint)

    async def vocabulary(self) -> ModelVocabulary:
        """What every token stands for."""
        return await self._reader.vocabulary()

    # --- one token ---------------------------------------------------------------------------------------------------

    async def look(self, owner: str, prompt: PromptText) -> Position:
        """Read ``prompt``. An empty text is looked at too: what the model begins with."""
        position = Position(replace(prompt, text=without_surrogates(prompt.text)))
        await self._row(owner, position)
        return position

    async def view(
        self, owner: str, position: Position, settings: ChainSettings, num_shown: int = 20, chosen: int | None = None
    ) -> NextTokenView:
        """What may come at ``position``. The formula is shown of ``chosen``, or of the likeliest that is left.

        Raises OptionInvalid for a token that the model does not have.
        """
        row = await self._row(owner, position)
        if chosen is not None:
            _check_known(row.vocabulary, (chosen,))
        return await asyncio.to_thread(next_token_view, row, position, settings, Shown(num_shown, chosen))

    # --- step by step ------------------------------------------------------------------------------------------------

    async def step(self, owner: str, position: Position, token_id: int) -> Position:
        """Append a token and read it: the model reads no more than that. Raises PathEnded for one that ends the text.

        ``position.back()`` takes it back.
        """
        further = position.after(token_id)
        await self._row(owner, further)
        await self._chance(owner, further)
        return further

    async def draw(self, owner: str, position: Position, settings: ChainSettings) -> int:
        """A token drawn from what the chain leaves; the same for the same seed at the same place of the path."""
        row = await self._row(owner, position)
        (token_id,) = await asyncio.to_thread(drawn, row, position, settings, 1)
        return token_id

    async def greedy(self, owner: str, position: Position) -> int:
        """The model's likeliest token."""
        return greedy(await self._row(owner, position))

    async def draws(self, owner: str, position: Position, settings: ChainSettings, num: int = 200) -> Histogram:
        """Draw ``num`` times at the same position. Raises OptionInvalid for none and for far too many."""
        if not 0 < num <= MAX_DRAWS:
            raise OptionInvalid
        row = await self._row(owner, position)
        return await asyncio.to_thread(histogram, row, position, settings, num)

    async def path(self, owner: str, position: Position) -> tuple[PathToken, ...]:
        """The tokens chosen so far."""
        token_bytes = (await self._row(owner, position)).vocabulary.token_bytes
        reached = [*position.parents, position][1:]
        return tuple(
            [PathToken(at.path[-1], token_bytes[at.path[-1]], await self._chance(owner, at)) for at in reached]
        )

    # --- words -------------------------------------------------------------------------------------------------------

    async def next_words(self, owner: str, prompt: PromptText, num: int = 10) -> ModelWords:
        """The ``num`` likeliest words that may come next, each made of one token or of several."""
        prompt = replace(prompt, text=without_surrogates(prompt.text))

        async def read(ids: tuple[int, ...]) -> NextRow:
            return await self._row(owner, Position(prompt, ids))

        return await WordSearch(read, prompt.text).run(num)

    # --- whole texts -------------------------------------------------------------------------------------------------

    async def tokens(self, text: str) -> TextTokens:
        """How the model splits ``text``."""
        text = _checked(text)
        return text_tokens(text, await self._reader.tokens(text), self._facts().context_tokens)

    async def compare(self, first: str, second: str) -> tuple[TextTokens, TextTokens]:
        """The same of two texts, such as a sentence in two languages."""
        return await self.tokens(first), await self.tokens(second)

    async def score(self, owner: str, text: str) -> ScoredText:
        """How likely the model finds each token of ``text``; nothing is scored of an empty one."""
        text = _checked(text)
        return scored_text(text, await self._reader.score(owner, text) if text else ())

    async def compare_scores(self, owner: str, first: str, second: str) -> ComparedScores:
        """Which of the two does the model find likelier?"""
        return compared(await self.score(owner, first), await self.score(owner, second))

    # --- rows --------------------------------------------------------------------------------------------------------

    async def _row(self, owner: str, position: Position) -> NextRow:
        kept = self._rows.get(owner, position)
        if kept is not None:
            return kept
        row = await self._reader.row(owner, await self.asked(position), position.path)
        self._rows.keep(owner, position, row)
        return row

    async def asked(self, position: Position) -> Asked:
        """What the model is given at ``position`` before the tokens of its path, which are checked with it."""
        await self._check(position)
        text = position.prompt.text
        return [HumanMessage(text)] if position.prompt.is_chat else text

    async def _check(self, position: Position) -> None:
        _checked(position.prompt.text)
        if len(position.path) > MAX_STEPS:
            raise PathTooLong(limit=MAX_STEPS)
        if position.path:
            vocabulary = await self._reader.vocabulary()
            _check_known(vocabulary, position.path)
            if vocabulary.control_ids.intersection(position.path):
                raise PathEnded

    async def _chance(self, owner: str, position: Position) -> float:
        """Of the last token, where it was chosen."""
        known = self._rows.chance(owner, position)
        if known is None:
            known = chance(await self._row(owner, position.back()), position.path[-1])
            self._rows.keep_chance(owner, position, known)
        return known


def _checked(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise MessageTooLong(length=len(text), limit=MAX_CHARACTERS)
    return without_surrogates(text)


def _check_known(vocabulary: ModelVocabulary, ids: Iterable[int]) -> None:
    if any(not 0 <= token_id < len(vocabulary.token_bytes) for token_id in ids):
        raise OptionInvalid
