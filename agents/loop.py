"""One turn of the agent: LangChain's loop of model and tools, told step by step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Literal, cast

from langchain.agents import create_agent
from langchain.agents.middleware.types import InputAgentState
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langsmith import tracing_context

from agents.guard import Guard, TurnClock, TurnLimits
from agents.leaving import leave
from agents.middleware import TurnMiddleware
from agents.steps import AgentStep, Entered, FinalAnswer, Node, TextDelta
from agents.tool_runs import ToolRuns
from agents.tools.tool import AgentTool
from models.tool_calls import openai_tools

NODES_OF_A_CALL = 2  # of the graph: the model's, and that of the tools
STREAMED: list[Literal["messages", "custom"]] = ["messages", "custom"]


class AgentLoop:
    """Answers once, with ``model`` and ``tools``, as ``guard`` and ``limits`` allow.

    Made where nobody waits: building the graph takes tens of milliseconds.
    """

    def __init__(
        self,
        model: BaseChatModel,
        tools: Sequence[AgentTool],
        guard: Guard,
        limits: TurnLimits,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = guard.book
        self._limits = limits
        self._clock = TurnClock(limits.max_seconds, now)
        runs = ToolRuns(tools, guard, limits, self._clock)
        self._middleware = TurnMiddleware(runs, openai_tools([tool.tool for tool in tools]))
        self._graph = create_agent(model, middleware=[self._middleware])  # which offers the tools, and calls them
        self._news: asyncio.Queue[AgentStep | None] = asyncio.Queue()
        self._is_writing = False

    async def run(self, messages: list[BaseMessage]) -> AsyncGenerator[AgentStep, None]:
        """The steps; the last one is FinalAnswer. ``messages`` are the system's, those of before, and the question.

        Raises what the model raises. Closing it stops model and tools.
        """
        task = asyncio.create_task(self._produce(messages))
        try:
            while (step := await self._news.get()) is not None:
                yield step
            await task
        finally:
            await leave(task)
        yield self._final()

    async def _produce(self, messages: list[BaseMessage]) -> None:
        """In a task of its own, as chains in ``chains.streaming``: so it can be left wherever it waits.

        What is traced would leave this machine, so nothing is, whatever the environment says.
        """
        asked = InputAgentState(messages=[*cast("list[AnyMessage]", messages)])
        config = RunnableConfig(recursion_limit=NODES_OF_A_CALL * (self._limits.max_calls + 2))
        self._clock.start()
        try:
            with tracing_context(enabled=False):
                stream = self._graph.astream(asked, config, stream_mode=STREAMED)
                async for mode, news in stream:
                    self._tell(cast("AgentStep", news)) if mode == "custom" else self._tell_text(*news)
        finally:
            self._news.put_nowait(None)

    def _tell(self, step: AgentStep) -> None:
        self._is_writing = False
        self._news.put_nowait(step)

    def _tell_text(self, message: BaseMessage, metadata: dict[str, Any]) -> None:
        """A tool may call a model too; what that says is no text of ours."""
        if not isinstance(message, AIMessage) or metadata.get("langgraph_node") != "model" or not message.text:
            return
        if not self._is_writing:
            self._tell(Entered(Node.ANSWER))
            self._is_writing = True
        self._news.put_nowait(TextDelta(str(message.text)))

    def _final(self) -> FinalAnswer:
        message = self._middleware.answer
        was_cut = message.response_metadata.get("finish_reason") == "length"
        return FinalAnswer(self._book.cited(str(message.text)).strip(), self._book.all, was_cut)
