"""The engine: sequences in, events out, one step at a time. It knows no pipe, no process and no llama.cpp.

One thread owns it. ``step`` reads as the design does: schedule, run, postprocess.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Literal, Protocol

from models.engine.cache import Placement, SlotCache
from models.engine.outcome import Drawn, Outcome
from models.engine.protocol import Event, Finished, Generate, Look, Piece, Refused, Score
from models.engine.scheduler import Chunk, Scheduler, StepBudget
from models.engine.sequence import Sequence


class RunnerFailed(Exception):
    """llama.cpp could not compute a batch; the cells of its sequences cannot be trusted."""


class Runner(Protocol):
    """What the engine needs of llama.cpp; tests put a scripted one here."""

    def open(self, sequence: Sequence) -> None:
        """Make the sampler of ``sequence``; its seed is set."""

    def close(self, sequence: Sequence) -> None:
        """Free the sampler of ``sequence``."""

    def place(self, placement: Placement) -> int:
        """Move cells as ``placement`` says; returns how many the slot really holds (a model may refuse a part)."""

    def clear(self, slot: int) -> None:
        """Drop all cells of ``slot``."""

    def run(self, chunks: list[Chunk]) -> list[Outcome]:
        """Compute ``chunks`` in one batch; one outcome for each. Raises RunnerFailed."""

    def is_end(self, token_id: int) -> bool:
        """True for ids that end an answer."""

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens."""


class Engine:
    """Runs all requests over one model; ``window`` is the longest prompt and answer together, in tokens."""

    def __init__(
        self,
        runner: Runner,
        cache: SlotCache,
        window: int,
        budget: StepBudget = StepBudget(),  # noqa: B008 (frozen)
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._cache = cache
        self._scheduler = Scheduler(cache, budget)
        self._window = window
        self._clock = clock

    @property
    def has_work(self) -> bool:
        return self._scheduler.has_work

    def submit(self, request: Generate | Look | Score, prompt_ids: list[int]) -> list[Event]:
        """Queue ``request``; an answer too long for the rest of the window is capped, a prompt too long refused."""
        room = self._window - len(prompt_ids)
        if room < 1:
            return [Refused(id=request.id, reason="prompt_too_long", length=len(prompt_ids), limit=self._window - 1)]
        if not isinstance(request, Generate):
            return [Refused(id=request.id, reason="failed")]
        wanted = request.sampling
        seed = wanted.seed if wanted.seed is not None else random.getrandbits(31)
        sampling = wanted.model_copy(update={"max_tokens": min(wanted.max_tokens, room), "seed": seed})
        sequence = Sequence(request.id, tuple(prompt_ids), sampling, arrived_at=self._clock())
        self._runner.open(sequence)
        self._scheduler.add(sequence)
        return []

    def cancel(self, request_id: str) -> list[Event]:
        """Stop a request at once, wherever it is."""
        sequence = self._scheduler.find(request_id)
        return [] if sequence is None else [self._finish(sequence, "cancelled")]

    def step(self) -> list[Event]:
        """Advance every running sequence once."""
        chunks = self._schedule()
        try:
            outcomes = self._runner.run(chunks)
        except RunnerFailed:
            return [self._refuse(chunk.sequence) for chunk in chunks]
        return self._postprocess(chunks, outcomes)

    def _schedule(self) -> list[Chunk]:
        for sequence, placement in self._scheduler.admit():
            num_kept = self._runner.place(placement)
            if num_kept < placement.num_cached:
                self._cache.truncate(placement.slot, num_kept)
                sequence.num_computed = sequence.num_cached = num_kept
        return self._scheduler.schedule()

    def _postprocess(self, chunks: list[Chunk], outcomes: list[Outcome]) -> list[Event]:
        events: list[Event] = []
        for chunk, outcome in zip(chunks, outcomes, strict=True):
            self._advance(chunk)
            if isinstance(outcome, Drawn):
                events += self._accept(chunk.sequence, outcome.token_id)
        return events

    def _advance(self, chunk: Chunk) -> None:
        assert chunk.sequence.slot is not None
        self._cache.append(chunk.sequence.slot, chunk.ids)
        chunk.sequence.num_computed += chunk.num_tokens

    def _accept(self, sequence: Sequence, token_id: int) -> list[Event]:
        """A token was drawn for ``sequence``: show it, and see whether it was the last."""
        now = self._clock()
        sequence.first_token_at = sequence.first_token_at or now
        sequence.last_token_at = now
        sequence.ids.append(token_id)
        if self._runner.is_end(token_id):
            return [self._closing_piece(sequence), self._finish(sequence, "stop")]
        text = sequence.decoder.push(self._runner.token_bytes(token_id))
        piece = Piece(id=sequence.request_id, text=text)
        if sequence.decoder.is_stopped:
            return [piece, self._finish(sequence, "stop")]
        if sequence.num_output >= sequence.sampling.max_tokens:
            return [piece, self._closing_piece(sequence), self._finish(sequence, "length")]
        return [piece]

    def _closing_piece(self, sequence: Sequence) -> Piece:
        return Piece(id=sequence.request_id, text=sequence.decoder.finish())

    def _finish(self, sequence: Sequence, reason: Literal["stop", "length", "cancelled"]) -> Finished:
        first_token_at = sequence.first_token_at or self._clock()
        self._close(sequence)
        return Finished(
            id=sequence.request_id,
            reason=reason,
            num_prompt=len(sequence.prompt_ids),
            num_cached=sequence.num_cached,
            num_output=sequence.num_output,
            first_token_s=first_token_at - sequence.arrived_at,
            decode_s=max(0.0, sequence.last_token_at - first_token_at),
            seed=sequence.sampling.seed or 0,
        )

    def _refuse(self, sequence: Sequence) -> Refused:
        """The cells of a failed batch are dropped: nobody may find half a prompt there."""
        slot = sequence.slot
        self._close(sequence)
        if slot is not None:
            self._cache.truncate(slot, 0)
            self._runner.clear(slot)
        return Refused(id=sequence.request_id, reason="failed")

    def _close(self, sequence: Sequence) -> None:
        self._scheduler.remove(sequence)
        self._runner.close(sequence)
