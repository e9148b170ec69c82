"""Who runs in the next step: admits waiting sequences in order of arrival and shares out the step's tokens.

Every running sequence that writes gets its one token in every step. Prompts are read with what is left of the step:
much while nobody writes, little while somebody does, so that a long prompt never freezes the others' text.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from models.engine.cache import Placement, SlotCache
from models.engine.sequence import Sequence, SequenceStatus


@dataclass(frozen=True)
class StepBudget:
    """Prompt tokens read in one step: ``alone`` when nobody writes, ``beside_writers`` otherwise."""

    alone: int = 256
    beside_writers: int = 48


@dataclass(frozen=True)
class Chunk:
    """``num_tokens`` pending ids of ``sequence`` to compute; the last of them gives a token if ``draws``."""

    sequence: Sequence
    num_tokens: int

    @property
    def draws(self) -> bool:
        return self.num_tokens == self.sequence.num_pending

    @property
    def ids(self) -> list[int]:
        start = self.sequence.num_computed
        return self.sequence.ids[start : start + self.num_tokens]


class Scheduler:
    """Sequences wait in order of arrival; as many run as the cache has room for."""

    def __init__(self, cache: SlotCache, budget: StepBudget) -> None:
        self._cache = cache
        self._budget = budget
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []

    @property
    def has_work(self) -> bool:
        return bool(self._waiting or self._running)

    @property
    def running(self) -> tuple[Sequence, ...]:
        return tuple(self._running)

    def add(self, sequence: Sequence) -> None:
        """Put ``sequence`` at the end of the queue."""
        self._waiting.append(sequence)

    def find(self, request_id: str) -> Sequence | None:
        """The unfinished sequence of ``request_id``."""
        return next((seq for seq in [*self._running, *self._waiting] if seq.request_id == request_id), None)

    def admit(self) -> list[tuple[Sequence, Placement]]:
        """Move sequences from the queue to slots while there is room, strictly in order, so that none starves."""
        admitted: list[tuple[Sequence, Placement]] = []
        while self._waiting:
            sequence = self._waiting[0]
            placement = self._cache.place(sequence.prompt_ids, sequence.num_reserved)
            if placement is None:
                break
            self._waiting.popleft()
            sequence.slot = placement.slot
            sequence.num_computed = sequence.num_cached = placement.num_cached
            sequence.status = SequenceStatus.RUNNING
            self._running.append(sequence)
            admitted.append((sequence, placement))
        return admitted

    def schedule(self) -> list[Chunk]:
        """The chunks of the next step, the writers' single tokens first, then prompts in order of arrival."""
        writers = [Chunk(sequence, 1) for sequence in self._running if not sequence.is_reading]
        readers = [sequence for sequence in self._running if sequence.is_reading]
        left = self._budget.beside_writers if writers else self._budget.alone
        chunks = writers
        for sequence in readers:
            num_tokens = min(sequence.num_pending, left)
            if num_tokens:
                chunks.append(Chunk(sequence, num_tokens))
            left -= num_tokens
        return chunks

    def remove(self, sequence: Sequence) -> None:
        """Finish ``sequence`` wherever it is; its slot is free from now on."""
        if sequence.status is SequenceStatus.WAITING:
            self._waiting.remove(sequence)
        elif sequence.status is SequenceStatus.RUNNING:
            self._running.remove(sequence)
        if sequence.slot is not None:
            self._cache.release(sequence.slot)
            sequence.slot = None
        sequence.status = SequenceStatus.FINISHED
