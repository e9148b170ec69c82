"""Calls that wait for the person: who may decide, what is remembered of it, and what becomes of those that are left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from agents.approvals import Decision
from agents.options import AgentOptions
from agents.steps import ApprovalNeeded, FinalAnswer, Outcome, ToolCall, ToolResult, Why
from agents.trace import AgentAnswer
from errors import ApprovalNotFound, StorageFull
from storage.conversations import ConversationStore
from storage.records import Conversation, MessageStatus
from tests.agent_room import OWNER, AgentRoom, AgentRoomOf, Asks
from tests.chat_room import Gate, until

pytest_plugins = ["tests.storage_fixtures", "tests.agent_room_fixtures"]

CALL = ToolCall("c1", "web_search", {"query": "Boric"})
RESULT = ToolResult("c1", "web_search", "found", 0.1)


@asynccontextmanager
async def asked(room: AgentRoom, question: str = "Who?") -> AsyncGenerator[asyncio.Task[AgentAnswer], None]:
    """Somebody asks in a task of its own, as in a handler of the page; a call of the turn waits."""
    reading = asyncio.create_task(room.hear(room.answers.ask(room.here, question)))
    await until(lambda: waiting(room) is not None)
    try:
        yield reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def waiting(room: AgentRoom) -> ApprovalNeeded | None:
    live = room.live.of(room.id)
    return live.waiting if isinstance(live, AgentAnswer) else None


def asking(agent_room: AgentRoomOf, why: Why = Why.ASKED, **fields: object) -> AgentRoom:
    """Calls one tool twice, and waits each time."""
    script = (CALL, Asks("c1", "web_search", why), RESULT, Asks("c2", "web_search", why), FinalAnswer("Boric."))
    return agent_room(lambda _: script, options={"asks_before": True}, **fields)


async def test_a_call_is_made_when_another_handler_allows_it(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room)
    async with asked(room) as reading:
        assert waiting(room) == ApprovalNeeded("c1", Why.ASKED)
        room.answers.decide(OWNER, room.id, "c1", Decision.APPROVE)
        await until(lambda: waiting(room) == ApprovalNeeded("c2", Why.ASKED))
        room.answers.decide(OWNER, room.id, "c2", Decision.REJECT)
        answer = await reading
    assert answer.waiting is None
    refused = [step for step in answer.steps if isinstance(step, ToolResult) and step.outcome is Outcome.REFUSED]
    assert [step.call_id for step in refused] == ["c2"]
    assert answer.message.text == "Boric."


async def test_nobody_is_waited_for_while_the_allowed_call_is_made(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room, pace=Gate(2).pass_one)
    async with asked(room):
        room.answers.decide(OWNER, room.id, "c1", Decision.APPROVE)
        await until(lambda: waiting(room) is None)
        live = room.live.of(room.id)
    assert isinstance(live, AgentAnswer)
    assert live.steps == (CALL, ApprovalNeeded("c1", Why.ASKED))


async def test_always_is_remembered_with_the_conversation(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room)
    async with asked(room) as reading:
        room.choose(asks_before=True, always_allowed=("calculator",), max_calls=3)  # meanwhile, on the page
        room.answers.decide(OWNER, room.id, "c1", Decision.ALWAYS)
        answer = await reading
    assert [step for step in answer.steps if isinstance(step, ApprovalNeeded)] == [ApprovalNeeded("c1", Why.ASKED)]
    options = AgentOptions.model_validate(room.store.get(OWNER, room.id).options)
    assert options == AgentOptions(asks_before=True, always_allowed=("calculator", "web_search"), max_calls=3)
    assert (await room.say("And now?")).message.status is MessageStatus.COMPLETE


async def test_what_the_rules_stop_is_asked_about_each_time(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room, Why.NEW_WORDS)
    async with asked(room) as reading:
        room.answers.decide(OWNER, room.id, "c1", Decision.ALWAYS)
        await until(lambda: waiting(room) == ApprovalNeeded("c2", Why.NEW_WORDS))
        room.answers.decide(OWNER, room.id, "c2", Decision.APPROVE)
        await reading
    assert "always_allowed" not in room.store.get(OWNER, room.id).options


class UnchangingStore(ConversationStore):
    """Has no room for another title, or other options."""

    def change(self, owner: str, conversation_id: str, **fields: Any) -> Conversation:
        if "options" in fields:
            raise StorageFull
        return self.get(owner, conversation_id)


async def test_what_cannot_be_remembered_holds_for_this_turn(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room, store=UnchangingStore)
    async with asked(room) as reading:
        room.answers.decide(OWNER, room.id, "c1", Decision.ALWAYS)
        assert (await reading).message.status is MessageStatus.COMPLETE


@pytest.mark.parametrize(("owner", "call_id"), [("eva", "c1"), (OWNER, "c9")])
async def test_only_the_owner_decides_and_only_about_what_waits(
    agent_room: AgentRoomOf, owner: str, call_id: str
) -> None:
    room = asking(agent_room)
    async with asked(room):
        with pytest.raises(ApprovalNotFound):
            room.answers.decide(owner, room.id, call_id, Decision.APPROVE)
        assert waiting(room) is not None


async def test_a_call_that_was_left_waiting_is_forgotten(agent_room: AgentRoomOf) -> None:
    room = asking(agent_room)
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        async for answer in answers:
            if answer.waiting:
                break
    assert room.shape == [("Who?", "complete"), ("", "stopped")]
    assert room.record(room.branch[1]).told == (CALL, ApprovalNeeded("c1", Why.ASKED))
    with pytest.raises(ApprovalNotFound):
        room.answers.decide(OWNER, room.id, "c1", Decision.APPROVE)
