"""A chat model of a service as the rooms know models: with our options, our errors and our figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import Field, PrivateAttr, SkipValidation

from errors import PromptTooLong, TertuliaError
from models.remote.answer import RemoteAnswer
from models.remote.estimated_prompt import num_tokens
from models.remote.faults import TIMED_OUT, Fault
from models.remote.wire import ToolChoice, Wire
from models.tool_calls import ToolOffer, openai_tools
from safety.surrogates import without_surrogates

PAUSES_S = (1.0, 4.0)  # before the second attempt, and the third
LONGEST_PAUSE_S = 8.0  # that a service may ask for; nobody waits longer before an answer begins
UNSEEN: RunnableConfig = {"callbacks": []}  # the service's own run is this model's: callbacks must not hear it twice
HELD_BY = ("prefill", "prefill_ids", "grammar", "json_schema")  # what only a model of our own can be held to

Pieces = AsyncGenerator[AIMessageChunk, None]


class RemoteChatModel(BaseChatModel):
    """Takes the options of LocalChatModel's calls, and passes on what the service knows.

    ``timeout_s`` is how long the next piece of an answer may take. Raises ModelError or PromptTooLong, which hold
    nothing of what the service said: it might quote the key. A request that may succeed later is tried again before
    the first piece is told, never after. Closing a stream, or cancelling the task that reads it, ends the request.

    Only for asynchronous use.
    """

    model_name: str
    context_tokens: int
    wire: SkipValidation[Wire] = Field(exclude=True, repr=False)
    timeout_s: float = 60.0
    pause: SkipValidation[Callable[[float], Awaitable[None]]] = Field(default=asyncio.sleep, exclude=True, repr=False)
    _service: BaseChatModel = PrivateAttr()
    _has_refused_extras: bool = PrivateAttr(default=False)

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._service = self.wire.service()

    @property
    def _llm_type(self) -> str:
        return "tertulia-remote"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def _resolve_model_profile(self) -> Any:
        return {"max_input_tokens": self.context_tokens, "tool_calling": True, "tool_choice": True}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with ``tools`` on offer. ``tool_choice`` as with LocalChatModel."""
        return self.bind(**kwargs, tools=openai_tools(tools), tool_choice=tool_choice)

    def get_num_tokens(self, text: str) -> int:
        """About how many."""
        return num_tokens(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """About how many."""
        return sum(num_tokens(message.text) for message in messages)

    # --- generation --------------------------------------------------------------------------------------------------

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("models of services are only called asynchronously")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        async with aclosing(cast("Any", self._astream(messages, stop, **kwargs))) as chunks:
            return await agenerate_from_stream(chunks)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        sent = [_sendable(message) for message in messages]
        needed, extras = self._options(stop, kwargs)
        pauses = list(PAUSES_S)
        while True:
            answer = RemoteAnswer(self.model_name, adds_usage=self.wire.adds_usage)
            fault = None
            try:
                async with aclosing(self._pieces(sent, {**needed, **extras})) as pieces:
                    async for piece in pieces:
                        if told := answer.piece(piece):
                            yield told
            except TimeoutError:
                fault = TIMED_OUT
            except self.wire.raises as error:
                fault = self.wire.fault(error)
            fault = fault or answer.fault  # from here on the service's own words are forgotten
            if fault is None:
                yield answer.last()
                return
            if fault.may_be_options and extras and not answer.has_begun:
                extras, self._has_refused_extras = {}, True
                continue
            await self._wait_after(fault, None if answer.has_begun or not pauses else pauses.pop(0), sent)

    async def _pieces(self, messages: list[BaseMessage], options: dict[str, Any]) -> Pieces:
        """Raises TimeoutError, or what the service's library raises.

        The library works in a task of its own: closing its generators leaves the request open until they are
        collected, whereas cancelling the task interrupts it at once.
        """
        pieces: asyncio.Queue[AIMessageChunk | None] = asyncio.Queue()
        task = asyncio.create_task(self._read(messages, options, pieces))
        try:
            while True:
                async with asyncio.timeout(self.timeout_s):
                    piece = await pieces.get()
                if piece is None:
                    break
                yield piece
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read(
        self, messages: list[BaseMessage], options: dict[str, Any], pieces: asyncio.Queue[AIMessageChunk | None]
    ) -> None:
        try:
            async for piece in self._service.astream(messages, UNSEEN, **options):
                pieces.put_nowait(piece)
        finally:
            pieces.put_nowait(None)

    def _options(self, stop: list[str] | None, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Options that are sent in any case, and those that are left out when the service does not take them."""
        if held := [name for name in HELD_BY if options.get(name)]:
            raise ValueError(f"a model of a service cannot be held to: {', '.join(held)}")
        needed = self.wire.needed(options, _tool_choice(options))
        if stop:
            needed["stop"] = stop
        return needed, {} if self._has_refused_extras else self.wire.extras(options)

    async def _wait_after(self, fault: Fault, pause_s: float | None, messages: list[BaseMessage]) -> None:
        """Return when it may be tried again, else raise."""
        asked_s = fault.wait_s or 0.0
        if fault.may_pass and pause_s is not None and asked_s <= LONGEST_PAUSE_S:
            await self.pause(max(pause_s, asked_s))
            return
        raise self._error(fault, messages)

    def _error(self, fault: Fault, messages: list[BaseMessage]) -> TertuliaError:
        if fault.kind is PromptTooLong:
            return PromptTooLong(length=self.get_num_tokens_from_messages(messages), limit=self.context_tokens)
        return fault.kind(model=self.model_name)


def _tool_choice(options: dict[str, Any]) -> ToolChoice:
    offer = ToolOffer.of(options)
    if offer is None:
        return ToolChoice((), "auto")
    if not offer.is_forced:
        return ToolChoice(offer.tools, "auto")
    is_any = len(offer.callable_names) == len(offer.tools)
    return ToolChoice(offer.tools, "any" if is_any else next(iter(offer.callable_names)))


def _sendable(message: BaseMessage) -> BaseMessage:
    """Halves of characters cannot be sent."""
    if not isinstance(message.content, str):
        return message
    return message.model_copy(update={"content": without_surrogates(message.content)})
