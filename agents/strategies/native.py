"""The model's own tool calls: it is shown the tools and calls one when it wants to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from agents.strategies.strategy_model import StrategyModel


class NativeModel(StrategyModel):
    """Passes on what the model says and calls."""

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        tools = kwargs.get("tools") or ()
        options = {"tools": tools, "tool_choice": "auto"} if tools else {}
        async with aclosing(self.calls.stream(messages, **options)) as chunks:
            async for chunk in chunks:
                yield ChatGenerationChunk(message=chunk)
