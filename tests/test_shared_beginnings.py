"""Several answers to one prompt: it is read once, whoever asks and whatever happens to the one that reads it."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from models.engine.protocol import Event, Score
from tests.engine_harness import HELLO, end_of, engine_over, request, run_to_end, text_of
from tests.fakes import FakeRunner

LONG = list(range(1, 41))


def num_computed(runner: FakeRunner) -> Counter[str]:
    """Tokens computed for each request."""
    totals: Counter[str] = Counter()
    for batch in runner.batches:
        totals.update(dict(batch))
    return totals


def test_eight_answers_to_one_prompt_read_it_once_and_are_written_together() -> None:
    runner = FakeRunner(lambda _: HELLO, num_cells=600)
    engine = engine_over(runner, num_slots=8, num_cells=600)
    for number in range(8):
        engine.submit(request(str(number), max_tokens=5), LONG)
    events = run_to_end(engine)
    assert [text_of(events[str(number)]) for number in range(8)] == ["HELLO"] * 8
    assert [end_of(events[str(number)]).num_cached for number in range(8)] == [0] + [len(LONG) - 1] * 7
    assert num_computed(runner)["0"] == len(LONG) + 4
    assert {num_computed(runner)[str(number)] for number in range(1, 8)} == {1 + 4}
    assert sum(len(batch) >= 7 for batch in runner.batches) >= 4


def test_who_shares_a_beginning_reads_only_the_rest() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    engine.submit(request("first"), [*LONG, 50, 51])
    engine.submit(request("second"), [*LONG, 60, 61, 62])
    events = run_to_end(engine)
    assert text_of(events["second"]) == "HELLO"
    assert end_of(events["second"]).num_cached == len(LONG)


def test_a_short_beginning_is_waited_for_by_nobody() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    for name in "ab":
        engine.submit(request(name), LONG[:10])
    engine.step()
    assert runner.batches == [[("a", 10), ("b", 10)]]


def test_the_next_one_reads_when_the_first_is_cancelled() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    for name in "abc":
        engine.submit(request(name), LONG)
    runner.aborts_next = True
    engine.step()
    engine.cancel("a")
    events = run_to_end(engine)
    assert [end_of(events[name]).num_cached for name in "bc"] == [0, len(LONG) - 1]
    assert text_of(events["c"]) == "HELLO"


def test_a_failed_reading_does_not_take_the_others_along() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    for name in "ab":
        engine.submit(request(name), LONG)
    runner.fails_next = True
    engine.step()
    assert text_of(run_to_end(engine)["b"]) == "HELLO"


def test_a_person_does_not_wait_for_background_work() -> None:
    runner = FakeRunner(lambda _: HELLO)
    engine = engine_over(runner)
    engine.submit(request("background").model_copy(update={"is_background": True}), LONG)
    engine.step()
    engine.submit(request("person"), LONG)
    assert text_of(run_to_end(engine)["person"]) == "HELLO"


def test_a_score_copies_nothing() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    engine.submit(request("answer"), LONG)
    engine.submit(Score(id="score", text=""), LONG)
    assert len(run_to_end(engine)["score"][-1].tokens) == len(LONG)  # type: ignore[union-attr]


def test_a_model_that_copies_no_part_reads_for_itself() -> None:
    runner = FakeRunner(lambda _: HELLO)
    runner.keeps_parts = False
    engine = engine_over(runner)
    engine.submit(request("first"), [*LONG, 50, 51])
    engine.submit(request("second"), [*LONG, 60])
    assert text_of(run_to_end(engine)["second"]) == "HELLO"


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.integers(0, 4), st.integers(0, 3), st.booleans()),
        max_size=20,
    )
)
def test_beginnings_in_common_change_no_answer(arrivals: list[tuple[str, int, int, int, bool]]) -> None:
    """The runner checks at every step that the cells are the sequence's own."""
    runner = FakeRunner(lambda prompt: [65 + sum(prompt) % 26] * (len(prompt) % 5), num_cells=160)
    engine = engine_over(runner, num_slots=4, num_cells=160)
    prompts: dict[str, list[int]] = {}
    ended: dict[str, list[Event]] = defaultdict(list)
    for number, (family, length, tail, steps, cancels) in enumerate(arrivals):
        prompt = ([1, 2, 3, 4] if family == "a" else [9, 8, 7]) * 14
        prompts[str(number)] = [*prompt[: length + 1], *range(number + 1, number + 1 + tail)]
        engine.submit(request(str(number), max_tokens=6), prompts[str(number)])
        for _ in range(steps):
            for event in engine.step() if engine.has_work else []:
                ended[event.id].append(event)  # type: ignore[union-attr]
        if cancels and engine.cancel(str(number // 2)):
            prompts.pop(str(number // 2))
    for name, events in run_to_end(engine).items():
        ended[name] += events
    for name, prompt in prompts.items():
        assert text_of(ended[name]) == chr(65 + sum(prompt) % 26) * min(6, len(prompt) % 5)
    assert not runner.open_requests
