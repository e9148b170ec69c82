from __future__ import annotations

from collections import defaultdict
from itertools import count
from pathlib import Path

import pytest
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
    Looked,
    Piece,
    Prompt,
    Queued,
    Refused,
    Score,
    Scored,
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


def test_an_answer_streams_and_ends_with_its_counts() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    assert engine.submit(request("a"), [1, 2, 3]) == []
    events = run_to_end(engine)["a"]
    assert text_of(events) == "HELLO"
    end = end_of(events)
    assert (end.reason, end.num_prompt, end.num_cached, end.num_output) == ("stop", 3, 0, 6)
    assert end.decode_s > 0


def test_requests_share_their_batches() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    for name in "abc":
        engine.submit(request(name), [1, 2, ord(name)])
    events = run_to_end(engine)
    assert {name: text_of(events[name]) for name in "abc"} == dict.fromkeys("abc", "HELLO")
    assert sum(len(batch) == 3 for batch in runner.batches) >= len(HELLO)


def test_more_requests_than_slots_all_end() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO), num_slots=2)
    for number in range(9):
        engine.submit(request(str(number)), [number + 1])
    events = run_to_end(engine)
    assert [text_of(events[str(number)]) for number in range(9)] == ["HELLO"] * 9


def test_the_second_turn_reads_only_what_is_new() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    engine.submit(request("first"), [1, 2, 3])
    run_to_end(engine)
    engine.submit(request("second"), [1, 2, 3, *HELLO, 4, 5])
    assert end_of(run_to_end(engine)["second"]).num_cached == 3 + len(HELLO)


def test_a_model_that_cannot_forget_a_part_reads_again() -> None:
    runner = FakeRunner(lambda _: HELLO)
    runner.keeps_parts = False
    engine = engine_over(runner)
    engine.submit(request("first"), [1, 2, 3])
    run_to_end(engine)
    engine.submit(request("second"), [1, 2, 9])
    events = run_to_end(engine)["second"]
    assert (text_of(events), end_of(events).num_cached) == ("HELLO", 0)


def test_max_tokens_cuts_and_says_so() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    engine.submit(request("a", max_tokens=2), [1])
    events = run_to_end(engine)["a"]
    assert (text_of(events), end_of(events).reason, end_of(events).num_output) == ("HE", "length", 2)


def test_the_window_caps_the_answer() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO * 100), window=10)
    engine.submit(request("a", max_tokens=500), [1] * 8)
    assert end_of(run_to_end(engine)["a"]).num_output == 2


def test_a_prompt_that_fills_the_window_is_refused() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO), window=10)
    assert engine.submit(request("a"), [1] * 10) == [Refused(id="a", reason="prompt_too_long", length=10, limit=9)]
    assert not engine.has_work


def test_a_stop_string_ends_the_answer() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    engine.submit(request("a", stop=("LL",)), [1])
    events = run_to_end(engine)["a"]
    assert (text_of(events), end_of(events).reason) == ("HE", "stop")


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_cancel_frees_everything_at_once(steps: int) -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    engine.submit(request("a"), list(range(1, 21)))
    for _ in range(steps):
        engine.step()
    (end,) = engine.cancel("a")
    assert isinstance(end, Finished)
    assert end.reason == "cancelled"
    assert not engine.has_work
    assert not runner.open_requests
    assert engine.cancel("a") == []


def test_a_failed_batch_refuses_its_requests_and_poisons_no_later_one() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    engine.submit(request("a"), [1, 2, 3])
    engine.step()
    runner.fails_next = True
    assert engine.step() == [Refused(id="a", reason="failed")]
    engine.submit(request("b"), [1, 2, 3])
    events = run_to_end(engine)["b"]
    assert (text_of(events), end_of(events).num_cached) == ("HELLO", 0)


def test_a_seed_is_drawn_when_none_is_given_and_reported() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    engine.submit(request("given", seed=7), [1])
    engine.submit(request("drawn"), [2])
    events = run_to_end(engine)
    assert end_of(events["given"]).seed == 7
    assert end_of(events["drawn"]).seed >= 0


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


def test_looking_gives_the_distribution_and_keeps_the_prompt_warm() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    look = Look(id="look", prompt=Prompt(), sampling=SamplingParams())
    assert engine.submit(look, [1, 2, 3]) == []
    (event,) = run_to_end(engine)["look"]
    assert isinstance(event, Looked)
    assert event.stages[0].name == "model"
    engine.submit(request("after"), [1, 2, 3, 4])
    assert end_of(run_to_end(engine)["after"]).num_cached == 3


def test_scoring_rates_every_token_after_the_first_and_never_trusts_the_cache() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO), window=400, num_cells=800)
    ids = [number % 200 + 1 for number in range(150)]
    for _ in range(2):
        engine.submit(Score(id="score", text=""), ids)
        (event,) = run_to_end(engine)["score"]
        assert isinstance(event, Scored)
        assert [token.token_id for token in event.tokens] == ids
        assert [token.log_probability for token in event.tokens] == [None, *(-float(token_id) for token_id in ids[1:])]


def test_an_aborted_step_changes_nothing() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    engine.submit(request("a"), [1, 2, 3])
    runner.aborts_next = True
    assert engine.step() == []
    assert text_of(run_to_end(engine)["a"]) == "HELLO"


def test_who_waits_is_told_the_place_and_each_change_of_it() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO), num_slots=1)
    for name in "abc":
        engine.submit(request(name, max_tokens=2), [ord(name)])
    events = run_to_end(engine)
    places = {name: [event.place for event in events[name] if isinstance(event, Queued)] for name in "abc"}
    assert places == {"a": [], "b": [1], "c": [2, 1]}
    (told,) = (event for event in events["c"] if isinstance(event, Queued) and event.place == 1)
    assert told.seconds is not None
    assert told.seconds > 0


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
