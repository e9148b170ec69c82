"""A turn of the agent is left in the middle: nothing goes on behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from agents.leaving import leave, within
from agents.steps import ApprovalNeeded, Entered, FinalAnswer, TextDelta, ToolCall
from agents.strategies.native import NativeModel
from agents.tools.tool import AgentTool, Reach
from tests.agent_turn import CallingModel, Says, ScriptedPerson, ScriptedTool, Turn, calls_of
from tests.scripted_model import ScriptedModel

SEARCH = ("web_search", {"query": "age president of Chile"})
SCRIPT = [Says(calls=(SEARCH,)), Says("Done.")]


def native(model: CallingModel) -> NativeModel:
    return NativeModel(calls=calls_of(model))


class Held:
    """Work that waits until ``gate`` opens, and knows how it ended."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.began = asyncio.Event()
        self.ends: list[str] = []

    async def work(self) -> str:
        self.began.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ends.append("stopped")
            raise
        self.ends.append("whole")
        return "found"

    async def stubborn_work(self) -> str:
        """Does not listen."""
        while not self.gate.is_set():
            try:
                await self.work()
            except asyncio.CancelledError:
                continue
        raise ValueError("too late")


@pytest.fixture(params=["closed", "cancelled"])
def leave_turn(request: pytest.FixtureRequest) -> Callable[[Turn, asyncio.Event], Any]:
    """Leaves a turn when something has begun in it: as an iterator that is closed, or in a task that is cancelled."""

    async def by_closing(turn: Turn, begun: asyncio.Event) -> None:
        await turn.run_until(ToolCall if turn.tools else TextDelta)
        await begun.wait()
        await turn.running.aclose()

    async def by_cancelling(turn: Turn, begun: asyncio.Event) -> None:
        task = asyncio.create_task(turn.run())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    return by_closing if request.param == "closed" else by_cancelling


async def test_inside_a_slow_tool(leave_turn: Callable[[Turn, asyncio.Event], Any]) -> None:
    held = Held()
    turn = Turn(SCRIPT, [ScriptedTool([held.work]).as_tool()])
    await leave_turn(turn, held.began)
    assert held.ends == ["stopped"]
    assert turn.of(FinalAnswer) == []
    assert len(turn.model.prompts) == 1


async def test_inside_a_tool_that_does_not_listen(
    leave_turn: Callable[[Turn, asyncio.Event], Any], caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    turn = Turn(SCRIPT, [ScriptedTool([held.stubborn_work]).as_tool()])
    await leave_turn(turn, held.began)
    assert "whole" not in held.ends, "it still works, and nobody waits for it"
    held.gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert "too late" not in caplog.text


async def test_inside_a_tool_that_holds_a_thread(leave_turn: Callable[[Turn, asyncio.Event], Any]) -> None:
    loop, began, gate = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    @tool
    def web_search(query: str) -> str:
        """Block."""
        loop.call_soon_threadsafe(began.set)
        gate.wait()
        return "found"

    turn = Turn(SCRIPT, [AgentTool(web_search, Reach.SERVICE, is_untrusted=True)])
    await leave_turn(turn, began)
    assert not gate.is_set()
    gate.set()


@pytest.mark.parametrize("strategy", [native, lambda model: model], ids=["strategy", "model"])
async def test_inside_the_model(
    leave_turn: Callable[[Turn, asyncio.Event], Any], strategy: Callable[[CallingModel], Any]
) -> None:
    held = Held()
    turn = Turn([Says("It is", waits=held.work)], strategy=strategy)
    await leave_turn(turn, held.began)
    assert held.ends == ["stopped"]
    assert turn.model.num_left == 1


async def test_while_the_person_is_asked() -> None:
    person = ScriptedPerson(("web_search",))
    search = ScriptedTool(["x"])
    turn = Turn(SCRIPT, [search.as_tool()], person=person)
    await turn.run_until(ApprovalNeeded)
    await turn.running.aclose()
    assert search.queries == []


async def test_before_anything_has_happened() -> None:
    turn = Turn(SCRIPT, [ScriptedTool(["x"]).as_tool()])
    await turn.running.aclose()
    assert turn.model.prompts == []
    second = Turn(SCRIPT)
    await second.run_until(Entered)
    await second.running.aclose()


async def test_a_call_of_the_model_that_is_left_is_on_record_with_what_it_wrote() -> None:
    gate = asyncio.Event()
    gate.set()
    model = ScriptedModel(pace=gate.wait)
    calls = calls_of(model)
    stream = calls.stream([HumanMessage("one two")])
    first = await anext(stream)
    gate.clear()
    await stream.aclose()
    (run,) = calls.runs
    assert first.text == "You "
    assert b"".join(token.text for token in run.answer).startswith(b"You ")
    assert (run.num_prompt, run.finish_reason) == (3, None)
    assert model.num_closed <= 1


async def test_work_within_a_time() -> None:
    held = Held()
    with pytest.raises(TimeoutError):
        await within(0.0, held.work())
    done = await within(10, asyncio.sleep(0, "slept"))
    assert done.result() == "slept"
    await leave(done)
