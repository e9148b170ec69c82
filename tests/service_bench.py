"""A chat model of a service with the service itself, which answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from errors import TertuliaError
from models.remote.chat_model import RemoteChatModel
from models.remote.gemini import GeminiWire
from models.remote.keys import ServiceKeys
from models.remote.openai_server import OpenAIWire
from tests.chat_services import ChatService, Reply, gemini_text, openai_text

KEY = "AIza-a-key-that-nobody-may-see"
ASKED = [HumanMessage("Hi")]
NAMES = {"gemini": "google/gemini-2.5-flash", "openai": "openai/own"}


@dataclass
class Bench:
    """A model with its scripted service, and how long it paused."""

    model: RemoteChatModel
    service: ChatService
    pauses: list[float]
    text: Callable[..., Reply]

    async def answer(self, *replies: Reply, **options: Any) -> AIMessageChunk:
        """The whole answer, as it comes together from its pieces."""
        self.service.replies = list(replies)
        whole: AIMessageChunk | None = None
        async for chunk in self.model.astream(ASKED, **options):
            whole = chunk if whole is None else whole + chunk
        assert whole is not None
        return whole

    async def error(self, *replies: Reply) -> TertuliaError:
        with pytest.raises(TertuliaError) as caught:
            await self.answer(*replies)
        return caught.value


def make_model(kind: str, address: str) -> RemoteChatModel:
    keys = ServiceKeys(google=KEY, google_base_url=address, openai=KEY, openai_base_url=address)
    wire = GeminiWire("gemini-2.5-flash", keys) if kind == "gemini" else OpenAIWire("own", keys)
    model = RemoteChatModel(model_name=NAMES[kind], context_tokens=4_096, make_wire=lambda: wire)
    model.connect()  # what takes half a second is then shared with its copies
    return model


def make_bench(model: RemoteChatModel, service: ChatService) -> Bench:
    """A copy of ``model``, which remembers nothing of other tests, and ``service`` as if nobody had asked it yet."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    service.begin_anew()
    text = gemini_text if model.model_name == NAMES["gemini"] else openai_text
    return Bench(model.model_copy(update={"pause": pause}), service, pauses, text)
