"""Which models have to leave the memory so that another one may come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Resident:
    """A model in memory. ``used_at`` grows; a busy one writes answers, one that is leaving begins no new ones."""

    name: str
    need_bytes: int
    used_at: int
    is_busy: bool = False
    is_leaving: bool = False


def leaving(residents: Iterable[Resident], free_bytes: int) -> frozenset[str]:
    """Names of those that must go until another fits, when ``free_bytes`` is what it leaves of the budget itself.

    Idle ones go before busy ones, and of these the one used longest ago first. Who is leaving already stays chosen
    before others that are busy: its answers will have ended sooner or later, whatever is used meanwhile. No one goes
    for nothing: whoever is not needed once a larger one goes stays.
    """
    residents = tuple(residents)
    excess = sum(resident.need_bytes for resident in residents) - free_bytes
    chosen: list[Resident] = []
    for resident in sorted(residents, key=_order):
        if excess <= 0:
            break
        chosen.append(resident)
        excess -= resident.need_bytes
    for resident in tuple(reversed(chosen)):
        if excess + resident.need_bytes <= 0:
            chosen.remove(resident)
            excess += resident.need_bytes
    return frozenset(resident.name for resident in chosen)


def _order(resident: Resident) -> tuple[bool, bool, int]:
    return resident.is_busy, not resident.is_leaving, resident.used_at
