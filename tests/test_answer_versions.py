from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chains.run_record import AnswerRecord, Part
from errors import MessageNotFound, MessageTooLong
from storage.records import Message, MessageStatus, Role
from tests.chat_room import MAX_CHARACTERS, OWNER, ChatRoom, Gate, RoomOver
from tests.scripted_model import ScriptedModel, token_id

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]


def given(room: ChatRoom, name: str) -> Any:
    """What the last call of the model was given as ``name``."""
    return room.options[-1].get(name)


async def stopped_answer(room: ChatRoom) -> Message:
    """The first two words of three; what is asked next comes as a whole."""
    gate = Gate(2)
    room.model.script = lambda _: ["one ", "two ", "three"]
    room.model.pace = gate.pass_one
    await room.leave(room.replies.ask(room.here, {"question": "Count"}), "two")
    room.model.pace = None
    return room.branch[-1]


# --- again, edit ------------------------------------------------------------------------------------------------------


async def test_again_writes_another_version_and_leaves_the_first_as_it_was(room_over: RoomOver) -> None:
    answers = iter([["first"], ["second"]])
    room = room_over(ScriptedModel(script=lambda _: next(answers)))
    first = await room.say("Hello")
    second = await room.hear(room.replies.again(room.here, first.id))
    tree = room.store.tree(OWNER, room.id)
    assert tree.siblings(first.id) == (first, second)
    assert room.branch[-1] == second
    assert room.prompts[1] == room.prompts[0]
    assert [room.written(first), room.written(second)] == [["first"], ["second"]]


async def test_an_older_answer_is_written_again_without_what_came_after(room_over: RoomOver) -> None:
    room = room_over()
    first = await room.say("One")
    await room.say("Two")
    await room.hear(room.replies.again(room.here, first.id))
    assert room.prompts[2] == room.prompts[0]
    assert len(room.branch) == 2


async def test_an_edited_question_begins_a_branch_and_the_old_one_stays(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("One")
    await room.say("Two")
    before = room.branch
    await room.hear(room.replies.edit(room.here, before[2].id, "Deux"))
    assert [message.text for message in room.branch] == ["One", "You said: One ", "Deux", "You said: Deux "]
    assert room.store.tree(OWNER, room.id).upto(before[3].id) == before
    assert room.store.get(OWNER, room.id).title == "One"


async def test_the_first_question_can_be_edited_too(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("One")
    await room.hear(room.replies.edit(room.here, room.branch[0].id, "Uno"))
    assert [text for _, text in room.prompts[1][1:]] == ["Uno"]
    assert room.branch[0].parent_id is None


async def test_what_is_no_such_message_is_refused_and_nothing_stored(room_over: RoomOver) -> None:
    room = room_over()
    answer = await room.say("Hello")
    question = answer.parent_id or ""
    replies, here = room.replies, room.here
    for answers in (
        replies.edit(here, "unknown", "text"),
        replies.edit(here, answer.id, "text"),
        replies.again(here, "unknown"),
        replies.again(here, question),
        replies.resume(here, question),
        replies.branch(here, question, 0, 0),
        replies.branch(here, answer.id, 99, 0),
        replies.branch(here, answer.id, 0, 99),
        replies.branch(here, answer.id, -1, 0),
        replies.branch(here, answer.id, 0, -1),
    ):
        with pytest.raises(MessageNotFound):
            await room.hear(answers)
    with pytest.raises(MessageTooLong):
        await room.hear(replies.edit(here, question, "x" * (MAX_CHARACTERS + 1)))
    assert len(room.store.tree(OWNER, room.id).messages) == 2
    assert room.is_free


# --- going on ---------------------------------------------------------------------------------------------------------


async def test_a_stopped_answer_goes_on_from_its_tokens(room_over: RoomOver) -> None:
    room = room_over()
    stopped = await stopped_answer(room)
    room.model.script = lambda _: ["three ", "four"]
    whole = await room.hear(room.replies.resume(room.here, stopped.id))
    assert whole.id == stopped.id
    assert room.shape == [("Count", "complete"), ("one two three four", "complete")]
    assert given(room, "prefill_ids") == (token_id("one "), token_id("two "))
    assert given(room, "prefill") is None
    assert room.written(whole) == ["one ", "two ", "three ", "four"]
    assert room.prompts[1] == room.prompts[0]
    run = room.record(whole).last
    assert [part.part for part in run.prompt][-1] is Part.ANSWER
    assert sum(len(part.ids) for part in run.prompt) == run.num_prompt


async def test_going_on_can_be_stopped_too_and_loses_nothing(room_over: RoomOver) -> None:
    room = room_over()
    stopped = await stopped_answer(room)
    room.model.script = lambda _: ["three ", "four"]
    room.model.pace = Gate(1).pass_one
    await room.leave(room.replies.resume(room.here, stopped.id), "three")
    assert room.shape[1] == ("one two three ", "stopped")
    assert room.written(stopped) == ["one ", "two ", "three "]
    room.model.pace = Gate(0).pass_one
    await room.leave(room.replies.resume(room.here, stopped.id), "three")
    assert room.shape[1] == ("one two three ", "stopped")
    assert room.written(stopped) == ["one ", "two ", "three "]


async def test_without_its_tokens_it_goes_on_from_its_text(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(tells_little=True))
    stopped = await stopped_answer(room)
    room.model.script = lambda _: ["three"]
    whole = await room.hear(room.replies.resume(room.here, stopped.id))
    assert whole.text == "one two three"
    assert given(room, "prefill") == "one two "
    assert given(room, "prefill_ids") is None
    assert room.record(whole).last.prompt[-1].part is Part.ANSWER


async def test_a_text_that_its_tokens_do_not_spell_is_trusted_more_than_they(room_over: RoomOver) -> None:
    room = room_over()
    stopped = await stopped_answer(room)
    room.store.save(OWNER, room.id, replace(stopped, text="one "))
    await room.hear(room.replies.resume(room.here, stopped.id))
    assert given(room, "prefill") == "one "


async def test_half_a_character_is_finished_by_what_follows(room_over: RoomOver) -> None:
    room = room_over()
    answer = await room.say("Hello")
    beginning = token(b"caf\xc3")
    keep_record(room, answer, [beginning])
    room.store.save(OWNER, room.id, replace(answer, text="caf\ufffd", status=MessageStatus.CUT))
    room.model.script = lambda _: ["é!"]  # the engine finishes the character it was told half of
    whole = await room.hear(room.replies.resume(room.here, answer.id))
    assert whole.text == "café!"
    assert given(room, "prefill_ids") == (beginning["id"],)


async def test_an_answer_that_took_half_the_window_can_go_on(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["word "] * 40, finish_reason="length"), context_tokens=80)
    cut = await room.say("Hello")
    assert cut.status is MessageStatus.CUT
    whole = await room.hear(room.replies.resume(room.here, cut.id))
    assert whole.text == "word " * 80


# --- another token ----------------------------------------------------------------------------------------------------


async def test_another_token_begins_a_version_that_is_the_same_up_to_there(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two ", "three"]))
    first = await room.say("Count")
    room.model.script = lambda _: ["and more"]
    other = await room.hear(room.replies.branch(room.here, first.id, 1, 0))
    assert other.text == "one two! and more"
    assert given(room, "prefill_ids") == (token_id("one "), token_id("two! "))
    assert room.store.tree(OWNER, room.id).siblings(first.id) == (first, other)
    assert room.written(first) == ["one ", "two ", "three"]
    assert room.written(other) == ["one ", "two! ", "and more"]
    assert room.branch[-1] == other


async def test_a_token_without_an_id_or_without_text_cannot_be_gone_on_from(room_over: RoomOver) -> None:
    room = room_over()
    answer = await room.say("Hello")
    ends = {"id": 2, "text": "", "probability": 0.1}
    unknown = {"id": None, "text": "eA==", "probability": 0.1}
    keep_record(room, answer, [token(b"one") | {"others": [ends, unknown]}])
    for other in range(2):
        with pytest.raises(MessageNotFound):
            await room.hear(room.replies.branch(room.here, answer.id, 0, other))


def token(text: bytes) -> dict[str, Any]:
    return {"id": 17, "text": text, "probability": 0.5}


def keep_record(room: ChatRoom, answer: Message, tokens: Sequence[dict[str, Any]]) -> None:
    assert answer.role is Role.ASSISTANT
    record = AnswerRecord.model_validate({"runs": [{"model": "scripted", "answer": tokens}]})
    room.store.put_record(OWNER, room.id, answer.id, record.model_dump(mode="json"))
