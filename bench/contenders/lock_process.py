"""The process of `lock`: the readers' threads and the one model that they share."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from typing import Any
from unittest import mock

import llama_cpp.llama_cpp as bindings
from llama_cpp import Llama

from bench.answer import Answer, Request
from bench.contenders.child import Load, serve
from bench.questions import chat
from bench.readers import classroom_of_threads


class LockedLlama:
    """Everything else is as the library has it by default; its answers are the times of pieces and the text."""

    def __init__(self, load: Load) -> None:
        params = bindings.llama_model_default_params()  # Llama has no argument for what is changed here
        params.use_extra_bufts = not load.plain_kernels
        with mock.patch.object(bindings, "llama_model_default_params", return_value=params):
            self._llama = Llama(
                load.weights,
                n_ctx=load.context_tokens,
                n_threads=load.threads,
                n_threads_batch=load.threads,
                n_gpu_layers=load.num_gpu_layers,
                flash_attn=bool(bindings.llama_supports_gpu_offload()),
                verbose=False,
            )
        self._lock = threading.Lock()
        self.ask(Request(chat("Hello!"), max_tokens=4))

    def ask(self, request: Request) -> Answer:
        asked_at = time.monotonic()
        times: list[float] = []
        text = ""
        with self._lock:
            chunks = self._llama.create_chat_completion(
                request.messages, max_tokens=request.max_tokens, temperature=0.0, stream=True
            )
            for chunk in chunks:
                if piece := chunk["choices"][0]["delta"].get("content"):
                    times.append(time.monotonic())
                    text += piece
        return Answer(asked_at, tuple(times), time.monotonic(), text, num_output=len(times))

    def answer(self, command: dict[str, Any]) -> list[list[dict[str, Any]]]:
        conversations = classroom_of_threads(self.ask, command["lessons"], command["max_tokens"])
        return [[asdict(answer) for answer in answers] for answers in conversations]


if __name__ == "__main__":
    serve(lambda load: LockedLlama(load).answer)
