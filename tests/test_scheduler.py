from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine.cache import SlotCache
from models.engine.fair_queue import FairQueue
from models.engine.pace import MAX_TOKENS, SMOOTHNESS, Pace
from models.engine.scheduler import MAX_SCORED_TOKENS, Scheduler
from models.engine.sequence import Sequence, SequenceStatus, Task
from models.sampling import SamplingParams

WRITING_S, PROMPT_TOKEN_S = 0.02, 0.005


def sequence(
    name: str,
    num_prompt: int = 3,
    *,
    first_id: int = 1,
    owner: str = "",
    background: bool = False,
    task: Task = Task.WRITE,
) -> Sequence:
    ids = tuple(range(first_id, first_id + num_prompt))
    sampling = SamplingParams(max_tokens=4, seed=1)
    return Sequence(name, ids, sampling, task, owner=owner, is_background=background)


def scheduler_over(num_slots: int = 4, num_cells: int = 1_000) -> Scheduler:
    pace = Pace()
    pace.observe(0, WRITING_S)
    pace.observe(100, WRITING_S + 100 * PROMPT_TOKEN_S)
    return Scheduler(SlotCache(num_slots, num_cells), pace)


def plan(scheduler: Scheduler) -> dict[str, int]:
    return {chunk.sequence.request_id: chunk.num_tokens for chunk in scheduler.schedule()}


def run_step(scheduler: Scheduler) -> None:
    for chunk in scheduler.schedule():
        draws = chunk.draws
        chunk.sequence.num_computed += chunk.num_tokens
        if draws:
            chunk.sequence.ids.append(7)


def admitted(scheduler: Scheduler) -> list[str]:
    return [sequence.request_id for sequence, _ in scheduler.admit()]


@pytest.mark.parametrize(
    ("prompt_token_s", "size"), [(0.001, 256), (0.0075, 256), (0.01, 128), (0.02, 64), (0.05, 32), (1.0, 32)]
)
def test_alone_a_prompt_is_read_in_one_of_a_few_sizes(prompt_token_s: float, size: int) -> None:
    pace = Pace()
    pace.observe(100, 100 * prompt_token_s)
    assert pace.budget(beside_writers=False) == size


def test_beside_a_writer_a_prompt_gets_what_keeps_the_writer_smooth() -> None:
    scheduler = scheduler_over()
    scheduler.add(sequence("writer", 2))
    scheduler.admit()
    run_step(scheduler)
    scheduler.add(sequence("newcomer", 100, first_id=50))
    scheduler.admit()
    assert plan(scheduler) == {"writer": 1, "newcomer": int((SMOOTHNESS - 1) * WRITING_S / PROMPT_TOKEN_S)}


def test_short_prompts_overtake_a_long_one_which_still_goes_on() -> None:
    scheduler = scheduler_over()
    for name, length in (("long", 800), ("short", 30), ("middle", 60)):
        scheduler.add(sequence(name, length, first_id=length))
    scheduler.admit()
    assert plan(scheduler) == {"long": 166, "short": 30, "middle": 60}


def test_a_scored_text_is_read_in_small_chunks() -> None:
    scheduler = scheduler_over()
    scheduler.add(sequence("score", 190, task=Task.SCORE))
    scheduler.admit()
    assert plan(scheduler) == {"score": MAX_SCORED_TOKENS}


def test_owners_take_turns_however_much_one_of_them_asks() -> None:
    scheduler = scheduler_over(num_slots=1)
    for number in range(3):
        scheduler.add(sequence(f"greedy {number}", owner="greedy"))
    scheduler.add(sequence("modest", owner="modest"))
    order = []
    while scheduler.has_work:
        order += admitted(scheduler)
        scheduler.remove(scheduler.running[0])
    assert order == ["greedy 0", "modest", "greedy 1", "greedy 2"]


def test_a_small_request_does_not_overtake_a_large_one_for_ever() -> None:
    scheduler = scheduler_over(num_slots=3, num_cells=20)
    holder = sequence("holder", 10)
    scheduler.add(holder)
    scheduler.add(sequence("large", 12, first_id=100))
    scheduler.add(sequence("small", 1, first_id=200))
    assert admitted(scheduler) == ["holder"]
    scheduler.remove(holder)
    assert admitted(scheduler) == ["large"]


def test_background_work_waits_for_people_and_makes_room_for_them() -> None:
    scheduler = scheduler_over(num_slots=1)
    title = sequence("title", background=True)
    scheduler.add(title)
    assert admitted(scheduler) == ["title"]
    run_step(scheduler)
    scheduler.add(sequence("other title", background=True))
    scheduler.add(sequence("person", first_id=100))
    assert admitted(scheduler) == ["person"]
    assert title.status is SequenceStatus.WAITING
    assert [waiting.request_id for waiting in scheduler.waiting] == ["title", "other title"]
    scheduler.remove(scheduler.running[0])
    assert admitted(scheduler) == ["title"]
    assert title.ids[-1] == 7, "what was written before is kept"


def test_a_waiting_sequence_can_be_removed() -> None:
    scheduler = scheduler_over()
    waiting = sequence("a")
    scheduler.add(waiting)
    scheduler.remove(waiting)
    assert not scheduler.has_work
    assert scheduler.find("a") is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_the_queue_serves_everyone_once_people_first_and_owners_evenly(arrivals: list[tuple[str, bool]]) -> None:
    queue = FairQueue()
    for number, (owner, background) in enumerate(arrivals):
        queue.add(sequence(str(number), owner=owner, background=background))
    foretold = list(queue)
    served: list[Sequence] = []
    while (following := queue.peek()) is not None:
        queue.remove(following)
        served.append(following)
    assert served == foretold
    assert sorted(int(one.request_id) for one in served) == list(range(len(arrivals)))
    assert [one.is_background for one in served] == sorted(one.is_background for one in served)
    people = [one for one in served if not one.is_background]
    for owner in "abc":
        mine = [one for one in people if one.owner == owner]
        assert [int(one.request_id) for one in mine] == sorted(int(one.request_id) for one in mine)
        for position, one in enumerate(mine):
            earlier = [other.owner for other in people[: people.index(one)]]
            assert all(earlier.count(other) <= position + 1 for other in "abc")


@given(st.lists(st.tuples(st.integers(0, 512), st.floats(0, 100)), max_size=30))
def test_the_pace_always_goes_on(steps: list[tuple[int, float]]) -> None:
    pace = Pace()
    for num_prompt_tokens, seconds in steps:
        pace.observe(num_prompt_tokens, seconds)
        assert 1 <= pace.budget(beside_writers=True) <= MAX_TOKENS
        assert pace.budget(beside_writers=False) in pace.sizes_alone
