"""Several continuations of one text, written side by side: the likeliest one, and samples with seeds of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from errors import OptionInvalid
from models.next_token import Asked
from models.sample_batch import Alternative, End, SampledToken, SampleUpdate
from models.sampling import SEED_LIMIT, SamplingParams
from playground.experiments import Playground
from playground.exports import Row, Table
from playground.next_token import ChainSettings
from playground.positions import MAX_STEPS, Position
from playground.sample_measures import SampleMeasures, distinct, sample_measures

MAX_SAMPLES = 8
MAX_NEW_TOKENS = 100  # of each
AT_ONCE = 4  # texts whose tokens are asked for side by side: more would push each other out of the model's cache
NUM_ALTERNATIVES = 6  # shown for each token


class Sampler(Protocol):
    """What this experiment needs of the model; ``models.sample_batch.SampleReader`` is one."""

    def run(
        self,
        owner: str,
        prompt: Asked,
        then_ids: Iterable[int],
        samplings: Sequence[SamplingParams],
        num_alternatives: int = 0,
    ) -> AsyncGenerator[SampleUpdate]:
        """One sample for each of ``samplings``."""


@dataclass(frozen=True)
class SamplesAsked:
    """``num`` samples of ``max_tokens`` at the most after ``position``. The first has the seed of ``sampling``.

    Each further one has the next higher seed; None is 0.
    """

    position: Position
    sampling: SamplingParams
    num: int = 4
    max_tokens: int = 30

    @property
    def samplings(self) -> tuple[SamplingParams, ...]:
        """The settings of each text, the greedy one's first. Raises OptionInvalid outside the limits."""
        if not 1 <= self.num <= MAX_SAMPLES or not 1 <= self.max_tokens <= MAX_NEW_TOKENS:
            raise OptionInvalid
        first = self.sampling.seed or 0
        same = self.sampling.model_copy(update={"max_tokens": self.max_tokens, "seed": first})
        greedy = same.model_copy(update={"temperature": 0.0})
        seeds = ((first + number) % SEED_LIMIT for number in range(self.num))
        return greedy, *(same.model_copy(update={"seed": seed}) for seed in seeds)


@dataclass(frozen=True)
class SampledText:
    """A continuation so far. ``seed`` None is the greedy one; ``place`` is that in the queue while it waits."""

    seed: int | None
    tokens: tuple[SampledToken, ...] = ()
    ended: End | None = None
    place: int | None = None

    @property
    def measures(self) -> SampleMeasures:
        """What can be said of it in numbers."""
        return sample_measures(self.tokens)


@dataclass(frozen=True)
class Samples:
    """``path`` shows the tokens that were chosen after the prompt, before every text. The greedy text is the first."""

    asked: SamplesAsked
    path: tuple[bytes, ...]
    texts: tuple[SampledText, ...]

    @property
    def is_whole(self) -> bool:
        """Nothing is being written any more."""
        return all(text.ended for text in self.texts)

    @property
    def drawn(self) -> tuple[SampledText, ...]:
        """All but the greedy one."""
        return self.texts[1:]

    @property
    def num_different(self) -> int:
        """Of the drawn texts, how many are there if equal ones count once."""
        return len({tuple(token.token_id for token in text.tokens) for text in self.drawn})

    def distinct(self, length: int) -> float | None:
        """Distinct-n over all drawn texts together."""
        return distinct(([token.token_id for token in text.tokens] for text in self.drawn), length)


class SampleExperiment:
    """Raises what ``playground``'s experiments do, and OptionInvalid for a number outside the limits."""

    def __init__(self, playground: Playground, sampler: Sampler) -> None:
        self._playground = playground
        self._sampler = sampler

    async def run(self, owner: str, asked: SamplesAsked) -> AsyncGenerator[Samples]:
        """What is there whenever there is more of it. Closing the generator stops the model."""
        begun = await self._begun(asked)
        prompt, texts = await self._playground.asked(asked.position), list(begun.texts)
        updates = self._sampler.run(owner, prompt, asked.position.path, asked.samplings, NUM_ALTERNATIVES)
        async with aclosing(updates):
            async for update in updates:
                texts[update.index] = _further(texts[update.index], update)
                yield replace(begun, texts=tuple(texts))

    async def can_replay(self, asked: SamplesAsked, written: Sequence[Sequence[int]]) -> bool:
        """False where a text is too long to be looked at, or goes on after a control token, as few ever do."""
        if len(asked.position.path) + max(map(len, written), default=0) > MAX_STEPS:
            return False
        control_ids = (await self._playground.vocabulary()).control_ids
        return control_ids.isdisjoint(chain.from_iterable(written))

    async def replay(
        self, owner: str, asked: SamplesAsked, written: Sequence[Sequence[int]]
    ) -> AsyncGenerator[Samples]:
        """The texts that were ``written`` once, token by token: the same seed alone would not bring all of them back.

        A close draw falls otherwise when the model's sums are rounded otherwise, as in a batch of others they are.
        """
        begun = await self._begun(asked)
        texts = list(begun.texts)
        for numbers in _columns(written):
            tokens = await asyncio.gather(
                *(
                    self._token(owner, asked, asked.samplings[number], written[number][: len(texts[number].tokens) + 1])
                    for number in numbers
                )
            )
            for number, token in zip(numbers, tokens, strict=True):
                texts[number] = replace(texts[number], tokens=(*texts[number].tokens, token))
            yield replace(begun, texts=tuple(texts))
        ends: list[End] = ["length" if len(ids) == asked.max_tokens else "stop" for ids in written]
        yield replace(begun, texts=tuple(replace(text, ended=end) for text, end in zip(texts, ends, strict=True)))

    async def _begun(self, asked: SamplesAsked) -> Samples:
        """Before the first token; everything about ``asked`` is checked."""
        seeds = [None, *(sampling.seed for sampling in asked.samplings[1:])]
        await self._playground.asked(asked.position)
        token_bytes = (await self._playground.vocabulary()).token_bytes
        path = tuple(token_bytes[token_id] for token_id in asked.position.path)
        return Samples(asked, path, tuple(map(SampledText, seeds)))

    async def _token(
        self, owner: str, asked: SamplesAsked, sampling: SamplingParams, ids: Sequence[int]
    ) -> SampledToken:
        """The last of ``ids``, and what else could have stood there."""
        *before, token_id = ids
        position = replace(asked.position, path=(*asked.position.path, *before))
        view = await self._playground.view(owner, position, ChainSettings(sampling), NUM_ALTERNATIVES + 1, token_id)
        (chosen,) = (one for one in view.candidates if one.token_id == token_id)
        others = [one for one in view.candidates if one is not chosen][:NUM_ALTERNATIVES]
        return SampledToken(
            token_id=token_id,
            token_bytes=chosen.token_bytes,
            probability=chosen.probability,
            probability_after=chosen.probability_after,
            entropy_bits=view.stages[0].entropy_bits,
            alternatives=tuple(
                Alternative(one.token_id, one.token_bytes, one.probability, one.probability_after) for one in others
            ),
        )


def _columns(written: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The numbers of the texts whose next token is asked for: some texts to their ends, then the next ones."""
    for first in range(0, len(written), AT_ONCE):
        some = range(first, min(first + AT_ONCE, len(written)))
        for place in range(max(len(written[number]) for number in some)):
            yield [number for number in some if place < len(written[number])]


def _further(text: SampledText, update: SampleUpdate) -> SampledText:
    return replace(text, tokens=text.tokens + update.tokens, ended=update.ended, place=update.place)


def samples_table(samples: Samples) -> Table:
    """A row for each token of each text; what is said of a text, and of all, is the summary."""
    texts = [
        {"sample": number, "seed": text.seed, "ended": text.ended, **vars(text.measures)}
        for number, text in enumerate(samples.texts)
    ]
    together = {f"distinct_{length}": samples.distinct(length) for length in (1, 2)}
    rows = tuple(
        _row(number, place, token)
        for number, text in enumerate(samples.texts)
        for place, token in enumerate(text.tokens, start=1)
    )
    return Table(rows, {"num_different": samples.num_different, **together, "texts": texts})


def _row(number: int, place: int, token: SampledToken) -> Row:
    return {
        "sample": number,
        "place": place,
        "id": token.token_id,
        "text": token.token_bytes.decode(errors="replace"),
        "bytes": token.token_bytes.hex(" "),
        "probability": token.probability,
        "probability when drawn": token.probability_after,
        "entropy in bits": token.entropy_bits,
    }
