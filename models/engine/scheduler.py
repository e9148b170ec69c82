"""Who runs in the next step: admits waiting sequences in their turn and shares out the step's tokens.

Every running sequence that writes gets its one token in every step. Prompts are read with what ``Pace`` leaves them, so
that a long prompt never freezes the others' text. Background work gives its slot up when a person needs it.

Who begins as somebody does whose prompt is just being read waits for that beginning and has it copied: of several
answers to one prompt, only the first reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.engine.cache import Placement, SlotCache, num_common
from models.engine.fair_queue import FairQueue
from models.engine.pace import Pace
from models.engine.sequence import Sequence, SequenceStatus, Task

MIN_SHARED_TOKENS = 16  # fewer are sooner read by everybody than waited for
MAX_SCORED_TOKENS = 64  # of one chunk: each needs a row of logits as wide as the vocabulary


@dataclass(frozen=True)
class Chunk:
    """``num_tokens`` pending ids of ``sequence`` to compute; when they are the last, the step ``draws`` from them."""

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
    """Sequences wait in a fair queue; as many run as the cache has room for."""

    def __init__(self, cache: SlotCache, pace: Pace) -> None:
        self._cache = cache
        self._pace = pace
        self._queue = FairQueue()
        self._running: list[Sequence] = []

    @property
    def has_work(self) -> bool:
        return bool(self._running or self._queue)

    @property
    def running(self) -> tuple[Sequence, ...]:
        return tuple(self._running)

    @property
    def waiting(self) -> tuple[Sequence, ...]:
        """In the order in which they will be served."""
        return tuple(self._queue)

    def add(self, sequence: Sequence) -> None:
        """Put ``sequence`` in the queue."""
        self._queue.add(sequence)

    def find(self, request_id: str) -> Sequence | None:
        """The unfinished sequence of ``request_id``."""
        return next((seq for seq in [*self._running, *self._queue] if seq.request_id == request_id), None)

    def admit(self) -> list[tuple[Sequence, Placement]]:
        """Move sequences from the queue to slots while there is room, strictly in turn, so that none starves."""
        admitted: list[tuple[Sequence, Placement]] = []
        while (sequence := self._queue.peek()) is not None:
            placement = self._place(sequence)
            if placement is None:
                break
            self._queue.remove(sequence)
            sequence.slot = placement.slot
            sequence.num_computed = sequence.num_cached = placement.num_cached
            sequence.status = SequenceStatus.RUNNING
            sequence.has_begun = False
            self._running.append(sequence)
            admitted.append((sequence, placement))
        return admitted

    def to_copy(self) -> list[tuple[Sequence, Placement]]:
        """For sequences that have not begun: the beginning that another one has read since they were admitted."""
        copies: list[tuple[Sequence, Placement]] = []
        for sequence in self._running:
            if not _may_share(sequence) or self._awaits_beginning(sequence):
                continue
            source, num_held = self._cache.longest(sequence.ids[:-1])
            if num_held >= sequence.num_computed + MIN_SHARED_TOKENS:
                assert sequence.slot is not None
                sequence.has_begun = True
                copies.append((sequence, Placement(sequence.slot, source, num_held)))
        return copies

    def schedule(self) -> list[Chunk]:
        """The chunks of the next step: a token for each writer, the rest for prompts.

        Who has one token of the prompt left to read costs what a writer does, and is let through with them.
        """
        ready = [sequence for sequence in self._running if not self._awaits_beginning(sequence)]
        one_token = [Chunk(sequence, 1) for sequence in ready if sequence.num_pending == 1]
        readers = [sequence for sequence in ready if sequence.num_pending > 1]
        budget = self._pace.budget(beside_writers=any(sequence.is_writing for sequence in ready))
        chunks = one_token + _share(readers, budget)
        for chunk in chunks:
            chunk.sequence.has_begun = True
        return chunks

    def _awaits_beginning(self, sequence: Sequence) -> bool:
        """True while one that came before reads what ``sequence`` begins with. The first of all waits for nobody."""
        if not _may_share(sequence):
            return False
        wanted = sequence.ids[:-1]
        before = self._running[: self._running.index(sequence)]
        leaders = [other for other in before if not other.is_writing and other.is_background <= sequence.is_background]
        num_awaited = max((num_common(leader.ids, wanted) for leader in leaders), default=0)
        if num_awaited < sequence.num_computed + MIN_SHARED_TOKENS:
            return False
        return num_awaited > self._cache.longest(wanted)[1]

    def remove(self, sequence: Sequence) -> None:
        """Finish ``sequence`` wherever it is; its slot is free from now on."""
        if sequence.status is SequenceStatus.WAITING:
            self._queue.remove(sequence)
        elif sequence.status is SequenceStatus.RUNNING:
            self._leave(sequence)
        sequence.status = SequenceStatus.FINISHED

    def _place(self, sequence: Sequence) -> Placement | None:
        """A place for ``sequence``, if need be that of background work, the newest first."""
        may_reuse = sequence.task is not Task.SCORE  # which needs the logits of every token
        while True:
            placement = self._cache.place(tuple(sequence.ids), sequence.num_reserved, may_reuse=may_reuse)
            yielding = next((other for other in reversed(self._running) if other.is_background), None)
            if placement is not None or yielding is None or sequence.is_background:
                return placement
            self._leave(yielding)
            yielding.status = SequenceStatus.WAITING
            self._queue.put_back(yielding)

    def _leave(self, sequence: Sequence) -> None:
        assert sequence.slot is not None
        self._running.remove(sequence)
        self._cache.release(sequence.slot)
        sequence.slot = None
        sequence.num_computed = 0


def _share(readers: list[Sequence], budget: int) -> list[Chunk]:
    """Half of ``budget`` to whoever came first, the rest to the shortest prompts; people before background work.

    Short prompts overtake a long one, and the long one still goes on.
    """
    readers = sorted(readers, key=lambda sequence: sequence.is_background)
    shares: dict[Sequence, int] = {}
    if readers:
        shares[readers[0]] = min(_wanted(readers[0]), (budget + 1) // 2)
    left = budget - sum(shares.values())
    for sequence in sorted(readers, key=lambda sequence: (sequence.is_background, sequence.num_pending)):
        more = min(_wanted(sequence) - shares.get(sequence, 0), left)
        shares[sequence] = shares.get(sequence, 0) + more
        left -= more
    return [Chunk(sequence, num_tokens) for sequence, num_tokens in shares.items() if num_tokens]


def _may_share(sequence: Sequence) -> bool:
    """Scores need the logits of every token."""
    return not sequence.has_begun and sequence.task is not Task.SCORE


def _wanted(sequence: Sequence) -> int:
    return min(sequence.num_pending, MAX_SCORED_TOKENS) if sequence.task is Task.SCORE else sequence.num_pending
