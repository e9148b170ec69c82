from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from chains.replies import Place
from chains.run_record import Part
from errors import (
    ConversationBusy,
    ConversationNotFound,
    EngineDied,
    EngineUnavailable,
    MessageTooLong,
    PromptTooLong,
    TertuliaError,
)
from models.prompt_reading import PromptToken
from storage.records import MessageStatus
from tests.chat_room import MAX_ANSWER_TOKENS, OWNER, RoomOver
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]


async def test_question_and_answer_are_kept(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["Hi ", "there"]))
    answer = await room.say("Hello")
    assert answer.status is MessageStatus.COMPLETE
    assert room.shape == [("Hello", "complete"), ("Hi there", "complete")]
    assert room.branch[1].parent_id == room.branch[0].id
    assert room.store.get(OWNER, room.id).title == "Hello"
    assert room.is_free


async def test_the_question_is_kept_before_the_model_is_called(room_over: RoomOver) -> None:
    room = room_over()
    async with aclosing(room.replies.ask(room.here, {"question": "Hello"})) as answers:
        await anext(answers)
        assert room.prompts == []
        assert room.shape == [("Hello", "complete"), ("", "answering")]


async def test_a_follow_up_is_asked_with_the_conversation_so_far(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda question: [f"answer to {question}"]))
    await room.say("My name is Ignacio")
    await room.say("What is my name?")
    assert room.prompts[1][0][0] == "system"
    assert room.prompts[1][1:] == [
        ("user", "My name is Ignacio"),
        ("assistant", "answer to My name is Ignacio"),
        ("user", "What is my name?"),
    ]


async def test_braces_in_a_message_are_text(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("{question} {0} {{x}}")
    assert room.prompts[0][-1] == ("user", "{question} {0} {{x}}")


async def test_the_next_may_be_asked_as_soon_as_the_end_is_told(room_over: RoomOver) -> None:
    room = room_over()
    async for answer in room.replies.ask(room.here, {"question": "One"}):
        if answer.message.status is MessageStatus.COMPLETE:
            assert room.shape[1] == ("You said: One ", "complete")
            assert (await room.say("Two")).status is MessageStatus.COMPLETE


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_fault_of_the_engine_marks_the_answer_and_the_next_one_works(room_over: RoomOver) -> None:
    answers = iter([["half ", EngineDied()], [EngineDied()], ["whole"]])
    room = room_over(ScriptedModel(script=lambda _: next(answers)))
    first = await room.say("One")
    assert (first.text, first.status, first.error_key) == ("half ", MessageStatus.FAILED, EngineDied.key)
    assert room.branch[1] == first
    assert room.written(first) == ["half "]
    await room.say("Two")
    assert (await room.say("Three")).text == "whole"
    assert [text for _, text in room.prompts[2][1:]] == ["One", "half ", "Two\n\nThree"], (
        "an answer that never began is left out"
    )


class DeadReader:
    """Reads for an engine that is gone."""

    async def aread_prompt(
        self,
        messages: Sequence[BaseMessage],
        *,
        prefill: str = "",
        is_completion: bool = False,
        tools: Sequence[dict[str, Any]] = (),
    ) -> tuple[PromptToken, ...]:
        raise EngineUnavailable


async def test_an_engine_that_cannot_even_read_costs_nobody_the_question(room_over: RoomOver) -> None:
    room = room_over(reader=DeadReader())
    answer = await room.say("Hello")
    assert (answer.status, answer.error_key) == (MessageStatus.FAILED, EngineUnavailable.key)
    assert room.shape == [("Hello", "complete"), ("", "failed")]
    assert room.is_free


async def test_a_fault_that_nobody_foresaw_is_raised_and_the_answer_marked(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["half ", ZeroDivisionError()]))
    with pytest.raises(ZeroDivisionError):
        await room.say("Hello")
    assert room.shape[1] == ("half ", "failed")
    assert room.branch[1].error_key == TertuliaError.key
    assert room.is_free


async def test_an_answer_that_reached_its_limit_says_so(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(finish_reason="length"))
    assert (await room.say("Hello")).status is MessageStatus.CUT


@pytest.mark.parametrize(
    ("question", "context_tokens", "error"),
    [("x" * 1_001, 10_000, MessageTooLong), ("x " * 450, 500, PromptTooLong)],
)
async def test_a_message_that_is_too_long_is_refused_before_anything_is_kept(
    room_over: RoomOver, question: str, context_tokens: int, error: type[Exception]
) -> None:
    room = room_over(context_tokens=context_tokens)
    with pytest.raises(error):
        await room.say(question)
    assert room.branch == ()
    assert room.store.get(OWNER, room.id).title == ""
    assert (await room.say("short")).status is MessageStatus.COMPLETE


# --- who and where ----------------------------------------------------------------------------------------------------


async def test_old_turns_are_left_out_and_counted(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["a " * 100]), context_tokens=500)
    for _ in range(3):
        await room.say("q " * 100)
    assert [message.num_left_out for message in room.branch[1::2]] == [0, 0, 2]
    assert [text[0] for _, text in room.prompts[2][1:]] == ["q", "a", "q"]


async def test_two_answers_at_once_in_one_conversation_are_refused(room_over: RoomOver) -> None:
    room = room_over()
    async with aclosing(room.replies.ask(room.here, {"question": "One"})) as answers:
        await anext(answers)
        with pytest.raises(ConversationBusy):
            await room.say("Two")
    assert room.shape == [("One", "complete"), ("", "stopped")]


async def test_a_stale_tab_appends_after_the_newest_message(room_over: RoomOver) -> None:
    room = room_over()
    one_tab, other_tab = room.here, Place(OWNER, room.id, "es")
    await room.hear(room.replies.ask(one_tab, {"question": "First"}))
    await room.hear(room.replies.ask(other_tab, {"question": "Second"}))
    await room.hear(room.replies.ask(one_tab, {"question": "Third"}))
    assert [message.text for message in room.branch[::2]] == ["First", "Second", "Third"]
    assert len(room.store.tree(OWNER, room.id).messages) == 6


@pytest.mark.parametrize(("owner", "is_known"), [("eve", True), (OWNER, False)])
async def test_anothers_conversation_looks_like_one_that_does_not_exist(
    room_over: RoomOver, owner: str, is_known: bool
) -> None:
    room = room_over()
    question, answer = (await room.say("Hello")).parent_id or "", room.branch[1].id
    place = Place(owner, room.id if is_known else "no such id", "en")
    replies, inputs = room.replies, {"question": "Mine?"}
    for answers in (
        replies.ask(place, inputs),
        replies.edit(place, question, "Mine?"),
        replies.again(place, answer),
        replies.resume(place, answer),
        replies.branch(place, answer, 0, 0),
    ):
        with pytest.raises(ConversationNotFound):
            await room.hear(answers)
    with pytest.raises(ConversationNotFound):
        await replies.measure(place, inputs)
    assert len(room.branch) == 2


async def test_a_conversation_deleted_meanwhile_has_the_whole_answer_when_restored(room_over: RoomOver) -> None:
    room = room_over()
    async with aclosing(room.replies.ask(room.here, {"question": "Hello"})) as answers:
        await anext(answers)
        room.conversations.delete(OWNER, room.id)
        async for _ in answers:
            pass
    await room.replies.background.settled(room.id)
    room.conversations.restore(OWNER, room.id)
    assert room.shape == [("Hello", "complete"), ("You said: Hello ", "complete")]


async def test_measuring_asks_nothing_and_adds_up(room_over: RoomOver) -> None:
    room = room_over()
    await room.say("Hello there")
    measure = await room.replies.measure(room.here, {"question": "And now?"})
    assert len(room.prompts) == 1
    assert len(room.branch) == 2
    assert (measure.window, measure.reserved, measure.num_left_out) == (10_000, MAX_ANSWER_TOKENS, 0)
    assert (measure.parts[Part.QUESTION], measure.parts[Part.HISTORY]) == (2, 2 + 5)
    await room.say("And now?")
    assert sum(measure.parts.values()) == room.record(room.branch[-1]).last.num_prompt
