"""Several answers to one prompt, written side by side in one batch, token by token with their probabilities."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol, TypeAlias

from models.answer_chunks import error_of
from models.engine.distribution import Candidate, TokenChoice
from models.engine.engine_requests import Sink
from models.engine.protocol import Event, Finished, Generate, Piece, Queued
from models.next_token import Asked, asked_prompt
from models.sampling import SamplingParams

End: TypeAlias = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Alternative:
    """A token that might have come. ``probability`` is the model's own, ``probability_after`` what it is drawn with."""

    token_id: int
    token_bytes: bytes
    probability: float
    probability_after: float


@dataclass(frozen=True)
class SampledToken:
    """One token of a sample and the likeliest others in its place, best first.

    ``probability``, ``log_probability`` (natural) and ``entropy_bits`` are the model's own, ``probability_after`` is
    what the token was drawn with. The token that ends an answer is none of them.
    """

    token_id: int
    token_bytes: bytes
    probability: float
    probability_after: float
    entropy_bits: float
    alternatives: tuple[Alternative, ...]

    @property
    def log_probability(self) -> float:
        return math.log(self.probability) if self.probability > 0 else -math.inf


@dataclass(frozen=True)
class SampleUpdate:
    """News of sample number ``index``: its next ``tokens``, and the whole characters of ``text`` that they make.

    While the sample waits for a slot, ``place`` is its place in the engine's queue. The last update of a sample has
    ``ended``: the model's own end or a stop string ("stop"), or ``max_tokens`` ("length"); ``seed`` is then what it was
    drawn with, and ``num_cached`` of its ``num_prompt`` tokens were not read for it.
    """

    index: int
    tokens: tuple[SampledToken, ...] = ()
    text: str = ""
    place: int | None = None
    ended: End | None = None
    seed: int | None = None
    num_prompt: int = 0
    num_cached: int = 0


class SampleEngine(Protocol):
    """What this client needs of the supervisor."""

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer. Returns the id to cancel it by."""

    def cancel(self, request_id: str) -> None:
        """Stop a request."""


class SampleReader:
    """Asks the engine for samples; ``owner`` is whom its queue is fair to."""

    def __init__(self, engine: SampleEngine) -> None:
        self._engine = engine

    async def run(
        self,
        owner: str,
        prompt: Asked,
        then_ids: Iterable[int],
        samplings: Sequence[SamplingParams],
        num_alternatives: int = 0,
    ) -> AsyncGenerator[SampleUpdate]:
        """One sample for each of ``samplings``, all of what comes after ``prompt`` and then the tokens ``then_ids``.

        They are asked for at once, so that the prompt is read once and every step writes a token of each; where there
        are fewer slots than samples the others queue. Closing the generator stops all of them.
        Raises EngineBusy, EngineDied, EngineUnavailable, GenerationFailed or PromptTooLong; then all are stopped too.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()

        def put(index: int, event: Event) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(events.put_nowait, (index, event))

        asked = asked_prompt(prompt, tuple(then_ids))
        request_ids: list[str] = []
        try:
            for index, sampling in enumerate(samplings):
                request = Generate(
                    id="", prompt=asked, sampling=sampling, owner=owner, num_alternatives=num_alternatives
                )
                request_ids.append(self._engine.generate(request, partial(put, index)))
            num_left = len(request_ids)
            while num_left:
                update = _update(*await events.get())
                num_left -= update.ended is not None
                yield update
        finally:
            for request_id in request_ids:
                self._engine.cancel(request_id)  # one that ended is ignored


def _update(index: int, event: Event) -> SampleUpdate:
    """Raises what the engine refused the sample for."""
    if isinstance(event, Piece):
        return SampleUpdate(index, tuple(map(_token, event.choices)), event.text)
    if isinstance(event, Queued):
        return SampleUpdate(index, place=event.place)
    if isinstance(event, Finished):
        return SampleUpdate(
            index, ended=event.reason, seed=event.seed, num_prompt=event.num_prompt, num_cached=event.num_cached
        )
    raise error_of(event)


def _token(choice: TokenChoice) -> SampledToken:
    chosen = choice.chosen
    return SampledToken(
        token_id=chosen.token_id,
        token_bytes=chosen.token_bytes,
        probability=chosen.probability,
        probability_after=chosen.probability_after,
        entropy_bits=choice.entropy_bits,
        alternatives=tuple(map(_alternative, choice.alternatives)),
    )


def _alternative(candidate: Candidate) -> Alternative:
    return Alternative(candidate.token_id, candidate.token_bytes, candidate.probability, candidate.probability_after)
