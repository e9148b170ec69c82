"""Listens to one run of a chain for what the text alone does not tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, GenerationChunk, LLMResult

from chains.run_record import RunTimes


@dataclass(frozen=True)
class QueuePlace:
    """The request waits for the model: ``place`` 1 is next; ``seconds`` until it begins, None when nothing is known."""

    place: int
    seconds: float | None


class RunRecorder(BaseCallbackHandler):
    """Keeps the model's closing message (None until it ends) and passes each place in its queue to ``on_place``.

    ``text`` and ``logprobs`` grow together, so that a stopped answer has the probabilities of just its tokens.
    ``begun`` are the metadata of its first piece. ``times`` are None until the model is called; where another stands in
    for it, they run from the first call to the last one's end.
    """

    run_inline = True  # in order with the pieces of the stream

    def __init__(self, on_place: Callable[[QueuePlace], None]) -> None:
        self.message: AIMessage | None = None
        self.text = ""
        self.logprobs: list[dict[str, Any]] = []
        self.begun: dict[str, Any] | None = None
        self.times: RunTimes | None = None
        self._on_place = on_place

    def on_chat_model_start(self, serialized: Any, messages: list[list[BaseMessage]], **kwargs: Any) -> None:
        self.times = self.times or RunTimes(began_at=time.time())

    def on_llm_new_token(
        self, token: Any, *, chunk: GenerationChunk | ChatGenerationChunk | None = None, **kwargs: Any
    ) -> None:
        if isinstance(chunk, ChatGenerationChunk):
            if chunk.text and self.times and self.times.first_at is None:
                self.times = self.times.model_copy(update={"first_at": time.time()})
            self.text += chunk.text
            self.begun = chunk.message.response_metadata if self.begun is None else self.begun
            self.logprobs += (chunk.message.response_metadata.get("logprobs") or {}).get("content") or []

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self._note_end()

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        self._note_end()
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            self.message = generation.message

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **kwargs: Any) -> None:
        if name == "queued":
            self._on_place(QueuePlace(data["place"], data["seconds"]))

    def _note_end(self) -> None:
        if self.times:
            self.times = self.times.model_copy(update={"ended_at": time.time()})

    @property
    def was_cut(self) -> bool:
        """True when the answer ended because its limit of tokens was reached."""
        return self.message is not None and self.message.response_metadata.get("finish_reason") == "length"
