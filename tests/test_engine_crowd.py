from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from models.engine.cache import SlotCache
from models.engine.engine import Engine
from models.engine.parking import ParkingLot
from models.engine.protocol import (
    Event,
    Finished,
    Generate,
    Look,
    Prompt,
    ReadRow,
    Refused,
    Score,
)
from models.sampling import SamplingParams
from tests.engine_harness import HELLO, end_of, engine_over, request, run_to_end, text_of
from tests.fakes import FakeRunner

LONG = list(range(1, 101))


def evict(engine: Engine) -> None:
    """Fill the cache with something else."""
    engine.submit(request("other", max_tokens=1), [200] * 120)
    run_to_end(engine)


def test_a_conversation_that_made_room_comes_back_from_disk(tmp_path: Path) -> None:
    parking = ParkingLot(tmp_path, "model", 1_000_000)
    engine = engine_over(FakeRunner(lambda _: HELLO, num_cells=130), window=125, num_cells=130, parking=parking)
    engine.submit(request("first", max_tokens=5), LONG)
    run_to_end(engine)
    evict(engine)
    parking.settle()
    engine.submit(request("again", max_tokens=5), [*LONG, *HELLO[:2], 99, 98])
    events = run_to_end(engine)["again"]
    assert (text_of(events), end_of(events).num_cached) == ("HELLO", 102)


def test_a_state_that_the_model_refuses_is_read_again(tmp_path: Path) -> None:
    parking = ParkingLot(tmp_path, "model", 1_000_000)
    runner = FakeRunner(lambda _: HELLO, num_cells=130)
    engine = engine_over(runner, window=125, num_cells=130, parking=parking)
    engine.submit(request("first", max_tokens=5), LONG)
    run_to_end(engine)
    evict(engine)
    parking.settle()
    runner.refuses_states = True
    engine.submit(request("again", max_tokens=5), [*LONG, 99, 98])
    events = run_to_end(engine)["again"]
    assert (text_of(events), end_of(events).num_cached) == ("HELLO", 0)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 3), min_size=1, max_size=30),  # prompt
            st.integers(1, 12),  # max_tokens
            st.integers(0, 6),  # steps before the next arrives
            st.booleans(),  # is the oldest then cancelled?
        ),
        max_size=25,
    )
)
def test_every_request_ends_exactly_once_with_its_own_answer(
    arrivals: list[tuple[list[int], int, int, bool]],
) -> None:
    """The runner checks the cells at every step; here, that nobody starves, ends twice or gets another's text."""

    def script(prompt: tuple[int, ...]) -> list[int]:
        return [65 + (sum(prompt) + step) % 26 for step in range(len(prompt) % 9)]

    runner = FakeRunner(script, num_cells=96)
    engine = engine_over(runner, num_slots=3, window=48, num_cells=96)
    events: dict[str, list[Event]] = defaultdict(list)
    cancelled: set[str] = set()
    for number, (prompt, max_tokens, steps, cancels) in enumerate(arrivals):
        engine.submit(request(str(number), max_tokens=max_tokens), prompt)
        for _ in range(steps if engine.has_work else 0):
            if engine.has_work:
                for event in engine.step():
                    events[event.id].append(event)  # type: ignore[union-attr]
        if cancels and engine.cancel(str(number // 2)):
            cancelled.add(str(number // 2))
    for key, more in run_to_end(engine).items():
        events[key] += more
    assert not runner.open_requests
    for number, (prompt, max_tokens, _, _) in enumerate(arrivals):
        key = str(number)
        if key in cancelled:
            continue
        assert sum(isinstance(event, Finished | Refused) for event in events[key]) == 1
        assert text_of(events[key]) == bytes(script(tuple(prompt))[:max_tokens]).decode()


def test_two_thousand_mixed_requests_leave_nothing_behind() -> None:
    draw = random.Random(7)
    runner = FakeRunner(lambda prompt: HELLO[: len(prompt) % 6], num_cells=256)
    cache = SlotCache(4, 256)
    engine = Engine(runner, cache, window=64)
    for number in range(2_000):
        prompt = [draw.randint(1, 9) for _ in range(draw.randint(1, 70))]
        engine.submit(mixed(draw, str(number)), prompt)
        runner.fails_next = draw.random() < 0.01
        runner.aborts_next = draw.random() < 0.02
        for _ in range(draw.randint(0, 8)):
            if engine.has_work:
                engine.step()
        if draw.random() < 0.2:
            engine.cancel(str(draw.randint(0, number)))
    run_to_end(engine)
    assert not runner.open_requests
    cache.clear_idle()
    assert cache.num_free_cells == 256, "only slots that nobody holds can be cleared"


def mixed(draw: random.Random, name: str) -> Generate | Look | ReadRow | Score:
    kind = draw.random()
    owner = draw.choice("abc")
    if kind < 0.1:
        return Score(id=name, text="", owner=owner)
    if kind < 0.2:
        return Look(id=name, prompt=Prompt(), sampling=SamplingParams(), owner=owner)
    if kind < 0.3:
        return ReadRow(id=name, prompt=Prompt(), owner=owner)
    sampling = SamplingParams(max_tokens=draw.randint(1, 12))
    return Generate(id=name, prompt=Prompt(), sampling=sampling, owner=owner, is_background=kind > 0.9)
