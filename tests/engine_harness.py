"""An engine over a scripted runner, and ways to read what it says."""

from __future__ import annotations

from collections import defaultdict
from itertools import count

from models.engine.cache import SlotCache
from models.engine.engine import Engine
from models.engine.parking import ParkingLot
from models.engine.protocol import (
    Event,
    Finished,
    Generate,
    Piece,
    Prompt,
    Refused,
)
from models.sampling import SamplingParams
from tests.fakes import FakeRunner

HELLO = [ord(letter) for letter in "HELLO"]


def request(request_id: str, **options: object) -> Generate:
    return Generate(
        id=request_id, prompt=Prompt(), sampling=SamplingParams.model_validate({"max_tokens": 20, **options})
    )


def engine_over(
    runner: FakeRunner,
    *,
    num_slots: int = 4,
    window: int = 64,
    num_cells: int = 256,
    parking: ParkingLot | None = None,
) -> Engine:
    ticks = count()
    return Engine(runner, SlotCache(num_slots, num_cells), window, parking, clock=lambda: float(next(ticks)))


def run_to_end(engine: Engine) -> dict[str, list[Event]]:
    events: dict[str, list[Event]] = defaultdict(list)
    while engine.has_work:
        for event in engine.step():
            assert not isinstance(event, Finished | Piece | Refused) or not _is_over(events[event.id])
            events[event.id].append(event)  # type: ignore[union-attr]
    return events


def _is_over(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Finished | Refused)


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Piece))


def end_of(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]
