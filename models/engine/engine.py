"""The engine: sequences in, events out, one step at a time. It knows no pipe, no process and no llama.cpp.

One thread owns it. ``step`` reads as the design does: schedule, run, postprocess.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Literal

from models.engine.cache import Placement, SlotCache, num_common
from models.engine.distribution import ScoredToken
from models.engine.outcome import Copied, Drawn, Outcome, Rated, RunnerAborted, RunnerFailed, SamplingRefused, Seen
from models.engine.pace import Pace
from models.engine.protocol import (
    Event,
    Finished,
    Generate,
    Look,
    Looked,
    Piece,
    ReadRow,
    Refused,
    Score,
    Scored,
)
from models.engine.queue_report import QueueReport
from models.engine.scheduler import Chunk, Scheduler
from models.engine.seams import Parking, Runner
from models.engine.sequence import Sequence, Task
from models.engine.whole_vocabulary import RowRead
from models.sampling import SamplingParams

MAX_UNFINISHED_BYTES = 3  # of a character that may end a prompt, each perhaps a token
MIN_PARKED_TOKENS = 64  # fewer are read again sooner than a file is
MAX_WAITING = 200  # more would wait for longer than anybody does


class Engine:
    """Runs all requests over one model; ``window`` is the longest prompt and answer together, in tokens."""

    def __init__(
        self,
        runner: Runner,
        cache: SlotCache,
        window: int,
        parking: Parking | None = None,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._cache = cache
        self._pace = pace or Pace()
        self._scheduler = Scheduler(cache, self._pace)
        self._window = window
        self._parking = parking
        self._clock = clock
        self._queue_report = QueueReport(cache.num_slots)
        self.last_step_s = 0.0

    @property
    def has_work(self) -> bool:
        return self._scheduler.has_work

    @property
    def num_running(self) -> int:
        return len(self._scheduler.running)

    @property
    def num_waiting(self) -> int:
        return len(self._scheduler.waiting)

    @property
    def reading_ids(self) -> frozenset[str]:
        """Requests whose prompts are being read: the only ones worth interrupting a step for."""
        return frozenset(seq.request_id for seq in self._scheduler.running if not seq.is_writing)

    def submit(self, request: Generate | Look | ReadRow | Score, prompt_ids: list[int]) -> list[Event]:
        """Queue ``request``; an answer too long for the rest of the window is capped, a prompt too long refused."""
        assert prompt_ids, "nothing comes after nothing"
        room = self._window - len(prompt_ids)
        if room < 1:
            return [Refused(id=request.id, reason="prompt_too_long", length=len(prompt_ids), limit=self._window - 1)]
        if self.num_waiting >= MAX_WAITING:
            return [Refused(id=request.id, reason="busy")]
        sequence = _sequence_of(request, prompt_ids, room)
        sequence.arrived_at = self._clock()
        if sequence.task is Task.WRITE:
            last = prompt_ids[-MAX_UNFINISHED_BYTES:]
            sequence.decoder.go_on_from(b"".join(map(self._runner.token_bytes, last)))
        try:
            self._runner.open(sequence)
        except SamplingRefused:
            return [Refused(id=request.id, reason="failed")]
        self._scheduler.add(sequence)
        return []

    def cancel(self, request_id: str) -> list[Event]:
        """Stop a request at once, wherever it is."""
        sequence = self._scheduler.find(request_id)
        return [] if sequence is None else [self._finish(sequence, "cancelled")]

    def step(self) -> list[Event]:
        """Advance every running sequence once."""
        started_at = self._clock()
        chunks = self._schedule()
        try:
            outcomes = self._runner.run(chunks)
        except RunnerAborted:
            return []  # nothing moved; whoever asked for it is cancelled before the next step
        except RunnerFailed:
            return [self._refuse(chunk.sequence) for chunk in chunks]
        self._observe(chunks, self._clock() - started_at)
        return self._postprocess(chunks, outcomes)

    # --- schedule ----------------------------------------------------------------------------------------------------

    def _schedule(self) -> list[Chunk]:
        for sequence, placement in self._scheduler.admit():
            self._park(placement)
            num_kept = self._runner.place(placement)
            if num_kept < placement.num_cached:
                self._cache.hold(placement.slot, tuple(sequence.ids[:num_kept]))
            self._start_at(sequence, self._unpark(sequence, placement.slot, num_kept))
        for sequence, placement in self._scheduler.to_copy():
            num_kept = self._runner.place(placement)
            self._cache.hold(placement.slot, tuple(sequence.ids[:num_kept]))
            self._start_at(sequence, num_kept)
        return self._scheduler.schedule()

    def _start_at(self, sequence: Sequence, num_cached: int) -> None:
        sequence.admitted_at = sequence.admitted_at or self._clock()
        sequence.num_computed = num_cached
        sequence.num_cached = min(num_cached, len(sequence.prompt_ids))

    def _park(self, placement: Placement) -> None:
        for slot, ids in placement.lost:
            if self._parking is not None and len(ids) >= MIN_PARKED_TOKENS:
                self._parking.park(ids, self._runner.save(slot))

    def _unpark(self, sequence: Sequence, slot: int, num_kept: int) -> int:
        """Fetch a longer beginning than the ``num_kept`` cells at hand; returns how many cells there are then."""
        if self._parking is None or sequence.task is Task.SCORE:
            return num_kept
        wanted = sequence.ids[:-1]
        parked, length = self._parking.find(wanted)
        if parked is None or length < num_kept + MIN_PARKED_TOKENS or len(parked.ids) > sequence.num_reserved:
            return num_kept
        state = self._parking.load(parked)
        if state is None:
            return num_kept
        if self._runner.restore(slot, state):
            num_kept = self._runner.place(Placement(slot, slot, num_common(parked.ids, wanted)))
        else:
            num_kept = 0
        self._cache.hold(slot, tuple(wanted[:num_kept]))
        return num_kept

    def _observe(self, chunks: list[Chunk], seconds: float) -> None:
        num_writers = sum(chunk.sequence.is_writing for chunk in chunks)
        num_read = sum(chunk.num_tokens for chunk in chunks) - num_writers
        self._pace.observe(num_read, seconds)
        self.last_step_s = seconds

    # --- postprocess -------------------------------------------------------------------------------------------------

    def _postprocess(self, chunks: list[Chunk], outcomes: list[Outcome]) -> list[Event]:
        events: list[Event] = []
        for chunk, outcome in zip(chunks, outcomes, strict=True):
            is_last = chunk.draws
            self._advance(chunk)
            events += self._take(chunk.sequence, outcome, is_last=is_last)
        return events + self._queue_report.news(self._scheduler.waiting)

    def _advance(self, chunk: Chunk) -> None:
        assert chunk.sequence.slot is not None
        self._cache.append(chunk.sequence.slot, chunk.ids)
        chunk.sequence.num_computed += chunk.num_tokens

    def _take(self, sequence: Sequence, outcome: Outcome, *, is_last: bool) -> list[Event]:
        if isinstance(outcome, Drawn):
            return self._accept(sequence, outcome)
        if isinstance(outcome, Seen):
            self._close(sequence)
            return [Looked(id=sequence.request_id, stages=outcome.stages)]
        if isinstance(outcome, Copied):
            self._close(sequence)
            return [self._row_read(sequence, outcome.logits)]
        if isinstance(outcome, Rated):
            sequence.log_probabilities += outcome.log_probabilities
            return [self._scored(sequence)] if is_last else []
        return []

    def _accept(self, sequence: Sequence, drawn: Drawn) -> list[Event]:
        """A token was drawn for ``sequence``: show it, and see whether it was the last."""
        now = self._clock()
        sequence.first_token_at = sequence.first_token_at or now
        sequence.last_token_at = now
        sequence.ids.append(drawn.token_id)
        if self._runner.is_end(drawn.token_id):
            return [self._closing_piece(sequence), self._finish(sequence, "stop")]
        text = sequence.decoder.push(self._runner.token_bytes(drawn.token_id))
        piece = Piece(id=sequence.request_id, text=text, choices=(drawn.choice,) if drawn.choice else ())
        if sequence.decoder.is_stopped:
            return [piece, self._finish(sequence, "stop")]
        if sequence.num_output >= sequence.sampling.max_tokens:
            return [piece, self._closing_piece(sequence), self._finish(sequence, "length")]
        return [piece]

    def _closing_piece(self, sequence: Sequence) -> Piece:
        return Piece(id=sequence.request_id, text=sequence.decoder.finish())

    def _row_read(self, sequence: Sequence, logits: bytes) -> RowRead:
        return RowRead(
            id=sequence.request_id,
            fingerprint=self._runner.fingerprint,
            logits=logits,
            prompt_ids=sequence.prompt_ids,
            num_cached=sequence.num_cached,
        )

    def _scored(self, sequence: Sequence) -> Scored:
        self._close(sequence)
        rated = [None, *sequence.log_probabilities]
        tokens = (
            ScoredToken(token_id=token_id, token_bytes=self._runner.token_bytes(token_id), log_probability=rating)
            for token_id, rating in zip(sequence.ids, rated, strict=True)
        )
        return Scored(id=sequence.request_id, tokens=tuple(tokens))

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
            self._cache.hold(slot, ())
            self._runner.clear(slot)
        return Refused(id=sequence.request_id, reason="failed")

    def _close(self, sequence: Sequence) -> None:
        self._scheduler.remove(sequence)
        self._runner.close(sequence)
        if sequence.admitted_at is not None:
            self._queue_report.ended(self._clock() - sequence.admitted_at)


def _sequence_of(request: Generate | Look | ReadRow | Score, prompt_ids: list[int], room: int) -> Sequence:
    """``room`` tokens of the window are left for the answer."""
    if isinstance(request, ReadRow | Score):
        task = Task.ROW if isinstance(request, ReadRow) else Task.SCORE
        return Sequence(request.id, tuple(prompt_ids), SamplingParams(seed=0), task, owner=request.owner)
    seed = request.sampling.seed if request.sampling.seed is not None else random.getrandbits(31)
    update = {"max_tokens": min(request.sampling.max_tokens, room), "seed": seed}
    sampling = request.sampling.model_copy(update=update)
    if isinstance(request, Look):
        return Sequence(
            request.id, tuple(prompt_ids), sampling, Task.LOOK, num_shown=request.num_candidates, owner=request.owner
        )
    return Sequence(
        request.id,
        tuple(prompt_ids),
        sampling,
        num_shown=request.num_alternatives,
        owner=request.owner,
        is_background=request.is_background,
    )
