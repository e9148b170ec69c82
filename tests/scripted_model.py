"""A chat model whose answers are written beforehand and come when a test lets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field

Script = Callable[[str], Sequence[str | Exception]]


def echo(question: str) -> Sequence[str | Exception]:
    """Say the question back, word by word."""
    return [f"{word} " for word in f"You said: {question}".split()]


class ScriptedModel(BaseChatModel):
    """``script`` gives the pieces of the answer to a question; an exception among them is raised there.

    ``pace`` is awaited before each piece: an ``asyncio.Event.wait`` holds the answer, ``None`` lets it run.
    ``finish_reason`` ``"length"`` makes an answer look cut. ``num_closed`` counts the streams that were left early.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Script = echo
    pace: Callable[[], Any] | None = None
    finish_reason: str = "stop"
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    num_closed: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(piece for piece in self.script(messages[-1].text) if isinstance(piece, str))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.prompts.append(messages)
        is_whole = False
        try:
            for piece in self.script(messages[-1].text):
                await (self.pace() if self.pace else asyncio.sleep(0))
                if isinstance(piece, Exception):
                    raise piece
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            is_whole = True
            end = AIMessageChunk(content="", response_metadata={"finish_reason": self.finish_reason})
            yield ChatGenerationChunk(message=end)
        finally:
            self.num_closed += not is_whole
