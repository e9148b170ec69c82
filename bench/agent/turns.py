"""One turn of the agent, put together as the room does it, with the times of its steps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agents.beginning import begin
from agents.options import AgentOptions, Strategy
from agents.planning import planned
from agents.steps import AgentStep, Entered, FinalAnswer, Node, ToolCall, ToolResult, Why
from agents.strategies.constrained import DECIDE
from agents.tools.tool import AgentTool
from agents.turns import TurnOrder
from bench.agent.scoring import Answered
from bench.agent.tasks import Task
from bench.agent.watch import Watch, overheads_ms
from bench.answer import ContenderFailed
from chains.room_model import RoomModel

OWNER = "bench"
INSIDE_S = 0.05  # so long something is at work before it is stopped
BEGIN_LIMIT_S = 120.0
STOP_LIMIT_S = 30.0
POLL_S = 0.002


class Nobody:
    """Is not asked: what the gate stops is not done."""

    def asks(self, tool_name: str) -> bool:
        return False

    async def ask(self, call_id: str, tool_name: str, why: Why) -> bool:
        return False


@dataclass(frozen=True)
class Contender:
    """A model, and the watch that is told when it is at work."""

    name: str
    room_model: RoomModel
    watch: Watch
    options: AgentOptions


class Turn:
    """``build_s`` is how long the loop took to be made. Raises ContenderFailed for a strategy that fell back."""

    def __init__(self, contender: Contender, strategy: Strategy, task: Task, tools: tuple[AgentTool, ...]) -> None:
        self._contender = contender
        self._task = task
        model, options = contender.room_model, contender.options.model_copy(update={"strategy": strategy})
        today = datetime.now().astimezone().date()
        plan = planned(model, options, task.language, today)
        if plan.strategy is not strategy:
            raise ContenderFailed(f"{strategy} is no strategy for this model: it fell back to {plan.strategy}")
        settled = AgentOptions.model_validate(model.settled(options).model_dump())
        order = TurnOrder(
            room_model=model,
            owner=OWNER,
            options=settled,
            plan=plan,
            tools=tools,
            permission=Nobody(),
            question=task.question,
            language=task.language,
            has_earlier=False,
            on_place=lambda place: None,
        )
        began = time.perf_counter()
        self._loop, self._calls = begin(order)
        self.build_s = time.perf_counter() - began
        self._messages: list[BaseMessage] = [SystemMessage(plan.system), HumanMessage(task.question)]

    async def answer(self) -> Answered:
        """All of it. Raises what the model raises."""
        self._contender.watch.begin()
        begun, steps = [time.perf_counter()], list[AgentStep]()
        async for step in self._loop.run(self._messages):
            if isinstance(step, Entered) and step.node is Node.MODEL and steps:
                begun.append(time.perf_counter())
            steps.append(step)
        ended = time.perf_counter()
        final = steps[-1]
        return Answered(
            self._task,
            tuple(step for step in steps if isinstance(step, ToolCall)),
            tuple(step for step in steps if isinstance(step, ToolResult)),
            final.text if isinstance(final, FinalAnswer) else "",
            sum(run.step == DECIDE and run.finish_reason == "length" for run in self._calls.runs),
            overheads_ms(begun, ended, self._contender.watch.spans),
        )

    async def stop(self, is_inside: Callable[[], bool], has_ended: Callable[[], Awaitable[object]]) -> float | None:
        """Seconds from leaving the turn, once ``is_inside()``, to where nothing of it is at work and ``has_ended()``
        has returned; None where it was over before."""
        watch = self._contender.watch
        watch.begin()
        reading = asyncio.create_task(_read(self._loop.run(self._messages)))
        inside = asyncio.create_task(_until(is_inside))
        await asyncio.wait((reading, inside), timeout=BEGIN_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        inside.cancel()
        await asyncio.sleep(INSIDE_S)
        is_over = reading.done() or not watch.num_inside
        left_at = time.monotonic()
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        if is_over:
            return None
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await _until(lambda: not watch.num_inside)
                await has_ended()
        except TimeoutError:
            raise ContenderFailed(f"the turn did not stop within {STOP_LIMIT_S:.0f} s") from None
        return time.monotonic() - left_at


async def _until(is_so: Callable[[], bool]) -> None:
    """Models, tools and servers of other threads have no event in common."""
    while not is_so():  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)


async def _read(steps: AsyncGenerator[AgentStep, None]) -> None:
    try:
        async for _ in steps:
            pass
    finally:
        await steps.aclose()
