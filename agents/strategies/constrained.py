"""Decisions under a grammar: a local model can write nothing but a valid call, or that it wants to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from agents.prompts import ANSWER_DECISION
from agents.strategies.strategy_model import StrategyModel
from agents.strategies.tool_schemas import capped, is_filled
from agents.strategies.turn_reading import call_chunk, closing, done_in, functions_in, was_called
from models.tool_calls import CALL_BEGINS, NO_ARGUMENTS

ANSWER = "answer"  # the name of the decision to answer; it is no tool
DECIDE = "decide"  # the step of a decision's record
MAX_DECISION = 512  # tokens: room for the longest call that the caps of its schema let through in plain letters
# The likeliest decision, and braces and quotation marks that may come again.
CERTAIN = {"temperature": 0.0, "repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}


class ConstrainedModel(StrategyModel):
    """Decides first, among the tools and to answer; then calls the tool, or writes the answer freely."""

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        functions = functions_in(kwargs)
        decision = await self._decide(messages, functions) if functions else AIMessageChunk(content="")
        for call in decision.tool_calls:
            if call["name"] == ANSWER or was_called(done_in(messages), call["name"], call["args"]):
                break
            if is_filled(call["args"], functions, call["name"]):
                yield call_chunk(call["name"], call["args"])
                for chunk in closing(decision):
                    yield chunk
                return
        async with aclosing(self.calls.stream(messages, stop=[CALL_BEGINS])) as answer:
            async for piece in answer:
                yield ChatGenerationChunk(message=piece)

    async def _decide(self, messages: Sequence[BaseMessage], functions: Sequence[dict[str, Any]]) -> AIMessageChunk:
        """The whole decision: one that was cut holds no call."""
        offered = [capped(function) for function in functions]
        offered.append({"name": ANSWER, "description": ANSWER_DECISION, "parameters": NO_ARGUMENTS})
        options = {
            "tools": [{"type": "function", "function": function} for function in offered],
            "tool_choice": "any",
            "max_tokens": MAX_DECISION,
            **CERTAIN,
        }
        decision = AIMessageChunk(content="")
        async with aclosing(self.calls.stream(messages, step=DECIDE, **options)) as pieces:
            async for piece in pieces:
                decision += piece
        return decision
