"""What every strategy is to ``create_agent``: a chat model that calls tools."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, SkipValidation

from agents.model_calls import ModelCalls
from models.tool_calls import openai_tools


class StrategyModel(BaseChatModel):
    """A way to decide what to do next, over ``calls`` of the model of one turn. Only streams, and only ``async``.

    A strategy writes ``_astream``. Its chunks hold text (a thought, or the answer) and ``tool_call_chunks``; without
    calls, its text is the answer. The ``messages`` that it is given end with the question, or with the calls and
    results of this turn. ``kwargs["tools"]`` are the tools in OpenAI's form; none are left when the turn's calls or
    time are used up, and then it must answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    calls: SkipValidation[ModelCalls] = Field(exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "tertulia-strategy"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This strategy with ``tools``; whether one is called is its own decision."""
        return self.bind(tools=openai_tools(tools), **kwargs)

    @abstractmethod
    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """What to do next, piece by piece. Closing it stops the model."""

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        stream = cast("Any", self._astream(messages, stop, run_manager, **kwargs))
        async with aclosing(stream) as chunks:
            return await agenerate_from_stream(chunks)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("a strategy only streams")
