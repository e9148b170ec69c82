"""How the agent's answers are asked for, written, stored and asked for again."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from agents.options import Strategy
from agents.steps import Entered, FinalAnswer, Node, Queued, TextDelta, Thought, ToolCall, ToolResult
from chains.recorder import QueuePlace
from chains.replies import Place
from errors import (
    ConversationBusy,
    ConversationNotFound,
    MessageNotFound,
    MessageTooLong,
    ModelUnknown,
    PromptTooLong,
)
from storage.records import MessageStatus
from tests.agent_room import AGE, ANSWER, BORIC, MAX_CHARACTERS, OWNER, AgentRoomOf, InLine
from tests.chat_room import Gate

pytest_plugins = ["tests.storage_fixtures", "tests.agent_room_fixtures"]


async def test_an_answer_and_its_steps_are_stored(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    answer = await room.say("How old is the president of Chile, raised to 0.4?")
    assert (answer.message.text, answer.message.status) == (ANSWER, MessageStatus.COMPLETE)
    kinds = [type(step) for step in answer.steps]
    assert kinds == [Thought, ToolCall, ToolResult, ToolCall, ToolResult, FinalAnswer]
    assert answer.sources == (AGE,)
    assert (answer.strategy, answer.waiting, answer.place) == (Strategy.NATIVE, None, None)
    assert room.branch[-1] == answer.message
    record = room.record(answer.message)
    assert (record.told, record.told_sources) == (answer.steps, answer.sources)
    assert (record.strategy, record.why, record.limit) == (Strategy.NATIVE, "app_strategy_why_large", "")
    assert [run.num_output for run in record.runs] == [7]
    assert answer.message.figures["num_output"] == 7


async def test_the_first_answer_that_is_seen_is_stored(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        await anext(answers)
        assert room.shape == [("Who?", "complete"), ("", "answering")]
        assert room.live.is_taken(room.id)
    assert room.shape == [("Who?", "complete"), ("", "stopped")]
    assert not room.live.is_taken(room.id)


async def test_text_before_a_call_is_a_thought(agent_room: AgentRoomOf) -> None:
    room = agent_room(
        lambda _: (TextDelta("Let me see."), ToolCall("c", "calculator", {}), TextDelta("4"), FinalAnswer("4"))
    )
    answer = await room.say("2 + 2?")
    assert answer.steps == (Thought("Let me see."), ToolCall("c", "calculator", {}), FinalAnswer("4"))
    assert answer.message.text == "4"


async def test_one_sees_where_the_turn_is(agent_room: AgentRoomOf) -> None:
    found = ToolResult("c", "web_search", "x", 0.1, sources=(BORIC,))
    room = agent_room(lambda _: (Entered(Node.TOOLS), found, TextDelta("He")), pace=Gate(2).pass_one)
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        async for answer in answers:
            if answer.steps:
                break
        assert room.live.of(room.id) == answer
    assert (answer.node, answer.steps, answer.sources) == (Node.TOOLS, (found,), (BORIC,))


@pytest.mark.parametrize("piece", [Queued(QueuePlace(2, 3.0)), InLine(QueuePlace(2, 3.0))])
async def test_the_place_in_the_queue_is_told(agent_room: AgentRoomOf, piece: Queued | InLine) -> None:
    room = agent_room(lambda _: (piece, TextDelta("Boric")), pace=Gate(1).pass_one)
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        async for answer in answers:
            if answer.place:
                break
    assert answer.place == QueuePlace(2, 3.0)


@pytest.mark.parametrize(
    ("question", "options", "error"),
    [
        ("x" * (MAX_CHARACTERS + 1), {}, MessageTooLong),
        ("word " * 100, {}, PromptTooLong),
        ("Who?", {"model": "nobody/knows"}, ModelUnknown),
    ],
)
async def test_what_cannot_be_asked_is_not_stored(
    agent_room: AgentRoomOf, question: str, options: dict[str, str], error: type[Exception]
) -> None:
    room = agent_room(context_tokens=100, options=options)
    with pytest.raises(error):
        await room.say(question)
    assert room.branch == ()
    assert not room.live.is_taken(room.id)


async def test_two_at_once_are_one_too_many(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    async with aclosing(room.answers.ask(room.here, "First?")) as answers:
        await anext(answers)
        with pytest.raises(ConversationBusy):
            await room.say("Second?")
    assert [message.text for message in room.branch] == ["First?", ""]


async def test_what_is_another_owners_or_another_rooms_is_not_found(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    answer = await room.say("Who?")
    stranger = Place("eva", room.id, "en")
    for growing in (
        room.answers.ask(stranger, "Who?"),
        room.answers.again(stranger, answer.message.id),
        room.answers.edit(stranger, room.branch[0].id, "What?"),
    ):
        with pytest.raises(ConversationNotFound):
            await anext(growing)
    with pytest.raises(ConversationNotFound):
        room.answers.record("eva", room.id, answer.message.id)
    elsewhere = Place(OWNER, room.store.create(OWNER, room="chat").id, "en")
    with pytest.raises(ConversationNotFound):
        await anext(room.answers.ask(elsewhere, "Who?"))


async def test_another_version_is_written_as_the_options_now_say(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    first = await room.say("Who?")
    room.choose(strategy=Strategy.REACT, tools_off=("calculator",), model="google/large")
    second = await room.hear(room.answers.again(room.here, first.message.id))
    assert room.store.tree(OWNER, room.id).place(second.message.id) == (2, 2)
    assert room.record(first.message).strategy is Strategy.NATIVE
    assert room.record(second.message).strategy is second.strategy is Strategy.REACT
    order = room.turns.orders[-1]
    assert ([tool.name for tool in order.tools], order.room_model.name) == (["web_search"], "google/large")
    assert [text for _, text in room.prompts[1]] == [text for _, text in room.prompts[0]]
    with pytest.raises(MessageNotFound):
        await anext(room.answers.again(room.here, room.branch[0].id))


async def test_another_version_of_a_question_is_a_branch_of_its_own(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    await room.say("Who?")
    edited = await room.hear(room.answers.edit(room.here, room.branch[0].id, "What?"))
    assert [message.text for message in room.branch] == ["What?", ANSWER]
    assert edited.message.id == room.branch[-1].id
    assert len(room.store.tree(OWNER, room.id).messages) == 4


async def test_it_is_named_by_its_first_words_and_then_by_the_model(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    room.scripted.background_script = lambda _: ["Presidents of ", "Chile"]
    async with aclosing(room.answers.ask(room.here, "Who governs Chile?")) as answers:
        await anext(answers)
        assert room.store.get(OWNER, room.id).title == "Who governs Chile?"
        async for _ in answers:
            pass
    await room.answers.settled(room.id)
    assert room.store.get(OWNER, room.id).title == "Presidents of Chile"
