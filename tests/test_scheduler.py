from __future__ import annotations

from models.engine.cache import SlotCache
from models.engine.scheduler import Scheduler, StepBudget
from models.engine.sequence import Sequence
from models.sampling import SamplingParams

BUDGET = StepBudget(alone=8, beside_writers=3)


def sequence(name: str, num_prompt: int, max_tokens: int = 4) -> Sequence:
    return Sequence(name, tuple(range(1, num_prompt + 1)), SamplingParams(max_tokens=max_tokens, seed=1))


def plan(scheduler: Scheduler) -> list[tuple[str, int]]:
    return [(chunk.sequence.request_id, chunk.num_tokens) for chunk in scheduler.schedule()]


def run_step(scheduler: Scheduler) -> None:
    for chunk in scheduler.schedule():
        draws = chunk.draws
        chunk.sequence.num_computed += chunk.num_tokens
        if draws:
            chunk.sequence.ids.append(7)


def test_a_prompt_is_read_in_chunks_of_the_budget() -> None:
    scheduler = Scheduler(SlotCache(2, 100), BUDGET)
    scheduler.add(sequence("a", 20))
    scheduler.admit()
    assert plan(scheduler) == [("a", 8)]
    run_step(scheduler)
    run_step(scheduler)
    assert plan(scheduler) == [("a", 4)]


def test_a_writer_goes_first_and_leaves_little_for_a_newcomer() -> None:
    scheduler = Scheduler(SlotCache(2, 100), BUDGET)
    scheduler.add(sequence("writer", 2))
    scheduler.admit()
    run_step(scheduler)
    newcomer = sequence("newcomer", 20)
    newcomer.prompt_ids = newcomer.prompt_ids[::-1]
    newcomer.ids = list(newcomer.prompt_ids)
    scheduler.add(newcomer)
    scheduler.admit()
    assert plan(scheduler) == [("writer", 1), ("newcomer", 3)]


def test_who_came_first_is_served_first_when_slots_run_out() -> None:
    scheduler = Scheduler(SlotCache(1, 100), BUDGET)
    first, second = sequence("first", 2), sequence("second", 2)
    scheduler.add(first)
    scheduler.add(second)
    assert [admitted.request_id for admitted, _ in scheduler.admit()] == ["first"]
    scheduler.remove(first)
    assert [admitted.request_id for admitted, _ in scheduler.admit()] == ["second"]


def test_a_small_request_does_not_overtake_a_large_one_for_ever() -> None:
    scheduler = Scheduler(SlotCache(3, 20), BUDGET)
    holder = sequence("holder", 10)
    scheduler.add(holder)
    scheduler.add(sequence("large", 12))
    scheduler.add(sequence("small", 1))
    assert [admitted.request_id for admitted, _ in scheduler.admit()] == ["holder"]
    scheduler.remove(holder)
    assert [admitted.request_id for admitted, _ in scheduler.admit()] == ["large"]


def test_a_waiting_sequence_can_be_removed() -> None:
    scheduler = Scheduler(SlotCache(1, 100), BUDGET)
    waiting = sequence("a", 2)
    scheduler.add(waiting)
    scheduler.remove(waiting)
    assert not scheduler.has_work
    assert scheduler.find("a") is None
