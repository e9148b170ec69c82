"""`ours`: the engine in its own process, through ``LocalChatModel.astream``, as the rooms use it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

from langchain_core.messages.ai import UsageMetadata

from bench.answer import Answer, ContenderFailed, Request
from bench.contenders.child import Load
from bench.questions import chat
from bench.readers import classroom
from models.chat_model import LocalChatModel
from models.engine.protocol import EngineOptions
from models.engine.supervisor import Supervisor
from models.engine.worker_process import WorkerProcess
from settings import child_environment

ALL_LAYERS = 999  # on the GPU, where the library was built for one


class Ours:
    """Blocks until the model is loaded. Raises ModelNotLoaded."""

    def __init__(self, options: EngineOptions, log: Path) -> None:
        self.supervisor = Supervisor(options, WorkerProcess(child_environment(), log))
        self.card = self.supervisor.wait()
        asyncio.run(self.ask(Request(chat("Hello!"), max_tokens=4)))

    def close(self) -> None:
        self.supervisor.close()

    @property
    def load(self) -> Load:
        """How the worker came to load the weights, for the others to do the same."""
        options = self.supervisor._options  # what it came to after a crash; the public side has no need of it
        return Load(
            weights=str(self.card.path),
            threads=self.card.threads,
            context_tokens=self.card.context_tokens,
            cache_tokens=self.card.cache_tokens,
            max_sequences=self.card.max_sequences,
            plain_kernels=options.plain_kernels,
            num_gpu_layers=ALL_LAYERS if options.num_gpu_layers is None else options.num_gpu_layers,
        )

    def classroom(self, lessons: Sequence[Sequence[str]], max_tokens: int) -> list[list[Answer]]:
        return asyncio.run(classroom(self.ask, lessons, max_tokens))

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """All at once."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self.ask(request) for request in requests))

        return asyncio.run(together())

    async def ask(self, request: Request, on_piece: Callable[[float], None] | None = None) -> Answer:
        """``on_piece`` is told when each piece of text came, for who cannot wait for the end."""
        model = self._model(request)
        times: list[float] = []
        text = ""
        usage: UsageMetadata | None = None
        asked_at = time.monotonic()
        stream = cast("Any", model.astream(request.messages))
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    times.append(time.monotonic())
                    if on_piece:
                        on_piece(times[-1])
                    text += chunk.text
                if chunk.usage_metadata:
                    usage = chunk.usage_metadata
                    ended_by_mark = chunk.response_metadata.get("finish_reason") == "stop"
        if usage is None:
            raise ContenderFailed("ours ended an answer without counts")
        cached = usage.get("input_token_details", {}).get("cache_read", 0)
        num_output = usage["output_tokens"] - ended_by_mark
        return Answer(asked_at, tuple(times), time.monotonic(), text, num_output, usage["input_tokens"], cached)

    def _model(self, request: Request) -> LocalChatModel:
        fields = {
            "engine": self.supervisor,
            "model_name": "local/bench",
            "context_tokens": self.card.context_tokens,
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "owner": request.reader,
        }
        return LocalChatModel.model_validate(fields | request.options)
