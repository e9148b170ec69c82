"""The process of `raw`: fill a batch, decode it, take the likeliest token of each row, again."""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Sequence
from typing import Any

import llama_cpp

from bench.answer import ContenderFailed, Messages
from bench.contenders.child import Load, serve
from bench.questions import chat

MAX_BATCH_TOKENS = 512
WARM_UP_TOKENS = 4


class RawLoop:
    """Model, context and batch."""

    def __init__(self, load: Load) -> None:
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = not load.plain_kernels
        params.n_gpu_layers = load.num_gpu_layers
        self._model = llama_cpp.llama_model_load_from_file(load.weights.encode(), params)
        if not self._model:
            raise ContenderFailed("raw could not load the weights")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._context = self._new_context(load)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._sampler = llama_cpp.llama_sampler_init_greedy()
        self._batch = llama_cpp.llama_batch_init(MAX_BATCH_TOKENS, 0, 1)
        self.write([chat("Hello!")], WARM_UP_TOKENS)

    def _new_context(self, load: Load) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = load.cache_tokens
        params.n_batch = params.n_ubatch = MAX_BATCH_TOKENS
        params.n_seq_max = load.max_sequences
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = load.threads
        if not llama_cpp.llama_supports_gpu_offload():  # on a processor it slows every batch of more than a few rows
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        return llama_cpp.llama_init_from_model(self._model, params)

    def answer(self, command: dict[str, Any]) -> list[float]:
        return self.write(command["prompts"], command["num_tokens"])

    def write(self, prompts: Sequence[Messages], num_tokens: int) -> list[float]:
        """When each step of the loop had its tokens; the first time is when all prompts had been read."""
        llama_cpp.llama_memory_clear(self._memory, True)
        prompt_ids = [self._ids_of(messages) for messages in prompts]
        ids = [self._read(sequence, tokens) for sequence, tokens in enumerate(prompt_ids)]
        times = [time.monotonic()]
        for step in range(num_tokens - 1):
            for sequence, token in enumerate(ids):
                self._put(sequence, sequence, token, len(prompt_ids[sequence]) + step)
            self._decode(len(ids))
            ids = [llama_cpp.llama_sampler_sample(self._sampler, self._context, row) for row in range(len(ids))]
            times.append(time.monotonic())
        return times

    def _read(self, sequence: int, ids: list[int]) -> int:
        """Read a prompt; returns the first id of its answer."""
        for start in range(0, len(ids), MAX_BATCH_TOKENS):
            part = ids[start : start + MAX_BATCH_TOKENS]
            for row, token in enumerate(part):
                self._put(row, sequence, token, start + row, wants_logits=row == len(part) - 1)
            self._decode(len(part))
        return int(llama_cpp.llama_sampler_sample(self._sampler, self._context, -1))

    def _put(self, row: int, sequence: int, token: int, position: int, *, wants_logits: bool = True) -> None:
        self._batch.token[row] = token
        self._batch.pos[row] = position
        self._batch.n_seq_id[row] = 1
        self._batch.seq_id[row][0] = sequence
        self._batch.logits[row] = wants_logits

    def _decode(self, num_rows: int) -> None:
        self._batch.n_tokens = num_rows
        if llama_cpp.llama_decode(self._context, self._batch) != 0:
            raise ContenderFailed("raw's llama_decode failed")

    def _ids_of(self, messages: Messages) -> list[int]:
        text = self._render(messages)
        ids = (llama_cpp.llama_token * (len(text) + 8))()
        num_ids = llama_cpp.llama_tokenize(self._vocab, text, len(text), ids, len(ids), True, True)
        return list(ids[:num_ids])

    def _render(self, messages: Messages) -> bytes:
        """By llama.cpp's own reading of the model's template, or as plain lines when it knows no such template."""
        turns = [(message["role"].encode(), message["content"].encode()) for message in messages]
        array = (llama_cpp.llama_chat_message * len(turns))(*turns)
        buffer = ctypes.create_string_buffer(2 * sum(len(role) + len(text) + 64 for role, text in turns))
        template = llama_cpp.llama_model_chat_template(self._model, None)
        size = llama_cpp.llama_chat_apply_template(template, array, len(turns), True, buffer, len(buffer))
        return buffer.raw[:size] if size > 0 else b"\n".join(text for _, text in turns)


if __name__ == "__main__":
    logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # else it tells all about the weights
    serve(lambda load: RawLoop(load).answer)
