from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.options import ConversationOptions
from chains.run_record import (
    Alternative,
    AnswerRecord,
    Part,
    PromptTokens,
    RunRecord,
    WrittenToken,
    figures_of,
    written_tokens,
)
from tests.chat_room import Gate, RoomOver
from tests.scripted_model import ScriptedModel, token_id

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

TOKEN_BYTES = st.binary(max_size=6)
SHARES = st.floats(0, 1)
ALTERNATIVES = st.builds(
    Alternative,
    id=st.none() | st.integers(0),
    text=TOKEN_BYTES,
    probability=SHARES,
    probability_after=st.none() | SHARES,
)
WRITTEN = st.builds(
    WrittenToken, id=st.integers(0), text=TOKEN_BYTES, probability=SHARES, others=st.lists(ALTERNATIVES).map(tuple)
)
PROMPTS = st.builds(
    lambda part, tokens: PromptTokens(part=part, ids=tuple(t[0] for t in tokens), texts=tuple(t[1] for t in tokens)),
    st.sampled_from(Part),
    st.lists(st.tuples(st.integers(0), TOKEN_BYTES)),
)
RUNS = st.builds(RunRecord, model=st.text(), prompt=st.lists(PROMPTS).map(tuple), answer=st.lists(WRITTEN).map(tuple))


@given(st.lists(RUNS, min_size=1, max_size=2))
def test_a_record_comes_back_from_json_as_it_was(runs: list[RunRecord]) -> None:
    record = AnswerRecord(runs=tuple(runs))
    assert AnswerRecord.model_validate(json.loads(json.dumps(record.model_dump(mode="json")))) == record


async def test_the_parts_of_the_prompt_add_up_to_what_the_model_read(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("Hello")
    answer = await room.say("And now?")
    run = room.record(answer).last
    assert sum(len(part.ids) for part in run.prompt) == run.num_prompt
    assert all(len(part.ids) == len(part.texts) for part in run.prompt)
    assert [part.part for part in run.prompt] == [
        Part.MARKERS,
        Part.SYSTEM,
        Part.MARKERS,
        Part.HISTORY,
        Part.MARKERS,
        Part.HISTORY,
        Part.MARKERS,
        Part.QUESTION,
    ]


async def test_a_run_is_recorded_with_all_that_the_model_told(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two"]))
    room.choose(ConversationOptions().with_sampling({"temperature": 0.5}))
    answer = await room.say("Count")
    run = room.record(answer).last
    assert (run.model, run.step, run.seed, run.finish_reason) == ("scripted", "", 7, "stop")
    assert run.sampling == {"temperature": 0.5, "max_tokens": 40}
    assert (run.num_output, run.first_token_s, run.decode_s, run.tokens_per_second) == (2, 0.25, 0.5, 2.0)
    assert answer.figures == figures_of(run)
    first = run.answer[0]
    assert (first.id, first.text) == (token_id("one "), b"one ")
    assert first.probability == pytest.approx(0.75)
    assert [other.text for other in first.others] == [b"one! "]
    assert first.others[0].probability == pytest.approx(0.25)


async def test_a_stopped_run_has_what_was_known_by_then(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two"], pace=Gate(1).pass_one))
    await room.leave(room.replies.ask(room.here, {"question": "Count"}), "one")
    run = room.record(room.branch[1]).last
    assert (run.num_output, run.finish_reason, run.seed, run.decode_s) == (1, None, None, None)
    assert sum(len(part.ids) for part in run.prompt) == run.num_prompt


async def test_what_a_provider_does_not_tell_is_none(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(tells_little=True))
    run = room.record(await room.say("Hello")).last
    assert (run.num_prompt, run.num_cached, run.num_output, run.seed, run.decode_s) == (None,) * 5
    assert run.answer == ()
    assert run.tokens_per_second is None
    assert figures_of(run) == {}


def test_tokens_of_other_providers_have_no_id_and_perhaps_no_bytes() -> None:
    entry = {"token": "né", "bytes": None, "logprob": 0.0, "top_logprobs": None}
    assert written_tokens([entry]) == (WrittenToken(id=None, text="né".encode(), probability=1.0),)


def test_speed_is_that_of_the_tokens_after_the_first() -> None:
    run = RunRecord(model="m", num_output=11, decode_s=2.0, num_prompt=8, num_cached=6)
    assert figures_of(run) == {"num_output": 11, "tokens_per_second": 5.0, "share_cached": 0.75}
    assert RunRecord(model="m", num_output=1, decode_s=2.0).tokens_per_second is None
