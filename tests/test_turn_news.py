"""What whoever watches is told of a turn, in each room."""

from __future__ import annotations

from contextlib import aclosing

from chains.turn_news import EndedTurn, StepKind
from errors import EngineDied
from storage.records import MessageStatus
from tests.agent_room import AgentRoomOf
from tests.chat_room import RoomOver
from tests.document_room import RoomOf
from tests.scripted_model import ScriptedModel

pytest_plugins = [
    "tests.storage_fixtures",
    "tests.chat_room_fixtures",
    "tests.document_room_fixtures",
    "tests.agent_room_fixtures",
]


def is_in_order(turn: EndedTurn) -> bool:
    """Every step lies within its turn, and none ends before it began."""
    lies_within = all(turn.began_at <= one.began_at <= one.ended_at <= turn.ended_at for one in turn.steps)
    return lies_within and [one.began_at for one in turn.steps] == sorted(one.began_at for one in turn.steps)


async def test_a_chat_tells_its_call_and_when_its_first_piece_came(room_over: RoomOver) -> None:
    room, told = room_over(), list[EndedTurn]()
    room.live.on_end = told.append
    await room.say("Hello")
    (turn,) = told
    assert (turn.room, turn.status, turn.error_key) == ("chat", MessageStatus.COMPLETE, "")
    assert [step.kind for step in turn.steps] == [StepKind.MODEL]
    assert is_in_order(turn)
    assert turn.first_token_s is not None
    assert 0 <= turn.first_token_s <= turn.ended_at - turn.began_at


async def test_what_was_left_or_failed_is_told_as_that(room_over: RoomOver) -> None:
    room, told = room_over(ScriptedModel(script=lambda _: ["one ", "two ", EngineDied()])), list[EndedTurn]()
    room.live.on_end = told.append
    await room.say("Hello")
    async with aclosing(room.replies.ask(room.here, {"question": "Again"})) as answers:
        await anext(answers)
    failed, left = told
    assert (failed.status, failed.error_key) == (MessageStatus.FAILED, EngineDied.key)
    assert is_in_order(failed)
    assert (left.status, left.error_key, left.first_token_s) == (MessageStatus.STOPPED, "", None)


async def test_documents_tell_their_search_before_the_call(room_of: RoomOf) -> None:
    room, told = room_of(), list[EndedTurn]()
    room.live.on_end = told.append
    await room.say("When was the bridge opened?")
    (turn,) = told
    assert turn.room == "documents"
    assert [step.kind for step in turn.steps] == [StepKind.RETRIEVAL, StepKind.MODEL]
    assert is_in_order(turn)


async def test_an_agent_tells_its_tools(agent_room: AgentRoomOf) -> None:
    room, told = agent_room(), list[EndedTurn]()
    room.live.on_end = told.append
    await room.say("How old is the president of Chile, raised to 0.4?")
    (turn,) = told
    assert turn.room == "agent"
    tools = [step.name for step in turn.steps if step.kind is StepKind.TOOL]
    assert tools == ["web_search", "calculator"]
    assert turn.runs == ()  # the scripted loop knows no times of its calls
