"""What becomes of an answer whose disk is full, before it is asked, on the way or at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from errors import StorageFull
from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus
from tests.chat_room import OWNER, ChatRoom, Gate, RoomOver
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.chat_room_fixtures"]


class FillingStore(ConversationStore):
    """Has no room for what is named in ``refused``, and counts how often it had none."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.refused: set[str] = set()
        self.num_refused = 0

    def add(self, owner: str, conversation_id: str, *messages: Message) -> None:
        self._check("add")
        super().add(owner, conversation_id, *messages)

    def save(self, owner: str, conversation_id: str, message: Message) -> None:
        self._check("save")
        super().save(owner, conversation_id, message)

    def put_record(self, owner: str, conversation_id: str, message_id: str, record: Mapping[str, Any]) -> None:
        self._check("put_record")
        super().put_record(owner, conversation_id, message_id, record)

    def _check(self, name: str) -> None:
        if name in self.refused:
            self.num_refused += 1
            raise StorageFull


def store_of(room: ChatRoom) -> FillingStore:
    assert isinstance(room.store, FillingStore)
    return room.store


async def test_a_question_that_cannot_be_stored_is_not_asked(room_over: RoomOver) -> None:
    room = room_over(store=FillingStore)
    store_of(room).refused = {"add"}
    with pytest.raises(StorageFull):
        await room.say("Hello")
    assert room.branch == ()
    assert room.prompts == []
    assert room.is_free


async def test_an_answer_that_cannot_be_stored_is_shown_and_the_fault_told(room_over: RoomOver) -> None:
    room = room_over(store=FillingStore)
    store_of(room).refused = {"save", "put_record"}
    seen: list[Message] = []

    async def read() -> None:
        async for answer in room.replies.ask(room.here, {"question": "Hello"}):
            seen.append(answer.message)

    with pytest.raises(StorageFull):
        await read()
    last = seen[-1]
    assert (last.text, last.status, last.error_key) == ("You said: Hello ", MessageStatus.FAILED, StorageFull.key)
    assert not room.live.is_taken(room.id)
    shown = room.conversations.shown(OWNER, room.id).messages[-1]
    assert (shown.text, shown.status) == ("", MessageStatus.STOPPED), "it is not said to be written any more"
    store_of(room).refused = set()
    assert (await room.hear(room.replies.resume(room.here, last.id))).status is MessageStatus.COMPLETE


async def test_a_disk_that_has_room_again_at_the_end_costs_nothing(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["word "] * 99), store=FillingStore)
    gate = asyncio.Semaphore(1)
    room.model.pace = gate.acquire
    store_of(room).refused = {"save"}
    async with aclosing(room.replies.ask(room.here, {"question": "Count"})) as answers:
        async for _ in answers:
            if store_of(room).num_refused:
                store_of(room).refused = set()
                break
            gate.release()
    assert room.shape[1][1] == "stopped"
    assert room.shape[1][0].startswith("word ")


async def test_an_answer_is_kept_even_where_its_record_is_not(room_over: RoomOver) -> None:
    room = room_over(store=FillingStore)
    store_of(room).refused = {"put_record"}
    answer = await room.say("Hello")
    assert answer.status is MessageStatus.COMPLETE
    assert room.branch[1] == answer
    assert room.conversations.record(OWNER, room.id, answer.id) is None


async def test_stopping_on_a_full_disk_lets_the_conversation_go(room_over: RoomOver) -> None:
    room = room_over(ScriptedModel(script=lambda _: ["one ", "two"], pace=Gate(1).pass_one), store=FillingStore)
    async with aclosing(room.replies.ask(room.here, {"question": "Count"})) as answers:
        async for answer in answers:
            if answer.message.text:
                store_of(room).refused = {"save", "put_record"}
                break
    assert store_of(room).num_refused == 1
    assert not room.live.is_taken(room.id)
