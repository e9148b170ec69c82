"""What the agent is told of the conversation before the question, by each kind of memory."""

from __future__ import annotations

from typing import Any

import pytest

from agents.steps import FinalAnswer
from chains.options import MemoryKind
from errors import PromptTooLong
from tests.agent_room import OWNER, AgentRoomOf
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.agent_room_fixtures"]

SYSTEM = ("system", "You are the agent, in en.")


@pytest.mark.parametrize(
    ("options", "remembered"),
    [
        ({}, ["Who was first?", "Echo 0.", "Who was second?", "Echo 1."]),
        ({"memory": MemoryKind.WINDOW, "window_turns": 1}, ["Who was second?", "Echo 1."]),
        ({"memory": MemoryKind.NONE}, []),
    ],
)
async def test_what_is_remembered(agent_room: AgentRoomOf, options: dict[str, Any], remembered: list[str]) -> None:
    answers = iter(["Echo 0.", "Echo 1.", "Echo 2."])
    room = agent_room(lambda _: (FinalAnswer(next(answers)),), options=options)
    for question in ("Who was first?", "Who was second?", "Who was third?"):
        await room.say(question)
    assert room.prompts[2][0] == SYSTEM
    assert [text for _, text in room.prompts[2][1:]] == [*remembered, "Who was third?"]
    assert [order.has_earlier for order in room.turns.orders] == [False, bool(remembered), bool(remembered)]


async def test_a_summary_stands_for_the_turns_it_covers(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (FinalAnswer("Echo."),), options={"memory": MemoryKind.SUMMARY}, context_tokens=130)
    room.scripted.background_script = lambda _: ["They spoke of presidents."]
    questions = ["Who was the president of Chile in 1994?", "And in the year 2000?", "And then in 2006?", "And now?"]
    for question in questions:
        await room.say(question)
    system, *rest = room.prompts[-1]
    assert "They spoke of presidents." in system[1]
    assert [text for _, text in rest] == [questions[1], "Echo.", questions[2], "Echo.", questions[3]]
    assert room.turns.orders[-1].has_earlier


async def test_notes_are_told_and_count_as_something_of_the_person(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    room.notes.add(OWNER, "Lives in Valdivia")
    await room.say("Who?")
    assert "Lives in Valdivia" in room.prompts[0][0][1]
    assert room.turns.orders[0].has_earlier
    room.choose(uses_notes=False, memory=MemoryKind.NONE)
    await room.say("And you?")
    assert room.prompts[1][0] == SYSTEM
    assert not room.turns.orders[1].has_earlier


async def test_numbers_of_earlier_sources_are_not_told_again(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (FinalAnswer("Boric [1], since 2022 [1, 2]."),))
    await room.say("Who?")
    await room.say("Since when?")
    assert room.prompts[1][2] == ("ai", "Boric, since 2022.")
    assert room.branch[1].text == "Boric [1], since 2022 [1, 2]."


async def test_the_past_leaves_room_for_what_tools_return(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (FinalAnswer("word " * 20),), context_tokens=140)  # 40 of them for the answer
    await room.say("One?")
    answer = await room.say("Two?")
    assert [text for _, text in room.prompts[1]] == [SYSTEM[1], "One?", "word " * 20, "Two?"]
    answer = await room.say("Three?")
    assert [text for _, text in room.prompts[2]] == [SYSTEM[1], "Two?", "word " * 20, "Three?"]
    assert (answer.message.num_left_out, room.branch[-1].num_left_out) == (2, 2)
    await room.say("word " * 80)
    assert [text for _, text in room.prompts[3]] == [SYSTEM[1], "word " * 80]
    with pytest.raises(PromptTooLong):
        await room.say("word " * 95)


async def test_it_speaks_the_language_of_the_question(agent_room: AgentRoomOf) -> None:
    room = agent_room()
    await room.say("¿Quién es el presidente de la Argentina?")
    assert room.prompts[0][0] == ("system", "You are the agent, in es.")
    assert room.turns.orders[0].language == "es"


async def test_it_chats_whatever_the_conversation_was_set_to(agent_room: AgentRoomOf) -> None:
    options = {"mode": "completion", "human_name": "Ana", "template": {"system": "Be brief."}}
    room = agent_room(options=options)
    await room.say("Who?")
    assert room.prompts[0] == [("system", f"{SYSTEM[1]}\n\nBe brief."), ("human", "Who?")]
    sampling = room.turns.orders[0].options.sampling
    assert (sampling.temperature, sampling.max_tokens) == (0.2, 40)


async def test_a_title_is_asked_for_without_the_words_of_the_agent(agent_room: AgentRoomOf) -> None:
    room = agent_room(model=ScriptedModel(background_script=lambda _: ["Presidents"]))
    await room.say("Who?")
    (prompt,) = room.scripted.prompts
    assert SYSTEM[1] not in prompt[0].text
    assert room.scripted.options[0]["owner"] == OWNER
