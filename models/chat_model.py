"""The local model as LangChain sees any chat model, with true token counts and real cancellation."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from typing import Any, Literal, Protocol, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
    adispatch_custom_event,
    dispatch_custom_event,
)
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import (
    BaseChatModel,
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, SkipValidation

from models.answer_chunks import AnswerChunks, error_of
from models.call_parser import CallParser
from models.engine.engine_requests import Sink
from models.engine.protocol import Count, Counted, Event, Finished, Generate, Piece, Prompt, Queued, ReadPrompt
from models.messages import to_completion, to_prompt
from models.prompt_reading import PromptToken, read_prompt
from models.sampling import SamplingParams
from models.structured_output import structured_output, with_schema_of_response_format, with_schema_told
from models.tool_calls import ToolOffer, openai_tools

QUEUED = "queued"  # the custom event that a callback handler sees while the request waits


class EngineClient(Protocol):
    """What this model needs of the supervisor."""

    def generate(self, request: Generate, sink: Sink) -> str:
        """Begin an answer. Returns the id to cancel it by."""

    def count(self, request: Count, sink: Sink) -> str:
        """Count the tokens of a prompt."""

    def read_prompt(self, request: ReadPrompt, sink: Sink) -> str:
        """See the tokens of a prompt."""

    def cancel(self, request_id: str) -> None:
        """Stop a request."""


class LocalChatModel(BaseChatModel, SamplingParams):
    """SmolLM2 or any GGUF behind the engine. Fields are defaults; a call may override each of them but the first three.

    ``owner`` is whom the queue is fair to, ``is_background`` work yields to people. ``logprobs`` puts each token's
    probability, with ``top_logprobs`` others, in ``response_metadata["logprobs"]``. While a request waits, callback
    handlers get a custom event ``queued`` with its ``place`` and the estimated ``seconds``.

    ``prefill``, and then the tokens ``prefill_ids``, are the answer's beginning: what is generated goes on from there,
    and is the answer. ``is_completion`` sends the messages' texts as they are, one after the other, without a template.

    Raises PromptTooLong, EngineBusy, EngineDied, EngineUnavailable or GenerationFailed. Closing a stream, or cancelling
    the task that reads it, stops the decode loop.
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
    prefill: str = ""
    prefill_ids: tuple[int, ...] = ()
    is_completion: bool = False

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
        return {
            "max_input_tokens": max(1, self.context_tokens - self.max_tokens),
            "max_output_tokens": self.max_tokens,
            "text_inputs": True,
            "text_outputs": True,
            "tool_calling": True,
            "tool_choice": True,
            "tool_call_streaming": True,
            "structured_output": True,
        }

    # --- generation --------------------------------------------------------------------------------------------------

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        request = self._request(messages, stop, kwargs)
        chunks = self._chunks(request)
        request_id = self.engine.generate(request, events.put)
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

        request = self._request(messages, stop, kwargs)
        chunks = self._chunks(request)
        request_id = self.engine.generate(request, sink)
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
        options = with_schema_of_response_format(options)
        prompt = self._prompt(messages, options)
        if offer := ToolOffer.of(options):
            self._check_no_other_grammar(options)
            options = options | offer.constraint(options.get("json_schema", self.json_schema))
        return Generate(
            id="",
            prompt=prompt,
            sampling=self._sampling(stop, options),
            owner=options.get("owner", self.owner),
            is_background=options.get("is_background", self.is_background),
            num_alternatives=self._num_alternatives(options),
        )

    def _prompt(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> Prompt:
        """What is sent of ``messages`` with a call's ``options``."""
        prefill = options.get("prefill", self.prefill)
        prefill_ids = tuple(options.get("prefill_ids", self.prefill_ids))
        offer = ToolOffer.of(options)
        if options.get("is_completion", self.is_completion):
            if offer:
                raise ValueError("tools are told by the template, and a completion has none")
            return to_completion(messages, prefill, prefill_ids)
        schema = options.get("json_schema", self.json_schema)
        if schema is not None and options.get("tells_schema"):
            messages = with_schema_told(messages, schema)
        return to_prompt(messages, offer.tools if offer else (), prefill, prefill_ids)

    def _check_no_other_grammar(self, options: dict[str, Any]) -> None:
        if options.get("grammar", self.grammar) is not None:
            raise ValueError("tools are called by a grammar, and there cannot be another one")

    def _chunks(self, request: Generate) -> AnswerChunks:
        return AnswerChunks(self.model_name, CallParser() if request.prompt.tools else None)

    def _sampling(self, stop: list[str] | None, options: dict[str, Any]) -> SamplingParams:
        chosen = {name: options.get(name, getattr(self, name)) for name in SamplingParams.model_fields}
        return SamplingParams(**chosen | {"stop": tuple(stop or self.stop)})

    def _num_alternatives(self, options: dict[str, Any]) -> int | None:
        if not options.get("logprobs", self.logprobs):
            return None
        return int(options.get("top_logprobs", self.top_logprobs))

    # --- tools and structured output ---------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with ``tools`` on offer, whose calls always parse against their schemas.

        ``tool_choice``: None or "auto" lets the model decide, "any", "required" or True has it call one, a name (or
        OpenAI's dict of one) that one, "none" hides all. Raises ValueError for a name that is not on offer.
        """
        options = {**kwargs, "tools": openai_tools(tools), "tool_choice": tool_choice}
        ToolOffer.of(options)
        return self.bind(**options)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        include_raw: bool = False,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """This model held to ``schema`` by a grammar: its answers always parse, unless ``max_tokens`` cuts them.

        ``method`` "function_calling" has it call a tool of that shape instead; "json_mode" needs no schema, and then
        allows any JSON object.
        Raises OutputParserException for an answer that was cut, or gives it as ``parsing_error``.
        """
        if method == "function_calling":
            return super().with_structured_output(cast("Any", schema), include_raw=include_raw)
        return structured_output(self, schema, include_raw=include_raw, method=method)

    # --- reading prompts ---------------------------------------------------------------------------------------------

    async def aread_prompt(self, messages: Sequence[BaseMessage], **options: Any) -> tuple[PromptToken, ...]:
        """The tokens of what would be sent of ``messages`` with a call's ``options``: ``prefill``, ``tools`` and so on.

        Tokens of the prefill are of the message after the last. Raises what a call raises.
        """
        prompt = self._prompt(messages, with_schema_of_response_format(options))
        return await read_prompt(self.engine, prompt, messages)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """Tokens of ``messages`` and ``tools`` as a prompt, the template's own included. Blocks for a round trip."""
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.engine.count(Count(id="", prompt=to_prompt(messages, openai_tools(tools or ()))), events.put)
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
