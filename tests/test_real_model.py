"""The default model in its own process, through the Chat room's service."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest

from chains.conversations import Conversations
from chains.live import LiveAnswers
from chains.options import SamplingChoice
from chains.replies import Answers, Place, Replies
from chains.room_model import RoomModel
from errors import EngineDied
from models.chat_model import LocalChatModel
from models.engine.engine_requests import Sink
from models.engine.protocol import Event, Finished, Generate, Piece
from models.engine.supervisor import Supervisor
from storage.conversations import ConversationStore
from storage.database import Database
from storage.notes import NoteStore
from storage.records import Message, MessageStatus
from tests.scripted_shelf import ScriptedShelf

pytest_plugins = ["tests.storage_fixtures"]


class Overheard:
    """The engine, with a copy of every request that somebody waits for, and of its last event."""

    def __init__(self, engine: Supervisor) -> None:
        self._engine = engine
        self.count = engine.count
        self.cancel = engine.cancel
        self.read_prompt = engine.read_prompt
        self.asked: list[Generate] = []
        self.ends: queue.SimpleQueue[Finished] = queue.SimpleQueue()

    def generate(self, request: Generate, sink: Sink) -> str:
        if not request.is_background:
            self.asked.append(request)

        def overhear(event: Event) -> None:
            if isinstance(event, Finished) and not request.is_background:
                self.ends.put(event)
            sink(event)

        return self._engine.generate(request, overhear)


class Doomed(Overheard):
    """Kills its worker with the first word of the next answer: later, a fast one might have written all of it."""

    def __init__(self, engine: Supervisor) -> None:
        super().__init__(engine)
        self.is_doomed = False

    def generate(self, request: Generate, sink: Sink) -> str:
        def kill(event: Event) -> None:
            if self.is_doomed and isinstance(event, Piece) and event.text and not request.is_background:
                self.is_doomed = False
                os.kill(self._engine.process_id, signal.SIGKILL)
            sink(event)

        return super().generate(request, kill)


@dataclass
class Room:
    """One conversation of one owner."""

    store: ConversationStore
    replies: Replies
    at: Place

    def ask(self, text: str) -> Answers:
        return self.replies.ask(self.at, {"question": text})

    async def say(self, text: str) -> Message:
        return await self.hear(self.ask(text))

    async def hear(self, answers: Answers) -> Message:
        async for answer in answers:
            last = answer.message
        return last

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.store.tree(self.at.owner, self.at.conversation_id).path


RoomOver = Callable[..., Room]


def model_over(engine: Supervisor | Overheard, **options: object) -> LocalChatModel:
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048, "max_tokens": 48, "temperature": 0}
    return LocalChatModel.model_validate({**fields, **options})


@pytest.fixture
def room_over(sqlite_path: Path, open_again: Callable[[str], Database]) -> RoomOver:
    database = open_again(f"sqlite:///{sqlite_path}")

    def make(
        engine: Supervisor | Overheard, max_tokens: int = 48, context_tokens: int = 2_048, owner: str = "ana"
    ) -> Room:
        model = model_over(engine)
        sampling = SamplingChoice(temperature=0, max_tokens=max_tokens)
        room_model = RoomModel(model, model, "local/test", context_tokens, sampling)
        store, live = ConversationStore(database), LiveAnswers()
        shelf = ScriptedShelf(room_model)
        replies = Replies(store, NoteStore(database), shelf, live, max_characters=100_000)
        return Room(store, replies, Place(owner, Conversations(store, live).start(owner), "en"))

    return make


async def test_a_follow_up_is_asked_with_what_was_said(engine: Supervisor, room_over: RoomOver) -> None:
    """Whether so small a model then tells the name hangs on how its weights round."""
    overheard = Overheard(engine)
    room = room_over(overheard)
    first = await room.say("My name is Ignacio")
    second = await room.say("What is my name?")
    assert first.text
    assert second.text
    told = [message.content for message in overheard.asked[-1].prompt.messages]
    assert told[-3:] == ["My name is Ignacio", first.text, "What is my name?"]


async def test_the_second_turn_comes_from_the_cache(engine: Supervisor, room_over: RoomOver) -> None:
    overheard = Overheard(engine)
    room = room_over(overheard)
    await room.say("Tell me one fact about the moon, please.")
    await room.say("And another one.")
    first, second = overheard.ends.get(timeout=60), overheard.ends.get(timeout=60)
    assert second.num_cached >= first.num_prompt
    assert second.num_cached >= 0.8 * second.num_prompt


async def test_an_answer_that_was_cut_goes_on_from_the_cache(engine: Supervisor, room_over: RoomOver) -> None:
    overheard = Overheard(engine)
    room = room_over(overheard, max_tokens=12)
    cut = await room.say("Write a long story about a dog.")
    assert cut.status is MessageStatus.CUT
    whole = await room.hear(room.replies.resume(room.at, cut.id))
    assert whole.id == cut.id
    assert whole.text.startswith(cut.text)
    assert len(whole.text) > len(cut.text)
    first, second = overheard.ends.get(timeout=60), overheard.ends.get(timeout=60)
    assert second.num_prompt - second.num_cached <= 3
    assert second.num_prompt == first.num_prompt + 12


async def test_leaving_an_answer_stops_the_decode_loop(engine: Supervisor, room_over: RoomOver) -> None:
    overheard = Overheard(engine)
    room = room_over(overheard, max_tokens=1_000)
    async with aclosing(room.ask("Write a very long story.")) as answers:
        async for answer in answers:
            if answer.message.text:
                break
    end = await asyncio.to_thread(overheard.ends.get, timeout=60)
    assert end.reason == "cancelled"
    assert room.messages[1].status is MessageStatus.STOPPED


async def test_a_killed_worker_fails_the_answer_and_the_next_message_is_answered(
    mortal_engine: Supervisor, room_over: RoomOver
) -> None:
    doomed = Doomed(mortal_engine)
    room = room_over(doomed)
    await room.say("My name is Ignacio")
    doomed.is_doomed = True
    answer = await room.say("Count from one to a hundred.")
    assert (answer.status, answer.error_key) == (MessageStatus.FAILED, EngineDied.key)
    assert answer.text
    following = await room.say("What is my name?")
    assert following.status in (MessageStatus.COMPLETE, MessageStatus.CUT)
    assert following.text


async def test_two_conversations_stream_at_the_same_time(engine: Supervisor, room_over: RoomOver) -> None:
    first, second = room_over(engine, max_tokens=1_000), room_over(engine, max_tokens=1_000, owner="eva")
    async with (
        aclosing(first.ask("Write a long story about a dog.")) as dog,
        aclosing(second.ask("Write a long story about a cat.")) as cat,
    ):
        for answers in (dog, cat, dog, cat):
            async for answer in answers:
                if answer.message.text:
                    break
            assert answer.message.status is MessageStatus.ANSWERING


async def test_old_turns_are_left_out_when_the_window_is_full(engine: Supervisor, room_over: RoomOver) -> None:
    room = room_over(engine, max_tokens=8, context_tokens=200)
    for _ in range(3):
        answer = await room.say("word " * 70)
    assert answer.num_left_out == 2
    assert answer.status is not MessageStatus.FAILED


async def test_usage_metadata_holds_real_counts(engine: Supervisor) -> None:
    model = model_over(engine, max_tokens=5)
    message = await model.ainvoke("Count to one hundred.")
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == 5
    assert message.response_metadata["finish_reason"] == "length"
    count = await asyncio.to_thread(model.get_num_tokens, "The capital of France is Paris.")
    assert count == 7


async def test_a_seed_repeats_and_a_stop_string_ends(float_engine: Supervisor) -> None:
    model = model_over(float_engine, temperature=1.5, seed=7, max_tokens=16)
    assert (await model.ainvoke("Invent a word.")).text == (await model.ainvoke("Invent a word.")).text
    counted = await model_over(float_engine).ainvoke("Repeat: alpha beta gamma", stop=["beta", "Beta"])
    assert "beta" not in counted.text.lower()
