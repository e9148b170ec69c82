from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus
from tests.chat_room import ChatRoom, Gate, RoomOver, until
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]

Leave = Callable[[ChatRoom, str], Awaitable[None]]


async def by_closing(room: ChatRoom, text: str) -> None:
    await room.leave(room.replies.ask(room.here, {"question": "Count"}), text)


async def by_cancelling(room: ChatRoom, text: str) -> None:
    async def read() -> None:
        async for answer in room.replies.ask(room.here, {"question": "Count"}):
            if text in answer.message.text:
                seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


LEAVING = pytest.mark.parametrize("leave", [by_closing, by_cancelling])


@LEAVING
async def test_stopping_closes_the_model_and_keeps_what_was_written(room_over: RoomOver, leave: Leave) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two ", "three"], pace=Gate(1).pass_one))
    await leave(room, "one")
    await until(lambda: room.model.num_closed == 1)  # a chain that is left closes its links one after the other
    assert room.shape == [("Count", "complete"), ("one ", "stopped")]
    assert room.written(room.branch[1]) == ["one "]
    assert room.is_free


@LEAVING
async def test_stopping_before_the_first_word_keeps_an_empty_answer(room_over: RoomOver, leave: Leave) -> None:
    room = room_over(ScriptedModel(pace=Gate(0).pass_one))
    await leave(room, "")
    assert room.shape == [("Count", "complete"), ("", "stopped")]
    assert room.is_free


async def test_what_came_before_the_stop_but_was_not_shown_yet_is_kept_too(room_over: RoomOver) -> None:
    gate = Gate(3)
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two ", "three ", "four"], pace=gate.pass_one))
    async with aclosing(room.replies.ask(room.here, {"question": "Count"})) as answers:
        async for answer in answers:
            if answer.message.text:
                break
        await until(lambda: gate.num_asked == 4)
    assert room.shape[1] == ("one two three ", "stopped")
    assert room.written(room.branch[1]) == ["one ", "two ", "three "]


async def test_after_a_stop_the_conversation_goes_on(room_over: RoomOver) -> None:
    gate = Gate(1)
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two "], pace=gate.pass_one))
    await by_closing(room, "one")
    gate.num_open = 10
    assert (await room.say("Again")).status is MessageStatus.COMPLETE
    assert [text for _, text in room.prompts[1][1:]] == ["Count", "one ", "Again"]


class SlowStore(ConversationStore):
    """Writes nothing until ``may_write``; ``is_writing`` tells that it would."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.is_writing = threading.Event()
        self.may_write = threading.Event()

    def add(self, owner: str, conversation_id: str, *messages: Message) -> None:
        self.is_writing.set()
        self.may_write.wait()
        super().add(owner, conversation_id, *messages)


async def test_who_leaves_while_the_question_is_being_stored_leaves_nothing_half_done(room_over: RoomOver) -> None:
    room = room_over(store=SlowStore)
    assert isinstance(room.store, SlowStore)
    answers = room.replies.ask(room.here, {"question": "Hello"})
    task = asyncio.create_task(anext(answers))
    await asyncio.to_thread(room.store.is_writing.wait)
    task.cancel()
    room.store.may_write.set()
    await asyncio.wait([task])
    assert room.shape == [("Hello", "complete"), ("", "stopped")]
    assert room.is_free
