"""llama.cpp: a batch in, the next ids out. Only this file and ``llama_*.py`` import llama_cpp.

Names and their meaning are those of llama.h as llama-cpp-python 0.3.36 binds them.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
import psutil

from models.engine.cache import Placement
from models.engine.llama_abort import AbortFlag
from models.engine.llama_backends import load_backends
from models.engine.llama_batch import Batch, followers, logits_row
from models.engine.llama_candidates import Candidates
from models.engine.llama_sampler import Sampler
from models.engine.llama_vocabulary import Vocabulary
from models.engine.outcome import Copied, Drawn, Outcome, Rated, ReadOn, RunnerAborted, RunnerFailed, Seen
from models.engine.probabilities import Floats, log_probability, softmax, stage_view, token_choice
from models.engine.protocol import EngineOptions
from models.engine.scheduler import Chunk
from models.engine.sequence import Sequence, Task
from models.engine.sizing import CacheSize, cache_size
from models.engine.worker_news import ModelCard

FILE_TYPE_Q8_0 = 7  # llama_ftype LLAMA_FTYPE_MOSTLY_Q8_0
LOG_LEVEL_ERROR = 4  # ggml_log_level
AN_ABORT = (b"failed with error 1\n", b"compute status: 1\n", b"ret = 2\n")  # ends of the errors llama.cpp makes of one
DECODE_ABORTED = 2  # llama_decode: the abort callback said so
ALL_LAYERS = -1
FINGERPRINT_BYTES = 2**20  # of each end of the file: the header with the vocabulary, and the last weights
STATUS_ABORTED = 2  # of llama_decode


class ModelRefused(Exception):
    """llama.cpp could not load or convert the file."""


@llama_cpp.llama_log_callback
def _log_errors(level: int, text: bytes, _user_data: ctypes.c_void_p) -> None:
    """Kept at module level: a callback that is collected while llama.cpp holds it crashes the process."""
    if level == LOG_LEVEL_ERROR and not text.endswith(AN_ABORT):
        sys.stderr.write(text.decode("utf-8", errors="replace"))


def start_backend() -> None:
    """Call once before anything else."""
    llama_cpp.llama_log_set(_log_errors, ctypes.c_void_p(0))
    load_backends()
    llama_cpp.llama_backend_init()


def convert(source: Path, target: Path, file_type: int, threads: int) -> None:
    """Write the weights of ``source`` to ``target`` as ``file_type`` (a ``llama_ftype``). Raises ModelRefused."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = file_type
    params.allow_requantize = True
    params.nthread = threads
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params)) != 0:
        raise ModelRefused(str(source))


def _load(options: EngineOptions, weights: Path, on_progress: Callable[[float], None]) -> Any:
    @llama_cpp.llama_progress_callback
    def goes_on(share: float, _user_data: ctypes.c_void_p) -> bool:
        on_progress(share)
        return True

    params = llama_cpp.llama_model_default_params()
    params.use_extra_bufts = not options.plain_kernels
    all_that_can = ALL_LAYERS if llama_cpp.llama_supports_gpu_offload() else 0
    params.progress_callback = goes_on
    params.n_gpu_layers = all_that_can if options.num_gpu_layers is None else options.num_gpu_layers
    model = llama_cpp.llama_model_load_from_file(str(weights).encode(), params)
    if not model:
        raise ModelRefused(str(weights))
    return model


class LlamaRunner:
    """One model, one context, and a sampler for each open request. One thread owns it."""

    def __init__(
        self, options: EngineOptions, weights: Path, on_progress: Callable[[float], None] = lambda share: None
    ) -> None:
        """Load ``weights``; ``on_progress`` is told what share of them is read. Raises ModelRefused."""
        self._model = _load(options, weights, on_progress)
        self.vocabulary = Vocabulary(self._model)
        trained = llama_cpp.llama_model_n_ctx_train(self._model)
        size = self._cache_size(options, trained)
        self._context = self._new_context(options, size.cells)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._abort_flag = AbortFlag(self._context)
        self._batch = Batch(options.batch_tokens + options.max_sequences)
        self._candidates = Candidates(self.vocabulary.size)
        self._samplers: dict[str, Sampler] = {}
        self.fingerprint = self._fingerprint(weights)
        self.card = ModelCard(
            name=options.model_name or self._metadata("general.name") or weights.stem,
            path=weights,
            num_parameters=llama_cpp.llama_model_n_params(self._model),
            num_bytes=llama_cpp.llama_model_size(self._model),
            context_tokens=size.window,
            trained_context_tokens=trained,
            cache_tokens=llama_cpp.llama_n_ctx(self._context),
            max_sequences=options.max_sequences,
            threads=options.threads,
            batch_tokens=options.batch_tokens,
            num_gpu_layers=self._num_gpu_layers(options),
        )

    def _cache_size(self, options: EngineOptions, trained: int) -> CacheSize:
        window = min(options.context_tokens, trained)
        if options.cache_tokens is not None:
            return CacheSize(window, max(window, options.cache_tokens))
        return cache_size(window, options.max_sequences, self.cell_bytes, psutil.virtual_memory().available)

    def _num_gpu_layers(self, options: EngineOptions) -> int:
        if not llama_cpp.llama_supports_gpu_offload():
            return 0
        num_layers = int(llama_cpp.llama_model_n_layer(self._model)) + 1  # and the output
        return num_layers if options.num_gpu_layers is None else min(options.num_gpu_layers, num_layers)

    @property
    def cell_bytes(self) -> int:
        """Memory of one cell: keys and values of every layer, as 16-bit floats."""
        per_head = llama_cpp.llama_model_n_embd(self._model) // max(1, llama_cpp.llama_model_n_head(self._model))
        architecture = self._metadata("general.architecture")
        told = (self._metadata(f"{architecture}.attention.{part}_length") for part in ("key", "value"))
        length = sum(int(text) if text.isdecimal() else per_head for text in told)
        kept_heads = llama_cpp.llama_model_n_head_kv(self._model)
        return int(2 * length * kept_heads * llama_cpp.llama_model_n_layer(self._model))

    def _new_context(self, options: EngineOptions, num_cells: int) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = num_cells
        params.n_batch = params.n_ubatch = options.batch_tokens + options.max_sequences  # a token for each writer
        params.n_seq_max = options.max_sequences
        params.kv_unified = True
        if not llama_cpp.llama_supports_gpu_offload():
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED  # several times slower on a CPU
        params.n_threads = params.n_threads_batch = options.threads
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise ModelRefused(str(options.model_path))
        return context

    def _fingerprint(self, weights: Path) -> str:
        """Another for other weights, another vocabulary or another llama.cpp: saved cells fit no other."""
        description = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self._model, description, len(description))
        counts = (llama_cpp.llama_model_n_params(self._model), llama_cpp.llama_model_size(self._model))
        digest = hashlib.sha256(repr((description.value, *counts, self.vocabulary.size)).encode())
        digest.update(repr((weights.stat().st_size, llama_cpp.__version__)).encode())
        with weights.open("rb") as file:
            digest.update(file.read(FINGERPRINT_BYTES))
            file.seek(-min(FINGERPRINT_BYTES, weights.stat().st_size), os.SEEK_END)
            digest.update(file.read())
        return digest.hexdigest()

    # --- vocabulary: safe from any thread --------------------------------------------------------------------------

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens."""
        return self.vocabulary.token_bytes(token_id)

    def is_end(self, token_id: int) -> bool:
        return self.vocabulary.is_end(token_id)

    @property
    def chat_template(self) -> str | None:
        """The Jinja source that came with the model."""
        template = llama_cpp.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", errors="replace") if template else None

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(256)
        length = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", errors="replace") if length > 0 else ""

    # --- one owner only: everything below touches the context ------------------------------------------------------

    def open(self, sequence: Sequence) -> None:
        if sequence.samples:
            sampler = Sampler(self.vocabulary, self._candidates, sequence.sampling, sequence.prompt_ids)
            self._samplers[sequence.request_id] = sampler

    def close(self, sequence: Sequence) -> None:
        if sequence.samples:
            self._samplers.pop(sequence.request_id).free()

    def place(self, placement: Placement) -> int:
        slot, source, num_cached = placement.slot, placement.source, placement.num_cached
        if source != slot:
            self.clear(slot)
            if num_cached:
                llama_cpp.llama_memory_seq_cp(self._memory, source, slot, 0, num_cached)
        elif not llama_cpp.llama_memory_seq_rm(self._memory, slot, num_cached, -1):
            self.clear(slot)  # recurrent and sliding-window models cannot forget a part
            num_cached = 0
        for other in placement.cleared:
            self.clear(other)
        return num_cached

    def clear(self, slot: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, slot, -1, -1)

    def save(self, slot: int) -> bytes:
        data = np.empty(llama_cpp.llama_state_seq_get_size(self._context, slot), np.uint8)
        size = llama_cpp.llama_state_seq_get_data(self._context, _bytes_of(data), data.size, slot)
        return data[:size].tobytes()

    def restore(self, slot: int, state: bytes) -> bool:
        data = np.frombuffer(state, np.uint8)
        self.clear(slot)
        if llama_cpp.llama_state_seq_set_data(self._context, _bytes_of(data), data.size, slot) == data.size > 0:
            return True
        self.clear(slot)
        return False

    def abort(self) -> None:
        """Make the step that runs, or if none does the next one, raise RunnerAborted. Safe from any thread."""
        self._abort_flag.raise_up()

    def use_threads(self, num: int) -> None:
        llama_cpp.llama_set_n_threads(self._context, num, num)

    def run(self, chunks: list[Chunk]) -> list[Outcome]:
        if self._abort_flag.lower():
            raise RunnerAborted
        first_rows = self._batch.fill(chunks)
        status = llama_cpp.llama_decode(self._context, self._batch.struct)
        if status == DECODE_ABORTED and self._forget(chunks):
            self._abort_flag.lower()
            raise RunnerAborted
        if status != 0:
            raise RunnerFailed
        return [self._outcome(chunk, row) for chunk, row in zip(chunks, first_rows, strict=True)]

    def _forget(self, chunks: list[Chunk]) -> bool:
        """Drop what an interrupted step left of ``chunks``; False when the model cannot forget a part."""
        ends = [(chunk.sequence.slot, chunk.sequence.num_computed) for chunk in chunks]
        done = [llama_cpp.llama_memory_seq_rm(self._memory, slot, end, -1) for slot, end in ends]
        return all(done)

    def _outcome(self, chunk: Chunk, first_row: int) -> Outcome:
        sequence = chunk.sequence
        if sequence.task is Task.SCORE:
            rated = enumerate(followers(chunk), first_row)
            return Rated(tuple(log_probability(self._logits(row), token_id) for row, token_id in rated))
        if not chunk.draws:
            return ReadOn()
        row = first_row + chunk.num_tokens - 1
        if sequence.task is Task.ROW:
            return Copied(self._logits(row).astype("<f4").tobytes())
        sampler = self._samplers[sequence.request_id]
        if sequence.task is Task.LOOK:
            return self._seen(sampler, self._logits(row), sequence.num_shown or 0)
        if sequence.num_shown is not None:
            return self._drawn(sampler, self._logits(row), sequence.num_shown)
        if sampler.is_constrained:
            return Drawn(sampler.draw(self._logits(row)))
        return Drawn(sampler.draw_row(self._context, row))

    def _drawn(self, sampler: Sampler, logits: Floats, num_shown: int) -> Drawn:
        token_id = sampler.draw(logits)
        return Drawn(
            token_id, token_choice(logits, sampler.drawn_from(token_id), token_id, num_shown, self.token_bytes)
        )

    def _seen(self, sampler: Sampler, logits: Floats, num_shown: int) -> Seen:
        model = softmax(logits)
        views = (stage_view(name, model, left, num_shown, self.token_bytes) for name, left in sampler.look(logits))
        return Seen(tuple(views))

    def _logits(self, row: int) -> Floats:
        return logits_row(self._context, row, self.vocabulary.size)


def _bytes_of(data: npt.NDArray[np.uint8]) -> Any:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
