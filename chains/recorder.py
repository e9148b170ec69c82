"""Listens to one run of a chain for what the text alone does not tell."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult


class RunRecorder(BaseCallbackHandler):
    """Keeps the model's closing message: token counts, finish reason, timings. ``message`` is None until it ends."""

    def __init__(self) -> None:
        self.message: AIMessage | None = None

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        generation = response.generations[0][0]
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            self.message = generation.message

    @property
    def was_cut(self) -> bool:
        """True when the answer ended because its limit of tokens was reached."""
        return self.message is not None and self.message.response_metadata.get("finish_reason") == "length"
