"""One text for each pair of values of two settings, all written side by side from one reading of the prompt."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import product

from pydantic import ValidationError

from errors import OptionInvalid, SweepSettingTwice
from models.sampling import SamplingParams
from playground.experiments import Playground
from playground.exports import Row, Table
from playground.positions import Position
from playground.samples import MAX_NEW_TOKENS, SampledText, Sampler
from playground.sweep_axes import SweepAxis

NUM_ALTERNATIVES = 0  # only the tokens that were written are shown


@dataclass(frozen=True)
class SweepAsked:
    """A text of ``max_tokens`` at the most after ``position`` for each pair of values of ``rows`` and ``columns``.

    All else is as ``sampling`` says. Its seed (None is 0) is that of every text: what differs is due to the settings.
    """

    position: Position
    sampling: SamplingParams
    rows: SweepAxis
    columns: SweepAxis
    max_tokens: int = 30

    @property
    def samplings(self) -> tuple[SamplingParams, ...]:
        """The settings of each cell, row by row. Raises OptionInvalid or SweepSettingTwice."""
        if self.rows.setting == self.columns.setting:
            raise SweepSettingTwice
        if not 1 <= self.max_tokens <= MAX_NEW_TOKENS:
            raise OptionInvalid
        same = self.sampling.model_dump() | {"max_tokens": self.max_tokens, "seed": self.sampling.seed or 0}
        pairs = product(self.rows.values, self.columns.values)
        try:
            return tuple(
                SamplingParams.model_validate(same | {self.rows.setting: row, self.columns.setting: column})
                for row, column in pairs
            )
        except ValidationError as error:
            raise OptionInvalid from error


@dataclass(frozen=True)
class Sweep:
    """``texts`` stand row by row; ``path`` shows the tokens that were chosen after the prompt, before every text."""

    asked: SweepAsked
    path: tuple[bytes, ...]
    texts: tuple[SampledText, ...]

    @property
    def cells(self) -> tuple[tuple[SampledText, ...], ...]:
        """A tuple for each row."""
        width = len(self.asked.columns.values)
        return tuple(self.texts[first : first + width] for first in range(0, len(self.texts), width))

    @property
    def num_ended(self) -> int:
        """Of the texts that are written to their ends."""
        return sum(text.ended is not None for text in self.texts)

    @property
    def num_queued(self) -> int:
        """Of the texts that wait for a slot of the model."""
        return sum(text.place is not None for text in self.texts)

    @property
    def is_whole(self) -> bool:
        """Nothing is being written any more."""
        return self.num_ended == len(self.texts)

    @property
    def num_different(self) -> int:
        """Of texts, if equal ones count once."""
        return len(set(map(_ids, self.texts)))

    def twin(self, number: int) -> int | None:
        """The first text that is equal to that with ``number``, None for one that has no equal before it."""
        wanted = _ids(self.texts[number])
        return next((place for place, text in enumerate(self.texts[:number]) if _ids(text) == wanted), None)


class SweepExperiment:
    """Raises what ``playground``'s experiments do, OptionInvalid, and SweepSettingTwice for axes of one setting."""

    def __init__(self, playground: Playground, sampler: Sampler) -> None:
        self._playground = playground
        self._sampler = sampler

    async def run(self, owner: str, asked: SweepAsked) -> AsyncGenerator[Sweep]:
        """What is there whenever there is more of it. Closing the generator stops the model."""
        position, samplings = asked.position, asked.samplings
        prompt = await self._playground.asked(position)
        token_bytes = (await self._playground.vocabulary()).token_bytes
        path = tuple(token_bytes[token_id] for token_id in position.path)
        texts = [SampledText(sampling.seed) for sampling in samplings]
        async with aclosing(self._sampler.run(owner, prompt, position.path, samplings, NUM_ALTERNATIVES)) as updates:
            async for update in updates:
                before = texts[update.index]
                tokens = before.tokens + update.tokens
                texts[update.index] = replace(before, tokens=tokens, ended=update.ended, place=update.place)
                yield Sweep(asked, path, tuple(texts))


def text_of(text: SampledText) -> str:
    """What was written, an unfinished character at its end as U+FFFD."""
    return b"".join(token.token_bytes for token in text.tokens).decode(errors="replace")


def sweep_table(sweep: Sweep) -> Table:
    """A row for each text, with its two settings and what can be said of it in numbers."""
    asked = sweep.asked
    pairs = product(asked.rows.values, asked.columns.values)
    rows = tuple(
        _row({asked.rows.setting: row, asked.columns.setting: column}, text)
        for (row, column), text in zip(pairs, sweep.texts, strict=True)
    )
    return Table(rows, {"num_different": sweep.num_different, "seed": asked.sampling.seed or 0})


def _row(settings: Row, text: SampledText) -> Row:
    measures = text.measures
    return {
        **settings,
        "text": text_of(text),
        "tokens": measures.num_tokens,
        "ended": text.ended or "",
        "mean probability": measures.mean_probability,
        "perplexity": measures.perplexity,
        "entropy in bits": measures.entropy_bits,
        "distinct-1": measures.distinct_1,
        "distinct-2": measures.distinct_2,
    }


def _ids(text: SampledText) -> tuple[int, ...]:
    return tuple(token.token_id for token in text.tokens)
