"""Who is next: people before background work, owners in turn, each owner's requests in order of arrival."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from models.engine.sequence import Sequence


class FairQueue:
    """Round-robin over owners, so that a person with ten tabs waits no less than one with a single tab."""

    def __init__(self) -> None:
        self._people = _RoundRobin()
        self._background = _RoundRobin()

    def __iter__(self) -> Iterator[Sequence]:
        """In the order in which they would be served if nobody else came."""
        yield from self._people
        yield from self._background

    def __bool__(self) -> bool:
        return self.peek() is not None

    def add(self, sequence: Sequence) -> None:
        self._lane(sequence).add(sequence)

    def put_back(self, sequence: Sequence) -> None:
        """``sequence`` was running and had to make room: it is the next of its owner, and its owner the next."""
        self._lane(sequence).put_back(sequence)

    def peek(self) -> Sequence | None:
        """Who is next."""
        return next(iter(self), None)

    def remove(self, sequence: Sequence) -> None:
        """``sequence`` is served or cancelled; its owner goes to the end of the round."""
        self._lane(sequence).remove(sequence)

    def _lane(self, sequence: Sequence) -> _RoundRobin:
        return self._background if sequence.is_background else self._people


class _RoundRobin:
    def __init__(self) -> None:
        self._owners: OrderedDict[str, deque[Sequence]] = OrderedDict()

    def __iter__(self) -> Iterator[Sequence]:
        left = [list(sequences) for sequences in self._owners.values()]
        for turn in range(max(map(len, left), default=0)):
            yield from (sequences[turn] for sequences in left if turn < len(sequences))

    def add(self, sequence: Sequence) -> None:
        self._owners.setdefault(sequence.owner, deque()).append(sequence)

    def put_back(self, sequence: Sequence) -> None:
        self._owners.setdefault(sequence.owner, deque()).appendleft(sequence)
        self._owners.move_to_end(sequence.owner, last=False)

    def remove(self, sequence: Sequence) -> None:
        sequences = self._owners[sequence.owner]
        sequences.remove(sequence)
        if sequences:
            self._owners.move_to_end(sequence.owner)
        else:
            del self._owners[sequence.owner]
