"""The default model in its own process, through the chain, as the Chat room uses it."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
from contextlib import aclosing

from chains.conversations import Conversations, Limits
from chains.factory import build_chain
from chains.prompts import CHAT_PROMPT
from errors import EngineDied
from models.chat_model import LocalChatModel
from models.engine.protocol import Event, Finished, Generate
from models.engine.supervisor import Sink, Supervisor
from storage.conversations import ConversationStore, Message, MessageStatus

OWNER = "ana"


class Overheard:
    """The engine, with a copy of every request's last event."""

    def __init__(self, engine: Supervisor) -> None:
        self._engine = engine
        self.count = engine.count
        self.cancel = engine.cancel
        self.read_prompt = engine.read_prompt
        self.ends: queue.SimpleQueue[Finished] = queue.SimpleQueue()

    def generate(self, request: Generate, sink: Sink) -> str:
        def overhear(event: Event) -> None:
            if isinstance(event, Finished):
                self.ends.put(event)
            sink(event)

        return self._engine.generate(request, overhear)


def model_over(engine: Supervisor | Overheard, **options: object) -> LocalChatModel:
    fields = {"engine": engine, "model_name": "local/test", "context_tokens": 2_048, "max_tokens": 48, "temperature": 0}
    return LocalChatModel.model_validate({**fields, **options})


def room_over(model: LocalChatModel, max_prompt_tokens: int = 1_000) -> tuple[Conversations, str]:
    limits = Limits(max_characters=100_000, max_prompt_tokens=max_prompt_tokens)
    count_tokens = model.get_num_tokens_from_messages
    conversations = Conversations(
        ConversationStore(), build_chain(CHAT_PROMPT, model, "chat"), CHAT_PROMPT, count_tokens, limits
    )
    return conversations, conversations.start(OWNER)


async def say(conversations: Conversations, conversation: str, text: str) -> Message:
    async for message in conversations.reply(OWNER, conversation, text, "en"):
        last = message
    return last


async def test_a_follow_up_remembers_the_name(engine: Supervisor) -> None:
    conversations, conversation = room_over(model_over(engine))
    await say(conversations, conversation, "My name is Ignacio")
    answer = await say(conversations, conversation, "What is my name?")
    assert "Ignacio" in answer.text


async def test_the_second_turn_comes_from_the_cache(engine: Supervisor) -> None:
    overheard = Overheard(engine)
    conversations, conversation = room_over(model_over(overheard))
    await say(conversations, conversation, "Tell me one fact about the moon, please.")
    await say(conversations, conversation, "And another one.")
    first, second = overheard.ends.get(timeout=60), overheard.ends.get(timeout=60)
    assert second.num_cached >= first.num_prompt
    assert second.num_cached >= 0.8 * second.num_prompt


async def test_leaving_an_answer_stops_the_decode_loop(engine: Supervisor) -> None:
    overheard = Overheard(engine)
    conversations, conversation = room_over(model_over(overheard, max_tokens=1_500))
    async with aclosing(conversations.reply(OWNER, conversation, "Write a very long story.", "en")) as answers:
        async for answer in answers:
            if answer.text:
                break
    end = await asyncio.to_thread(overheard.ends.get, timeout=60)
    assert end.reason == "cancelled"
    assert end.num_output < 500
    assert conversations.messages(OWNER, conversation)[1].status is MessageStatus.STOPPED


async def test_a_killed_worker_fails_the_answer_and_the_next_message_is_answered(mortal_engine: Supervisor) -> None:
    conversations, conversation = room_over(model_over(mortal_engine))
    await say(conversations, conversation, "My name is Ignacio")
    async for answer in conversations.reply(OWNER, conversation, "Count from one to a hundred.", "en"):
        if answer.text and answer.status is MessageStatus.ANSWERING:
            os.kill(mortal_engine.process_id, signal.SIGKILL)
    assert (answer.status, answer.error_key) == (MessageStatus.FAILED, EngineDied.key)
    assert answer.text
    following = await say(conversations, conversation, "What is my name?")
    assert following.status is MessageStatus.COMPLETE
    assert following.text


async def test_two_conversations_stream_at_the_same_time(engine: Supervisor) -> None:
    conversations, first = room_over(model_over(engine, max_tokens=200))
    second = conversations.start("eva")
    async with (
        aclosing(conversations.reply(OWNER, first, "Write a long story about a dog.", "en")) as dog,
        aclosing(conversations.reply("eva", second, "Write a long story about a cat.", "en")) as cat,
    ):
        for answers in (dog, cat, dog, cat):
            async for answer in answers:
                if answer.text:
                    break
            assert answer.status is MessageStatus.ANSWERING


async def test_old_turns_are_left_out_when_the_window_is_full(engine: Supervisor) -> None:
    conversations, conversation = room_over(model_over(engine, max_tokens=8), max_prompt_tokens=200)
    for _ in range(3):
        answer = await say(conversations, conversation, "word " * 70)
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


async def test_a_seed_repeats_and_a_stop_string_ends(engine: Supervisor) -> None:
    model = model_over(engine, temperature=1.5, seed=7, max_tokens=16)
    assert (await model.ainvoke("Invent a word.")).text == (await model.ainvoke("Invent a word.")).text
    counted = await model_over(engine).ainvoke("Repeat: alpha beta gamma", stop=["beta", "Beta"])
    assert "beta" not in counted.text.lower()
