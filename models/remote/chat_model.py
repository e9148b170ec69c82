"""A chat model of a service as the rooms know models: with our options, our errors and our figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr, SkipValidation

from errors import PromptTooLong, TertuliaError
from models.remote.answer import RemoteAnswer
from models.remote.attempts import PAUSES_S, Attempts
from models.remote.estimated_prompt import num_tokens
from models.remote.faults import TIMED_OUT, Fault
from models.remote.hidden_data import HiddenData, OpenData
from models.remote.wire import UNSEEN, ToolChoice, Wire
from models.streamed_chat_model import StreamedChatModel
from models.tool_calls import ToolOffer
from safety.surrogates import without_surrogates

logger = logging.getLogger(__name__)
HELD_BY = ("prefill", "prefill_ids", "grammar", "json_schema")  # what only a model of our own can be held to

Pieces = AsyncGenerator[AIMessageChunk, None]


class RemoteChatModel(StreamedChatModel):
    """Takes the options of LocalChatModel's calls, and passes on what the service knows.

    ``timeout_s`` is how long the next piece of an answer may take, ``pauses_s`` come before further attempts. Raises
    ModelError or PromptTooLong, which hold nothing of what the service said: it might quote the key. A request that may
    succeed later is tried again before the first piece is told, never after. Closing a stream, or cancelling the task
    that reads it, ends the request. With ``hides_personal`` the service is told placeholders in place of personal data,
    and whoever asks is told the data.

    Only for asynchronous use.
    """

    model_name: str
    context_tokens: int
    make_wire: SkipValidation[Callable[[], Wire]] = Field(exclude=True, repr=False)
    hides_personal: bool = False
    timeout_s: float = 60.0
    pauses_s: tuple[float, ...] = PAUSES_S
    pause: SkipValidation[Callable[[float], Awaitable[None]]] = Field(default=asyncio.sleep, exclude=True, repr=False)
    _connection: tuple[Wire, BaseChatModel] | None = PrivateAttr(default=None)
    _num_left_out: int = PrivateAttr(default=0)  # groups of extras that the service has refused

    def connect(self) -> tuple[Wire, BaseChatModel]:
        """Load the service's library, which takes seconds; else the first call does, where nobody else waits."""
        if self._connection is None:
            wire = self.make_wire()
            self._connection = (wire, wire.service())
        return self._connection

    async def aconnect(self) -> tuple[Wire, BaseChatModel]:
        """Likewise, in a thread."""
        return await asyncio.to_thread(self.connect)

    @property
    def _llm_type(self) -> str:
        return "tertulia-remote"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def _resolve_model_profile(self) -> Any:
        return {"max_input_tokens": self.context_tokens, "tool_calling": True, "tool_choice": True}

    def get_num_tokens(self, text: str) -> int:
        """About how many."""
        return num_tokens(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """About how many."""
        return sum(num_tokens(message.text) for message in messages)

    # --- generation --------------------------------------------------------------------------------------------------

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        wire, service = await self.aconnect()
        sent = [_sendable(message) for message in messages]
        data = HiddenData() if self.hides_personal else OpenData()
        sent = await asyncio.to_thread(data.outgoing, sent)
        call = wire.written(_checked(stop, kwargs), _tool_choice(kwargs))
        attempts = Attempts(call, self._num_left_out, self.pause, self.pauses_s)
        while True:
            answer = RemoteAnswer(self.model_name, adds_usage=wire.adds_usage)
            fault = None
            try:
                async with aclosing(self._pieces(service.astream(sent, UNSEEN, **attempts.options))) as pieces:
                    async for piece in pieces:
                        if told := answer.piece(piece):
                            yield data.restored(told)
            except TimeoutError:
                fault = TIMED_OUT
            except wire.raises as error:
                fault = wire.fault(error)
            fault = fault or answer.fault  # from here on the service's own words are forgotten
            if fault is None:
                break
            if answer.has_begun or not await attempts.may_go_on(fault):
                raise self._error(fault, sent)
        if attempts.was_refused:
            self._num_left_out = attempts.num_left_out
        for told in data.rest():
            yield told
        yield answer.last()

    async def _pieces(self, stream: AsyncIterator[AIMessageChunk]) -> Pieces:
        """What is in ``stream``. Raises TimeoutError, or what the service's library raises.

        The library works in a task of its own: closing its generators leaves the request open until they are
        collected, whereas cancelling the task interrupts it at once.
        """
        pieces: asyncio.Queue[AIMessageChunk | None] = asyncio.Queue()
        task = asyncio.create_task(_read(stream, pieces))
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

    def _error(self, fault: Fault, messages: list[BaseMessage]) -> TertuliaError:
        logger.warning("%s gave no answer: %s, status %s", self.model_name, fault.kind.__name__, fault.status)
        if fault.kind is PromptTooLong:
            return PromptTooLong(length=self.get_num_tokens_from_messages(messages), limit=self.context_tokens)
        return fault.kind(model=self.model_name)


async def _read(stream: AsyncIterator[AIMessageChunk], pieces: asyncio.Queue[AIMessageChunk | None]) -> None:
    try:
        async for piece in stream:
            pieces.put_nowait(piece)
    finally:
        pieces.put_nowait(None)


def _checked(stop: list[str] | None, options: dict[str, Any]) -> dict[str, Any]:
    if held := [name for name in HELD_BY if options.get(name)]:
        raise ValueError(f"a model of a service cannot be held to: {', '.join(held)}")
    return options | ({"stop": stop} if stop else {})


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
