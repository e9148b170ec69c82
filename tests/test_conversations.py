from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chains.conversations import Conversations, Limits
from chains.factory import build_chain
from chains.prompts import CHAT_PROMPT
from errors import ConversationBusy, ConversationNotFound, EngineDied, MessageTooLong, PromptTooLong
from storage.conversations import ConversationStore, Message, MessageStatus
from tests.scripted_model import ScriptedModel

OWNER = "ana"


def rooms_over(model: ScriptedModel, *, max_prompt_tokens: int = 10_000) -> tuple[Conversations, str]:
    """Conversations that count a token a character, and the id of one that is empty."""

    def count_tokens(messages: list[BaseMessage]) -> int:
        return sum(len(message.text) for message in messages)

    limits = Limits(max_characters=1_000, max_prompt_tokens=max_prompt_tokens)
    conversations = Conversations(
        ConversationStore(), build_chain(CHAT_PROMPT, model, "chat"), CHAT_PROMPT, count_tokens, limits
    )
    return conversations, conversations.start(OWNER)


async def say(conversations: Conversations, conversation: str, text: str) -> Message:
    async for message in conversations.reply(OWNER, conversation, text, "en"):
        last = message
    return last


def shape(conversations: Conversations, conversation: str) -> list[tuple[str, str, str]]:
    return [(m.role.value, m.text, m.status.value) for m in conversations.messages(OWNER, conversation)]


async def test_question_and_answer_are_kept() -> None:
    conversations, conversation = rooms_over(ScriptedModel(script=lambda _: ["Hi ", "there"]))
    await say(conversations, conversation, "Hello")
    assert shape(conversations, conversation) == [("user", "Hello", "complete"), ("assistant", "Hi there", "complete")]


async def test_the_question_is_kept_before_the_model_is_called() -> None:
    model = ScriptedModel()
    conversations, conversation = rooms_over(model)
    async with aclosing(conversations.reply(OWNER, conversation, "Hello", "en")) as answers:
        await anext(answers)
        assert model.prompts == []
        assert shape(conversations, conversation)[0] == ("user", "Hello", "complete")


async def test_a_follow_up_is_asked_with_the_conversation_so_far() -> None:
    model = ScriptedModel(script=lambda question: [f"answer to {question}"])
    conversations, conversation = rooms_over(model)
    await say(conversations, conversation, "My name is Ignacio")
    await say(conversations, conversation, "What is my name?")
    assert [(type(m), m.text) for m in model.prompts[1][1:]] == [
        (HumanMessage, "My name is Ignacio"),
        (AIMessage, "answer to My name is Ignacio"),
        (HumanMessage, "What is my name?"),
    ]
    assert isinstance(model.prompts[1][0], SystemMessage)


async def test_braces_in_a_message_are_text() -> None:
    model = ScriptedModel()
    conversations, conversation = rooms_over(model)
    await say(conversations, conversation, "{question} {0} {{x}}")
    assert model.prompts[0][-1].text == "{question} {0} {{x}}"


async def test_stopping_closes_the_model_and_keeps_what_was_written() -> None:
    gate = asyncio.Semaphore(1)
    model = ScriptedModel(script=lambda _: ["one ", "two ", "three"], pace=gate.acquire)
    conversations, conversation = rooms_over(model)

    async def read() -> None:
        async for message in conversations.reply(OWNER, conversation, "Count", "en"):
            if message.text:
                seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    await asyncio.wait([task])
    assert model.num_closed == 1
    assert shape(conversations, conversation)[1] == ("assistant", "one ", "stopped")


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until ``condition`` holds; the test's own time-out ends a loop in which it never does."""
    while not condition():  # noqa: ASYNC110 (what is awaited is the garbage of another library's generator)
        await asyncio.sleep(0)


async def test_leaving_the_iterator_stops_as_well() -> None:
    gate = asyncio.Semaphore(1)
    model = ScriptedModel(script=lambda _: ["one ", "two "], pace=gate.acquire)
    conversations, conversation = rooms_over(model)
    async with aclosing(conversations.reply(OWNER, conversation, "Count", "en")) as answers:
        async for message in answers:
            if message.text:
                break
    await until(lambda: model.num_closed == 1)
    assert shape(conversations, conversation)[1] == ("assistant", "one ", "stopped")
    for _ in range(2):
        gate.release()
    assert (await say(conversations, conversation, "Again")).status is MessageStatus.COMPLETE


async def test_a_fault_of_the_engine_marks_the_answer_and_the_next_one_works() -> None:
    answers = iter([["half ", EngineDied()], [EngineDied()], ["whole"]])
    model = ScriptedModel(script=lambda _: next(answers))
    conversations, conversation = rooms_over(model)
    first = await say(conversations, conversation, "One")
    assert (first.text, first.status, first.error_key) == ("half ", MessageStatus.FAILED, EngineDied.key)
    await say(conversations, conversation, "Two")
    assert (await say(conversations, conversation, "Three")).text == "whole"
    assert [m.text for m in model.prompts[2][1:]] == ["One", "half ", "Two\nThree"], (
        "an answer that never began is left out"
    )


async def test_an_answer_that_reached_its_limit_says_so() -> None:
    conversations, conversation = rooms_over(ScriptedModel(finish_reason="length"))
    assert (await say(conversations, conversation, "Hello")).status is MessageStatus.CUT


async def test_old_turns_are_left_out_and_counted() -> None:
    model = ScriptedModel(script=lambda _: ["a" * 100])
    conversations, conversation = rooms_over(model, max_prompt_tokens=500)
    for _ in range(3):
        await say(conversations, conversation, "q" * 100)
    answers = [m for m in conversations.messages(OWNER, conversation) if m.role == "assistant"]
    assert [answer.num_left_out for answer in answers] == [0, 0, 2]
    assert [m.text[0] for m in model.prompts[2][1:]] == ["q", "a", "q"]


@pytest.mark.parametrize(("length", "limit", "error"), [(1_001, 10_000, MessageTooLong), (900, 500, PromptTooLong)])
async def test_a_message_that_is_too_long_is_refused_before_anything_is_kept(
    length: int, limit: int, error: type[Exception]
) -> None:
    conversations, conversation = rooms_over(ScriptedModel(), max_prompt_tokens=limit)
    with pytest.raises(error):
        await say(conversations, conversation, "x" * length)
    assert shape(conversations, conversation) == []
    assert (await say(conversations, conversation, "short")).status is MessageStatus.COMPLETE


async def test_two_answers_at_once_in_one_conversation_are_refused() -> None:
    conversations, conversation = rooms_over(ScriptedModel())
    async with aclosing(conversations.reply(OWNER, conversation, "One", "en")) as answers:
        await anext(answers)
        with pytest.raises(ConversationBusy):
            await say(conversations, conversation, "Two")


async def test_anothers_conversation_looks_like_one_that_does_not_exist() -> None:
    conversations, conversation = rooms_over(ScriptedModel())
    for owner, wanted in (("eve", conversation), (OWNER, "no such id")):
        with pytest.raises(ConversationNotFound):
            conversations.messages(owner, wanted)
        with pytest.raises(ConversationNotFound):
            async for _ in conversations.reply(owner, wanted, "Hello", "en"):
                pass


def test_the_store_forgets_the_conversation_that_was_idle_longest() -> None:
    store = ConversationStore(max_conversations=2)
    first, second = store.create(OWNER), store.create(OWNER)
    store.messages(OWNER, first)
    store.create(OWNER)
    store.messages(OWNER, first)
    with pytest.raises(ConversationNotFound):
        store.messages(OWNER, second)
