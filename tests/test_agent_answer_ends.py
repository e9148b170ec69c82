"""How the agent's answers end: stopped, cut, failed, or on a disk that is full."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from agents.steps import FinalAnswer, LimitReached, TextDelta, ToolCall, ToolResult
from agents.trace import AgentAnswer
from errors import EngineDied, ModelKeyRefused, PromptTooLong, StorageFull, TertuliaError
from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus
from tests.agent_room import AGE, ANSWER, BORIC, OWNER, AgentRoom, AgentRoomOf, Piece
from tests.chat_room import Gate, until
from tests.scripted_model import ScriptedModel

pytest_plugins = ["tests.storage_fixtures", "tests.agent_room_fixtures"]

CALL = ToolCall("c1", "web_search", {"query": "Boric"})
RESULT = ToolResult("c1", "web_search", "[1] Boric", 0.2, sources=(BORIC,))
TURN: tuple[Piece, ...] = (CALL, RESULT, TextDelta("He "), TextDelta("governs."), FinalAnswer("He governs."))

Leave = Callable[[AgentRoom, int], Awaitable[None]]


async def by_closing(room: AgentRoom, num_steps: int) -> None:
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        async for answer in answers:
            if len(answer.steps) == num_steps:
                break


async def by_cancelling(room: AgentRoom, num_steps: int) -> None:
    async def read() -> None:
        async for answer in room.answers.ask(room.here, "Who?"):
            if len(answer.steps) == num_steps:
                seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


LEAVING = pytest.mark.parametrize("leave", [by_closing, by_cancelling])


@LEAVING
@pytest.mark.parametrize("num_steps", [1, 2])
async def test_stopping_closes_the_loop_and_keeps_the_steps(
    agent_room: AgentRoomOf, leave: Leave, num_steps: int
) -> None:
    room = agent_room(lambda _: TURN, pace=Gate(num_steps).pass_one)
    await leave(room, num_steps)
    assert room.shape == [("Who?", "complete"), ("", "stopped")]
    record = room.record(room.branch[1])
    assert record.told == (CALL, RESULT)[:num_steps]
    assert record.told_sources == ((BORIC,) if num_steps == 2 else ())
    assert len(record.runs) == room.turns.num_closed == 1
    assert not room.live.is_taken(room.id)


@LEAVING
async def test_stopping_before_the_first_step_keeps_an_empty_answer(agent_room: AgentRoomOf, leave: Leave) -> None:
    room = agent_room(lambda _: TURN, pace=Gate(0).pass_one)
    await leave(room, 0)
    assert room.shape == [("Who?", "complete"), ("", "stopped")]
    assert room.record(room.branch[1]).told == ()
    assert not room.live.is_taken(room.id)


async def test_what_came_before_the_stop_but_was_not_shown_yet_is_kept_too(agent_room: AgentRoomOf) -> None:
    gate = Gate(3)
    room = agent_room(lambda _: TURN, pace=gate.pass_one)
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        await anext(answers)
        await anext(answers)
        await until(lambda: gate.num_asked == 4)
    assert room.shape[1] == ("He ", "stopped")
    assert room.record(room.branch[1]).told == (CALL, RESULT)


async def test_what_is_stopped_names_no_source_that_was_not_found(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (CALL, RESULT, TextDelta("He [1] governs [2]"), TextDelta(".")), pace=Gate(3).pass_one)
    async with aclosing(room.answers.ask(room.here, "Who?")) as answers:
        async for answer in answers:
            if answer.message.text:
                break
    assert room.branch[1].text == "He [1] governs"


async def test_after_a_stop_the_conversation_goes_on(agent_room: AgentRoomOf) -> None:
    gate = Gate(1)
    room = agent_room(lambda _: TURN, pace=gate.pass_one)
    await by_closing(room, 1)
    gate.num_open = 100
    assert (await room.say("And now?")).message.text == "He governs."


async def test_each_step_is_stored_as_soon_as_it_was_seen(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: TURN, pace=Gate(1).pass_one)

    def is_stored() -> bool:
        record = room.answers.record(OWNER, room.id, room.branch[1].id) if room.branch else None
        return record is not None and record.told == (CALL,)

    async def read() -> None:
        async for _ in room.answers.ask(room.here, "Who?"):
            pass

    reading = asyncio.create_task(read())
    await until(is_stored)
    assert room.branch[1].status is MessageStatus.ANSWERING
    assert room.record(room.branch[1]).runs == ()
    reading.cancel()
    await asyncio.wait([reading])


async def test_limits_and_cut_answers_say_so(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (CALL, RESULT, LimitReached("calls"), FinalAnswer("He", (BORIC,), was_cut=True)))
    answer = await room.say("Who?")
    assert answer.message.status is MessageStatus.CUT
    assert room.record(answer.message).limit == "calls"


@pytest.mark.parametrize(
    "fault", [EngineDied(), ModelKeyRefused(model="google/large"), PromptTooLong(length=9, limit=5)]
)
async def test_faults_end_in_an_answer_that_says_so(agent_room: AgentRoomOf, fault: TertuliaError) -> None:
    room = agent_room(lambda _: (CALL, RESULT, TextDelta("half"), fault))
    answer = await room.say("Who?")
    assert room.branch[1] == answer.message
    assert (answer.message.text, answer.message.status) == ("half", MessageStatus.FAILED)
    assert (answer.message.error_key, answer.sources) == (fault.key, (BORIC,))
    record = room.record(answer.message)
    assert record.told == answer.steps == (CALL, RESULT)
    assert record.error_values == answer.error_values == {name: str(value) for name, value in fault.values.items()}


async def test_faults_of_our_own_are_told_and_raised(agent_room: AgentRoomOf) -> None:
    room = agent_room(lambda _: (CALL, ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await room.say("Who?")
    assert (room.branch[1].status, room.branch[1].error_key) == (MessageStatus.FAILED, TertuliaError.key)
    assert room.record(room.branch[1]).told == (CALL,)
    assert not room.live.is_taken(room.id)


class DeadReader(ScriptedModel):
    """Its process died before the prompt could be read."""

    async def aread_prompt(self, *args: Any, **kwargs: Any) -> Any:
        raise EngineDied


async def test_a_question_is_kept_when_the_engine_is_away(agent_room: AgentRoomOf) -> None:
    room = agent_room(reader=DeadReader())
    answer = await room.say("Who?")
    assert room.shape == [("Who?", "complete"), ("", "failed")]
    assert answer.message.error_key == EngineDied.key
    assert room.turns.orders == []


# --- a full disk -----------------------------------------------------------------------------------------------------


class FillingStore(ConversationStore):
    """Has no room for what is named in ``refused``."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.refused: set[str] = set()

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
            raise StorageFull


def filled(room: AgentRoom, *refused: str) -> FillingStore:
    assert isinstance(room.store, FillingStore)
    room.store.refused = set(refused)
    return room.store


async def test_a_question_that_cannot_be_stored_is_not_asked(agent_room: AgentRoomOf) -> None:
    room = agent_room(store=FillingStore)
    filled(room, "add")
    with pytest.raises(StorageFull):
        await room.say("Who?")
    assert (room.branch, room.turns.orders) == ((), [])
    assert not room.live.is_taken(room.id)


async def test_an_answer_that_cannot_be_stored_is_shown_and_the_fault_told(agent_room: AgentRoomOf) -> None:
    room = agent_room(store=FillingStore)
    filled(room, "save", "put_record")
    seen: list[AgentAnswer] = []

    async def read() -> None:
        async for answer in room.answers.ask(room.here, "Who?"):
            seen.append(answer)

    with pytest.raises(StorageFull):
        await read()
    assert (seen[-1].message.text, seen[-1].message.error_key) == (ANSWER, StorageFull.key)
    assert not room.live.is_taken(room.id)
    filled(room)
    assert (await room.say("Again?")).message.status is MessageStatus.COMPLETE


async def test_an_answer_whose_steps_cannot_be_stored_is_whole_all_the_same(agent_room: AgentRoomOf) -> None:
    room = agent_room(store=FillingStore)
    filled(room, "put_record")
    answer = await room.say("Who?")
    assert room.branch[-1] == answer.message
    assert (answer.message.status, answer.sources) == (MessageStatus.COMPLETE, (AGE,))
    assert room.answers.record(OWNER, room.id, answer.message.id) is None
