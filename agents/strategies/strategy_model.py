"""What every strategy is to ``create_agent``: a chat model that calls tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, SkipValidation

from agents.model_calls import ModelCalls
from models.streamed_chat_model import StreamedChatModel
from models.tool_calls import openai_tools


class StrategyModel(StreamedChatModel):
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
        tool_choice: dict[str, Any] | str | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This strategy with ``tools``; whether one is called is its own decision."""
        return self.bind(tools=openai_tools(tools), **kwargs)
