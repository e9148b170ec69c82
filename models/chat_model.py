"""The local model as LangChain sees any chat model, with true token counts and real cancellation."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import (
    BaseChatModel,
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SkipValidation

from errors import EngineDied, EngineUnavailable, GenerationFailed, PromptTooLong, TertuliaError
from models.engine.protocol import ChatMessage, Count, Counted, Event, Finished, Generate, Piece, Prompt, Refused
from models.engine.supervisor import Sink
from models.sampling import SamplingParams


class EngineClient(Protocol):
    """What this model needs of the supervisor."""

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer. Returns the id to cancel it by."""

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt."""

    def cancel(self, request_id: str) -> None:
        """Stop a request."""


class LocalChatModel(BaseChatModel):
    """SmolLM2 or any GGUF behind the engine. Fields are defaults; a call may override any of SamplingParams' options.

    Raises PromptTooLong, EngineDied, EngineUnavailable or GenerationFailed. Closing a stream, or cancelling the task
    that reads it, stops the decode loop.
    """

    model_config = ConfigDict(populate_by_name=True)

    engine: SkipValidation[EngineClient] = Field(exclude=True, repr=False)
    model_name: str = Field(alias="model")
    context_tokens: int = Field(description="the window: prompt and answer together")
    max_tokens: int = 1_024
    temperature: float = 0.6
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    seed: int | None = None
    stop: list[str] | None = Field(default=None, alias="stop_sequences")

    @property
    def _llm_type(self) -> str:
        return "tertulia-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, **self._sampling(None, {}).model_dump()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "local"
        return params

    def _resolve_model_profile(self) -> Any:
        return {"max_input_tokens": max(1, self.context_tokens - self.max_tokens)}

    # --- generation --------------------------------------------------------------------------------------------------

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        request_id = self.engine.generate(self._request(messages, stop, kwargs), events.put)
        try:
            while not isinstance(event := events.get(), Finished):
                yield _piece_chunk(event)
            yield self._last_chunk(event)
        finally:
            self.engine.cancel(request_id)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event] = asyncio.Queue()

        def sink(event: Event) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(events.put_nowait, event)

        request_id = self.engine.generate(self._request(messages, stop, kwargs), sink)
        try:
            while not isinstance(event := await events.get(), Finished):
                yield _piece_chunk(event)
            yield self._last_chunk(event)
        finally:
            self.engine.cancel(request_id)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

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

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> Generate:
        return Generate(id="", prompt=_to_prompt(messages), sampling=self._sampling(stop, options))

    def _sampling(self, stop: list[str] | None, overrides: dict[str, Any]) -> SamplingParams:
        names = SamplingParams.model_fields.keys() - {"stop"}
        chosen = {name: getattr(self, name) for name in names}
        chosen |= {name: value for name, value in overrides.items() if name in names}
        return SamplingParams(**chosen, stop=tuple(stop or self.stop or ()))

    def _last_chunk(self, event: Finished) -> ChatGenerationChunk:
        usage = UsageMetadata(
            input_tokens=event.num_prompt,
            output_tokens=event.num_output,
            total_tokens=event.num_prompt + event.num_output,
            input_token_details=InputTokenDetails(cache_read=event.num_cached),
        )
        metadata = {
            "finish_reason": event.reason,
            "model_name": self.model_name,
            "model_provider": "local",
            "seed": event.seed,
            "timings": {"first_token_s": event.first_token_s, "decode_s": event.decode_s},
        }
        message = AIMessageChunk(content="", chunk_position="last", usage_metadata=usage, response_metadata=metadata)
        return ChatGenerationChunk(message=message)

    # --- counting ----------------------------------------------------------------------------------------------------

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """Tokens of ``messages`` as a prompt, with the template's markers. Blocks for the pipe's round trip."""
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.engine.count(Count(id="", prompt=_to_prompt(messages)), events.put)
        event = events.get()
        if not isinstance(event, Counted):
            raise _error_of(event)
        return event.num_tokens

    def get_num_tokens(self, text: str) -> int:
        """Tokens of ``text`` alone: the difference that it makes to a prompt."""
        return self.get_num_tokens_from_messages([HumanMessage(text)]) - self.get_num_tokens_from_messages(
            [HumanMessage("")]
        )


def _to_prompt(messages: Sequence[BaseMessage]) -> Prompt:
    roles = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant"}
    turns = (
        ChatMessage(role=next(role for kind, role in roles.items() if isinstance(message, kind)), content=message.text)
        for message in messages
    )
    return Prompt(messages=tuple(turns))


def _piece_chunk(event: Event) -> ChatGenerationChunk:
    if not isinstance(event, Piece):
        raise _error_of(event)
    return ChatGenerationChunk(message=AIMessageChunk(content=event.text))


def _error_of(event: Event) -> TertuliaError:
    if not isinstance(event, Refused):
        return GenerationFailed()
    if event.reason == "prompt_too_long":
        return PromptTooLong(length=event.length, limit=event.limit)
    kinds = {"died": EngineDied, "unavailable": EngineUnavailable, "failed": GenerationFailed}
    return kinds[event.reason]()
