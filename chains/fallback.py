"""Several models behind one name: the next is asked when one takes no more requests, or is down."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, SkipValidation

from chains.room_model import PromptReader, RoomModel
from chains.run_record import ANSWERED_BY, MISSED
from errors import (
    EngineBusy,
    EngineDied,
    EngineUnavailable,
    ModelFaulty,
    ModelQuotaSpent,
    ModelUnreachable,
    PromptTooLong,
    TertuliaError,
)
from models.prompt_reading import PromptToken
from models.remote.attempts import PAUSES_S
from models.remote.chat_model import HELD_BY, RemoteChatModel
from models.remote.estimated_prompt import EstimatingPromptReader
from models.streamed_chat_model import StreamedChatModel

logger = logging.getLogger(__name__)
RETRY_PAUSES_S = (*PAUSES_S, 8.0, 8.0)
OF_THE_FIRST = "prefill_ids"  # another model has other words for them
OUTAGES = (ModelQuotaSpent, ModelUnreachable, ModelFaulty, EngineBusy, EngineDied, EngineUnavailable)


class FallbackChatModel(StreamedChatModel):
    """Asks ``models`` in order until one answers. Only for asynchronous use.

    The next is asked on OUTAGES alone: a refused key or a wrong name is to be seen and mended. Nothing is asked twice
    once a piece of an answer was told. A model that cannot be held to what a call asks for, or whose window is too
    small, is passed over, the first excepted; tokens that an answer is to begin with are the first one's own. When none
    answers, the first one's error is raised.
    """

    models: SkipValidation[tuple[RoomModel, ...]] = Field(exclude=True, repr=False)
    clock: SkipValidation[Callable[[], float]] = Field(default=time.monotonic, exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "tertulia-fallback"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.models[0].name, "fallbacks": [one.name for one in self.models[1:]]}

    @property
    def takes_grammar(self) -> bool:
        """As the first model does: those that do not are then passed over."""
        return self.models[0].takes_grammar

    def _resolve_model_profile(self) -> Any:
        return self.models[0].model.profile

    def get_num_tokens(self, text: str) -> int:
        """As the first model counts."""
        return self.models[0].model.get_num_tokens(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:
        """As the first model counts."""
        return self.models[0].model.get_num_tokens_from_messages(messages, tools)

    # --- generation --------------------------------------------------------------------------------------------------

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        missed: list[dict[str, Any]] = []
        first_error: TertuliaError | None = None
        for room_model in self._able(kwargs):
            begun_at, has_begun = self.clock(), False
            # The model's own stream, not a run of its own: whoever listens hears this model, and its queue.
            stream = room_model.model._astream(messages, stop, **_fitted(room_model, kwargs))
            try:
                async with aclosing(cast("Any", stream)) as chunks:
                    async for chunk in chunks:
                        yield chunk if has_begun else _with_missed(chunk, missed, room_model.name)
                        has_begun = True
                return
            except (*OUTAGES, PromptTooLong) as error:
                if has_begun or (first_error is None and isinstance(error, PromptTooLong)):
                    raise
                first_error = first_error or error
                seconds = round(self.clock() - begun_at, 3)
                missed.append({"model": room_model.name, "error": error.key, "seconds": seconds})
            logger.warning("%s did not answer: %s", room_model.name, missed[-1]["error"])
        assert first_error is not None
        raise first_error

    def _able(self, options: dict[str, Any]) -> Sequence[RoomModel]:
        """Those that can be held to what ``options`` ask for; the first, which says that it cannot, when none can."""
        if options.get(OF_THE_FIRST):
            return self.models[:1]
        held = [name for name in HELD_BY if options.get(name)]
        able = [one for one in self.models if all(name in type(one.model).model_fields for name in held)]
        return able or self.models[:1]


class FallbackPromptReader:
    """Reads prompts as the first of ``readers`` does; as the next one while it is down, for it is then to be asked."""

    def __init__(self, readers: Sequence[PromptReader]) -> None:
        self._readers = readers

    async def aread_prompt(self, messages: Sequence[BaseMessage], **options: Any) -> tuple[PromptToken, ...]:
        """The tokens; when none of them can tell, the first one's error is raised."""
        first_error: TertuliaError | None = None
        for reader in self._readers:
            try:
                return await reader.aread_prompt(messages, **options)
            except OUTAGES as error:
                first_error = first_error or error
        assert first_error is not None
        raise first_error


def _fitted(room_model: RoomModel, options: dict[str, Any]) -> dict[str, Any]:
    """``options`` with the length of an answer kept to half of the model's window."""
    limit = options.get("max_tokens")
    return options | {"max_tokens": min(limit, room_model.context_tokens // 2)} if limit else options


def _with_missed(chunk: ChatGenerationChunk, missed: list[dict[str, Any]], name: str) -> ChatGenerationChunk:
    """An answer's first piece tells which models gave none before. Lists are joined when pieces are: once is enough."""
    if missed:
        told = {MISSED: missed, ANSWERED_BY: name}
        chunk.message.response_metadata = {**chunk.message.response_metadata, **told}
    return chunk


def in_order(
    models: Sequence[RoomModel], num_retries: int = len(PAUSES_S), *, hides_personal: bool = False
) -> RoomModel:
    """One model for a room: the first of ``models``, and those after it when it cannot answer.

    ``num_retries`` is how often each model of a service is asked again before that, 4 at the most. With
    ``hides_personal`` no service is told personal data. What is given is to be kept: it connects to its services anew.
    """
    steady = [_retried(hiding(one) if hides_personal else one, num_retries) for one in models]
    if len(steady) == 1:
        return steady[0]
    reader = FallbackPromptReader([one.reader for one in steady])
    return replace(steady[0], model=FallbackChatModel(models=tuple(steady)), reader=reader)


def hiding(one: RoomModel) -> RoomModel:
    """``one`` with personal data hidden from its service; a model of this machine is told everything."""
    if not isinstance(one.model, RemoteChatModel):
        return one
    model = one.model.model_copy(update={"hides_personal": True})
    return replace(one, model=model, reader=EstimatingPromptReader(hides_personal=True))


def _retried(one: RoomModel, num_retries: int) -> RoomModel:
    if not isinstance(one.model, RemoteChatModel):
        return one
    return replace(one, model=one.model.model_copy(update={"pauses_s": RETRY_PAUSES_S[:num_retries]}))
