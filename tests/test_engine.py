from __future__ import annotations

import pytest

from models.engine.engine import MAX_WAITING
from models.engine.protocol import (
    Finished,
    Look,
    Looked,
    Prompt,
    Queued,
    ReadRow,
    Refused,
    Score,
    Scored,
)
from models.engine.whole_vocabulary import RowRead
from models.sampling import SamplingParams
from tests.engine_harness import HELLO, end_of, engine_over, request, run_to_end, text_of
from tests.fakes import FakeRunner


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


def test_a_queue_that_is_too_long_refuses_and_goes_on() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO), num_slots=1)
    refused = [event for number in range(MAX_WAITING + 3) for event in engine.submit(request(str(number)), [5])]
    assert [(event.id, event.reason) for event in refused if isinstance(event, Refused)] == [
        (str(number), "busy") for number in range(MAX_WAITING, MAX_WAITING + 3)
    ]
    assert len(run_to_end(engine)) == MAX_WAITING


def test_looking_gives_the_distribution_and_keeps_the_prompt_warm() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    look = Look(id="look", prompt=Prompt(), sampling=SamplingParams())
    assert engine.submit(look, [1, 2, 3]) == []
    (event,) = run_to_end(engine)["look"]
    assert isinstance(event, Looked)
    assert event.stages[0].name == "model"
    engine.submit(request("after"), [1, 2, 3, 4])
    assert end_of(run_to_end(engine)["after"]).num_cached == 3


def test_a_row_comes_as_the_model_says_it_and_is_read_once() -> None:
    engine = engine_over(FakeRunner(lambda _: HELLO))
    for num_cached in (0, 2):
        assert engine.submit(ReadRow(id="row", prompt=Prompt(), owner="a"), [1, 2, 3]) == []
        (event,) = run_to_end(engine)["row"]
        assert event == RowRead(
            id="row", fingerprint="fake", logits=bytes([3]), prompt_ids=(1, 2, 3), num_cached=num_cached
        )


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


def test_an_answer_that_goes_on_in_the_middle_of_a_character_begins_with_it_whole() -> None:
    first, *rest = "\u00e9t\u00e9".encode()
    engine = engine_over(FakeRunner(lambda _: rest))
    engine.submit(request("a"), [1, 2, first])
    assert text_of(run_to_end(engine)["a"]) == "\u00e9t\u00e9"
