"""The local model as LangChain sees any chat model, with true token counts and real cancellation."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Any, Protocol, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
    adispatch_custom_event,
    dispatch_custom_event,
)
from langchain_core.language_models.chat_models import (
    BaseChatModel,
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SkipValidation

from models.answer_chunks import AnswerChunks, error_of
from models.engine.protocol import Count, Counted, Event, Finished, Generate, Piece, Queued
from models.engine.supervisor import Sink
from models.messages import to_prompt
from models.sampling import SamplingParams

QUEUED = "queued"  # the custom event that a callback handler sees while the request waits


class EngineClient(Protocol):
    """What this model needs of the supervisor."""

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer. Returns the id to cancel it by."""

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt."""

    def cancel(self, request_id: str) -> None:
        """Stop a request."""


class LocalChatModel(BaseChatModel, SamplingParams):
    """SmolLM2 or any GGUF behind the engine. Fields are defaults; a call may override each of them but the first three.

    ``owner`` is whom the queue is fair to, ``is_background`` work yields to people. ``logprobs`` puts each token's
    probability, with ``top_logprobs`` others, in ``response_metadata["logprobs"]``. While a request waits, callback
    handlers get a custom event ``queued`` with its ``place`` and the estimated ``seconds``.

    Raises PromptTooLong, EngineDied, EngineUnavailable or GenerationFailed. Closing a stream, or cancelling the task
    that reads it, stops the decode loop.
    """

    model_config = ConfigDict(populate_by_name=True, frozen=False, extra="ignore")

    engine: SkipValidation[EngineClient] = Field(exclude=True, repr=False)
    model_name: str = Field(alias="model")
    context_tokens: int = Field(description="the window: prompt and answer together")
    stop: tuple[str, ...] = Field(default=(), alias="stop_sequences")
    owner: str = ""
    is_background: bool = False
    logprobs: bool = False
    top_logprobs: int = Field(default=0, ge=0)

    @property
    def _llm_type(self) -> str:
        return "tertulia-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        shown = {"logprobs": self.logprobs, "top_logprobs": self.top_logprobs}
        return {"model_name": self.model_name, **shown, **self._sampling(None, {}).model_dump()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        params = super()._get_ls_params(stop=stop or list(self.stop), **kwargs)
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
        chunks = AnswerChunks(self.model_name)
        request_id = self.engine.generate(self._request(messages, stop, kwargs), events.put)
        try:
            while not isinstance(event := events.get(), Finished):
                if isinstance(event, Queued):
                    with suppress(RuntimeError):  # nobody listens: the model is not called within a run
                        dispatch_custom_event(QUEUED, _place(event))
                else:
                    yield _chunk(chunks, event)
            yield chunks.last(event)
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

        chunks = AnswerChunks(self.model_name)
        request_id = self.engine.generate(self._request(messages, stop, kwargs), sink)
        try:
            while not isinstance(event := await events.get(), Finished):
                if isinstance(event, Queued):
                    with suppress(RuntimeError):  # nobody listens: the model is not called within a run
                        await adispatch_custom_event(QUEUED, _place(event))
                else:
                    yield _chunk(chunks, event)
            yield chunks.last(event)
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
        return Generate(
            id="",
            prompt=to_prompt(messages),
            sampling=self._sampling(stop, options),
            owner=options.get("owner", self.owner),
            is_background=options.get("is_background", self.is_background),
            num_alternatives=self._num_alternatives(options),
        )

    def _sampling(self, stop: list[str] | None, options: dict[str, Any]) -> SamplingParams:
        chosen = {name: options.get(name, getattr(self, name)) for name in SamplingParams.model_fields}
        return SamplingParams(**chosen | {"stop": tuple(stop or self.stop)})

    def _num_alternatives(self, options: dict[str, Any]) -> int | None:
        if not options.get("logprobs", self.logprobs):
            return None
        return int(options.get("top_logprobs", self.top_logprobs))

    # --- counting ----------------------------------------------------------------------------------------------------

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """Tokens of ``messages`` as a prompt, with the template's markers. Blocks for the pipe's round trip."""
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.engine.count(Count(id="", prompt=to_prompt(messages)), events.put)
        event = events.get()
        if not isinstance(event, Counted):
            raise error_of(event)
        return event.num_tokens

    def get_num_tokens(self, text: str) -> int:
        """Tokens of ``text`` alone: the difference that it makes to a prompt."""
        return self.get_num_tokens_from_messages([HumanMessage(text)]) - self.get_num_tokens_from_messages(
            [HumanMessage("")]
        )


def _chunk(chunks: AnswerChunks, event: Event) -> ChatGenerationChunk:
    if not isinstance(event, Piece):
        raise error_of(event)
    return chunks.piece(event)


def _place(event: Queued) -> dict[str, float | None]:
    return {"place": event.place, "seconds": event.seconds}
