"""A model that is asked by evaluations: it answers by a rule, once a test lets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field

from chains.room_model import RoomModel
from tests.scripted_model import ScriptedModel

Answer = Callable[[str], str | Exception]


class AnsweringModel(BaseChatModel):
    """``answer`` gives the answer to a text, or the exception to raise. ``gate`` lets one answer out for each release.

    ``prompts`` and ``options`` are what it was asked, in that order.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: Answer = lambda text: text
    gate: asyncio.Semaphore | None = None
    finish_reason: str = "stop"
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    options: list[dict[str, Any]] = Field(default_factory=list)
    calls: asyncio.Semaphore = Field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def _llm_type(self) -> str:
        return "answering"

    @property
    def asked(self) -> list[str]:
        """The last message of each prompt."""
        return [prompt[-1].text for prompt in self.prompts]

    async def was_asked(self, num: int) -> None:
        """Wait for ``num`` more calls."""
        for _ in range(num):
            await self.calls.acquire()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.prompts.append(messages)
        self.options.append({**kwargs, "stop": stop})
        self.calls.release()
        if self.gate is not None:
            await self.gate.acquire()
        answer = self.answer(messages[-1].text)
        if isinstance(answer, Exception):
            raise answer
        usage = UsageMetadata(input_tokens=3, output_tokens=len(answer.split()), total_tokens=3 + len(answer.split()))
        metadata = {"finish_reason": self.finish_reason}
        message = AIMessage(answer, usage_metadata=usage, response_metadata=metadata)
        return ChatResult(generations=[ChatGeneration(message=message)])


class ConstrainedModel(AnsweringModel):
    """Can be held to a grammar, as the models of this machine can."""

    grammar: str | None = None


def room_of(model: BaseChatModel, name: str = "local/answering", **more: Any) -> RoomModel:
    return RoomModel(model, ScriptedModel(), name, context_tokens=1_000, **more)
