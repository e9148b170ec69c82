"""Vectors of texts by llama.cpp: a model of its own, pooled as its file says.

Names and their meaning are those of llama.h, as in ``runner``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from models.engine.runner import ModelRefused, start_backend

Floats = npt.NDArray[np.float32]

MAX_TOKENS = 2_048  # of one text, and of all texts in one step: an encoder reads them whole
MAX_TEXTS = 16  # in one step
ALL_LAYERS = -1


class LlamaEmbedding:
    """One model and its context. One thread owns it."""

    def __init__(self, path: Path, threads: int) -> None:
        """Load ``path``. Raises ModelRefused.

        Always with plain kernels: the special weight layouts crash in some builds, and here nobody tries again.
        """
        start_backend()
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = False
        params.n_gpu_layers = ALL_LAYERS if llama_cpp.llama_supports_gpu_offload() else 0
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self._model:
            raise ModelRefused(str(path))
        self.dimension = int(llama_cpp.llama_model_n_embd_out(self._model))
        self.max_tokens = min(MAX_TOKENS, int(llama_cpp.llama_model_n_ctx_train(self._model)))
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._context = self._pooling_context(path, threads)
        self._batch = llama_cpp.llama_batch_init(self.max_tokens, 0, 1)

    def _pooling_context(self, path: Path, threads: int) -> Any:
        """Pooled as the file says, or by the mean where it says nothing; a reranker has no vectors."""
        context = self._new_context(threads, llama_cpp.LLAMA_POOLING_TYPE_UNSPECIFIED)
        pooling = llama_cpp.llama_pooling_type(context) if context else None
        if pooling == llama_cpp.LLAMA_POOLING_TYPE_NONE:
            llama_cpp.llama_free(context)
            context = self._new_context(threads, llama_cpp.LLAMA_POOLING_TYPE_MEAN)
        if not context or pooling == llama_cpp.LLAMA_POOLING_TYPE_RANK:
            raise ModelRefused(str(path))
        return context

    def _new_context(self, threads: int, pooling: int) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.embeddings = True
        params.pooling_type = pooling
        params.n_ctx = params.n_batch = params.n_ubatch = self.max_tokens
        params.n_seq_max = MAX_TEXTS
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = threads
        if not llama_cpp.llama_supports_gpu_offload():
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED  # several times slower on a CPU
        return llama_cpp.llama_init_from_model(self._model, params)

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row for each text, not of unit length; zeros for one that llama.cpp cannot read. Long texts are cut."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for first_row, group in self._groups([self._tokenize(text) for text in texts]):
            self._read(group, vectors[first_row : first_row + len(group)])
        return vectors

    def _groups(self, token_lists: Sequence[list[int]]) -> Iterator[tuple[int, list[list[int]]]]:
        """What fits in one step, with the row of its first."""
        first_row = num_tokens = 0
        for row, tokens in enumerate(token_lists):
            if row > first_row and (num_tokens + len(tokens) > self.max_tokens or row - first_row == MAX_TEXTS):
                yield first_row, list(token_lists[first_row:row])
                first_row, num_tokens = row, 0
            num_tokens += len(tokens)
        if token_lists:
            yield first_row, list(token_lists[first_row:])

    def _tokenize(self, text: str) -> list[int]:
        """With the tokens that the model wants around every text; none that are written in the text itself."""
        data = text.encode("utf-8", errors="replace")
        ids = (llama_cpp.llama_token * (len(data) + 8))()
        num_ids = llama_cpp.llama_tokenize(self._vocabulary, data, len(data), ids, len(ids), True, False)
        tokens = list(ids[: max(0, num_ids)])
        return tokens if len(tokens) <= self.max_tokens else [*tokens[: self.max_tokens - 1], tokens[-1]]

    def _read(self, group: list[list[int]], rows: Floats) -> None:
        memory = llama_cpp.llama_get_memory(self._context)
        if memory:  # models that only encode keep nothing
            llama_cpp.llama_memory_clear(memory, True)
        self._fill(group)
        if self._batch.n_tokens == 0 or llama_cpp.llama_decode(self._context, self._batch) != 0:
            return
        for sequence, tokens in enumerate(group):
            pointer = llama_cpp.llama_get_embeddings_seq(self._context, sequence) if tokens else None
            if pointer:
                rows[sequence] = np.ctypeslib.as_array(
                    ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (self.dimension,)
                )

    def _fill(self, group: list[list[int]]) -> None:
        batch, row = self._batch, 0
        for sequence, tokens in enumerate(group):
            for position, token in enumerate(tokens):
                batch.token[row], batch.pos[row] = token, position
                batch.n_seq_id[row], batch.seq_id[row][0] = 1, sequence
                batch.logits[row] = True
                row += 1
        batch.n_tokens = row
