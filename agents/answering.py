"""How one answer of the agent is written: its tools are fetched, its loop runs, its steps add up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from agents.approvals import Approvals
from agents.permission import TurnPermission
from agents.step_stream import StepStream
from agents.steps import Queued
from agents.tools.tool import AgentTool
from agents.trace import Decided, Growing
from agents.turn_prompt import AgentTask, TurnPrompt
from agents.turns import ToolsOf, TurnOrder, Turns
from agents.writing import AgentWriting
from errors import EngineError
from storage.conversations import ConversationStore
from storage.records import MessageStatus


class AgentAnswering:
    """Does one ``task`` and writes it into ``writing``."""

    def __init__(
        self, store: ConversationStore, approvals: Approvals, turns: Turns, tools: ToolsOf, writing: AgentWriting
    ) -> None:
        self._store = store
        self._approvals = approvals
        self._turns = turns
        self._tools = tools
        self._writing = writing
        self._stream = StepStream()

    async def grow(self, task: AgentTask) -> Growing:
        """The answer so far, again and again; its writing then knows how it ended. Raises what the model raises."""
        writing = self._writing
        if isinstance(task.prompt, EngineError):
            raise task.prompt
        order = self._order(task, task.prompt, await self._tools_on(task))
        loop, writing.calls = await asyncio.to_thread(self._turns.begin, order)
        try:
            async with aclosing(self._stream.read(loop.run(task.prompt.messages))) as batches:
                async for steps in batches:
                    writing.take(steps)
                    yield writing.now()
        finally:
            writing.take(self._stream.rest())
        final = writing.trace.final
        writing.finish(MessageStatus.CUT if final and final.was_cut else MessageStatus.COMPLETE)

    async def _tools_on(self, task: AgentTask) -> tuple[AgentTool, ...]:
        tools = await self._tools(task.owner, task.language)
        return tuple(tool for tool in tools if tool.name not in task.options.tools_off)

    def _order(self, task: AgentTask, prompt: TurnPrompt, tools: tuple[AgentTool, ...]) -> TurnOrder:
        put = self._stream.put
        place = (task.owner, task.work.conversation.id)
        permission = TurnPermission(
            self._approvals, self._store, place, task.options, lambda call_id: put(Decided(call_id))
        )
        return TurnOrder(
            room_model=task.room_model,
            owner=task.owner,
            options=task.options,
            plan=task.plan,
            tools=tools,
            permission=permission,
            question=task.work.question.text,
            language=task.language,
            has_earlier=prompt.has_earlier,
            on_place=lambda place: put(Queued(place)),
        )
