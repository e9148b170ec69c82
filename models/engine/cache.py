"""Which cells of the KV cache belong to whom. Pure bookkeeping: the runner moves the cells themselves.

The cache has ``num_slots`` slots (llama.cpp: sequence ids) that share ``num_cells`` cells. A slot that no sequence
holds keeps its cells until they are needed, so that the next turn of the same conversation finds its beginning there.
A sequence reserves, when it enters, every cell it may come to need; that is why decoding never runs out of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import eq

IN_PLACE_SHARE = 0.5  # of a slot's cells must match for the slot to be taken over; else its beginning is copied


@dataclass(frozen=True)
class Placement:
    """Where a sequence was put: copy the first ``num_cached`` cells of slot ``source`` to ``slot``, keep no others.

    ``cleared`` slots lost their cells to make room. ``lost`` are the ids of every slot that loses its cells, by slot:
    whoever wants to keep those cells must copy them before this is carried out.
    """

    slot: int
    source: int
    num_cached: int
    cleared: tuple[int, ...] = ()
    lost: tuple[tuple[int, tuple[int, ...]], ...] = ()


@dataclass
class _Slot:
    ids: list[int] = field(default_factory=list)
    num_reserved: int = 0
    is_held: bool = False
    last_used: int = 0

    @property
    def num_cells(self) -> int:
        return max(len(self.ids), self.num_reserved)


class SlotCache:
    """Gives slots to sequences and remembers the ids whose cells each slot holds."""

    def __init__(self, num_slots: int, num_cells: int, max_idle_cells: int | None = None) -> None:
        """``max_idle_cells`` None keeps all idle cells that there is room for, else see ``_num_idle_allowed``."""
        self._slots = [_Slot() for _ in range(num_slots)]
        self._num_cells = num_cells
        self._max_idle_cells = max_idle_cells
        self._clock = 0

    @property
    def num_slots(self) -> int:
        return len(self._slots)

    @property
    def num_free_cells(self) -> int:
        return self._num_cells - sum(slot.num_cells for slot in self._slots)

    def ids(self, slot: int) -> tuple[int, ...]:
        """The ids whose cells ``slot`` holds."""
        return tuple(self._slots[slot].ids)

    def longest(self, wanted: list[int]) -> tuple[int, int]:
        """The slot that holds the longest beginning of ``wanted``, and how long that is."""
        matches = [num_common(slot.ids, wanted) for slot in self._slots]
        slot = max(range(len(self._slots)), key=matches.__getitem__)
        return slot, matches[slot]

    def place(self, prompt_ids: tuple[int, ...], num_reserved: int, *, may_reuse: bool = True) -> Placement | None:
        """Hold a slot for a sequence, with the longest beginning any slot has; None when there is no room yet.

        At least one id of the prompt is left to compute, since its logits give the first token.
        """
        idle = [index for index, slot in enumerate(self._slots) if not slot.is_held]
        if not idle:
            return None
        longest = len(prompt_ids) - 1 if may_reuse else 0
        wanted = list(prompt_ids[:longest])
        matches = [num_common(slot.ids, wanted) for slot in self._slots]
        source = max(range(len(self._slots)), key=lambda index: (matches[index], index in idle))
        num_cached = matches[source]
        slot = self._destination(idle, source, num_cached)
        if not num_cached:
            source = slot
        cleared = self._to_clear(num_reserved, slot, keep=source, idle=idle)
        if cleared is None:
            return None
        losing = [*cleared, slot] if slot != source or not num_cached else cleared
        lost = tuple((index, tuple(self._slots[index].ids)) for index in losing if self._slots[index].ids)
        for index in cleared:
            self._slots[index].ids.clear()
        self._clock += 1
        self._slots[slot] = _Slot(list(prompt_ids[:num_cached]), num_reserved, is_held=True, last_used=self._clock)
        return Placement(slot, source, num_cached, tuple(cleared), lost)

    def append(self, slot: int, ids: list[int]) -> None:
        """``ids`` were computed into the held ``slot``."""
        self._slots[slot].ids.extend(ids)

    def hold(self, slot: int, ids: tuple[int, ...]) -> None:
        """The held ``slot`` has the cells of just these ``ids`` after all."""
        self._slots[slot].ids = list(ids)

    def release(self, slot: int) -> None:
        """The sequence left; its cells stay for whoever begins the same way."""
        self._clock += 1
        self._slots[slot].is_held = False
        self._slots[slot].num_reserved = 0
        self._slots[slot].last_used = self._clock

    def clear_idle(self) -> tuple[int, ...]:
        """Forget the cells of all slots that nobody holds; returns those slots."""
        cleared = [index for index, slot in enumerate(self._slots) if not slot.is_held and slot.ids]
        for index in cleared:
            self._slots[index].ids.clear()
        return tuple(cleared)

    def _destination(self, idle: list[int], source: int, num_cached: int) -> int:
        """The source itself when most of it is wanted, else the slot whose loss hurts least."""
        if source in idle and num_cached and num_cached >= IN_PLACE_SHARE * len(self._slots[source].ids):
            return source
        return min(idle, key=lambda index: (bool(self._slots[index].ids), self._slots[index].last_used))

    def _to_clear(self, num_reserved: int, slot: int, keep: int, idle: list[int]) -> list[int] | None:
        """Idle slots to clear, the least recently used first, until ``num_reserved`` cells fit; None if they cannot."""
        others = [index for index in idle if index != slot and self._slots[index].ids]
        others.sort(key=lambda index: (index == keep, self._slots[index].last_used))  # what is copied goes last
        num_free = self.num_free_cells + self._slots[slot].num_cells
        num_idle = sum(self._slots[index].num_cells for index in others)
        max_idle = self._num_idle_allowed()
        cleared: list[int] = []
        for index in others:
            if num_free >= num_reserved and num_idle <= max_idle:
                break
            num_free += self._slots[index].num_cells
            num_idle -= self._slots[index].num_cells
            cleared.append(index)
        return cleared if num_free >= num_reserved else None

    def _num_idle_allowed(self) -> int:
        """As many as are in use and ``max_idle_cells`` more; none where nobody else runs.

        Every token that is written reads past them. Who is alone needs nobody else's, which may lie high in the cache
        and make it deep all the same.
        """
        if self._max_idle_cells is None:
            return self._num_cells
        num_used = sum(len(slot.ids) for slot in self._slots if slot.is_held)
        return num_used + self._max_idle_cells if num_used else 0


def num_common(held: Sequence[int], wanted: Sequence[int]) -> int:
    """Length of the longest beginning that both share."""
    return next((index for index, same in enumerate(map(eq, held, wanted)) if not same), min(len(held), len(wanted)))
