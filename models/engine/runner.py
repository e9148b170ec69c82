"""llama.cpp: a batch in, the next ids out. The only file that imports llama_cpp; one thread owns a runner.

Names and their meaning are those of llama.h as llama-cpp-python 0.3.36 binds them.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from models.engine.cache import Placement
from models.engine.outcome import Drawn, Outcome, ReadOn, RunnerAborted, RunnerFailed
from models.engine.protocol import EngineOptions, ModelCard
from models.engine.scheduler import Chunk
from models.engine.sequence import Sequence
from models.sampling import SamplingParams

MAX_BATCH_TOKENS = 512
CACHE_WINDOWS = 2  # cells of the shared cache, in windows of one request
FILE_TYPE_Q8_0 = 7  # llama_ftype LLAMA_FTYPE_MOSTLY_Q8_0
LOG_LEVEL_ERROR = 4  # ggml_log_level
STATUS_ABORTED = 2  # of llama_decode
HASHED_BYTES = 1 << 20


class ModelRefused(Exception):
    """llama.cpp could not load or convert the file."""


@llama_cpp.llama_log_callback
def _log_errors(level: int, text: bytes, _user_data: ctypes.c_void_p) -> None:
    """Kept at module level: a callback that is collected while llama.cpp holds it crashes the process."""
    if level == LOG_LEVEL_ERROR:
        sys.stderr.write(text.decode("utf-8", errors="replace"))


def start_backend() -> None:
    """Call once before anything else."""
    llama_cpp.llama_log_set(_log_errors, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()


def convert(source: Path, target: Path, file_type: int, threads: int) -> None:
    """Write the weights of ``source`` to ``target`` as ``file_type`` (a ``llama_ftype``). Raises ModelRefused."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = file_type
    params.allow_requantize = True
    params.nthread = threads
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params)) != 0:
        raise ModelRefused(str(source))


class LlamaRunner:
    """One model, one context, and a sampler for each open request."""

    def __init__(self, options: EngineOptions, weights: Path) -> None:
        """Load ``weights``. Raises ModelRefused."""
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = not options.plain_kernels
        self._model = llama_cpp.llama_model_load_from_file(str(weights).encode(), params)
        if not self._model:
            raise ModelRefused(str(weights))
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        trained = llama_cpp.llama_model_n_ctx_train(self._model)
        window = min(options.context_tokens, trained)
        self._context = self._new_context(options, window)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._abort_flag = (ctypes.c_uint8 * 2)()
        self._watch_abort_flag()
        self._batch = _Batch(MAX_BATCH_TOKENS)
        self._samplers: dict[str, Any] = {}
        self.card = ModelCard(
            name=self._metadata("general.name") or weights.stem,
            path=weights,
            num_parameters=llama_cpp.llama_model_n_params(self._model),
            num_bytes=llama_cpp.llama_model_size(self._model),
            context_tokens=window,
            trained_context_tokens=trained,
            cache_tokens=llama_cpp.llama_n_ctx(self._context),
            max_sequences=options.max_sequences,
            threads=options.threads,
        )

    def _new_context(self, options: EngineOptions, window: int) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = window * min(CACHE_WINDOWS, options.max_sequences)
        params.n_batch = params.n_ubatch = MAX_BATCH_TOKENS
        params.n_seq_max = options.max_sequences
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = options.threads
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise ModelRefused(str(options.model_path))
        return context

    def _watch_abort_flag(self) -> None:
        """llama.cpp asks before each operation, 900 times a token: far too often to ask Python.

        libc's ``strlen`` answers instead: of the two bytes 0 0 it is 0, which means go on, and of 1 0 it is 1.
        """
        if sys.platform == "win32":
            return  # steps are not interrupted there, only ended
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)
        llama_cpp.llama_set_abort_callback(self._context, strlen, ctypes.cast(self._abort_flag, ctypes.c_void_p))

    @property
    def fingerprint(self) -> str:
        """Changes with the model: cells of one cannot be read by another."""
        description = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self._model, description, len(description))
        card = self.card
        with card.path.open("rb") as file:
            head = file.read(HASHED_BYTES)
            file.seek(max(0, card.path.stat().st_size - HASHED_BYTES))
            ends = hashlib.sha256(head + file.read()).hexdigest()
        return f"{llama_cpp.__version__} {description.value.decode()} {card.num_parameters} {card.num_bytes} {ends}"

    # --- vocabulary: safe from any thread, the model's tables never change -----------------------------------------

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Ids of ``text``; only with ``parse_special`` may text such as ``<|im_end|>`` become a control token."""
        encoded = text.encode("utf-8", errors="replace")
        ids = (llama_cpp.llama_token * (len(encoded) + 8))()  # a token holds a byte or more, save a few added ones
        num_ids = llama_cpp.llama_tokenize(self._vocab, encoded, len(encoded), ids, len(ids), False, parse_special)
        if num_ids < 0:
            raise ValueError("the text has more tokens than bytes")
        return list(ids[:num_ids])

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_token_to_piece(self._vocab, token_id, buffer, size, 0, False)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def is_end(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token_id))

    @property
    def chat_template(self) -> str | None:
        """The Jinja source that came with the model."""
        template = llama_cpp.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", errors="replace") if template else None

    @property
    def bos_id(self) -> int | None:
        """The id every prompt must begin with, for the models that want one."""
        if not llama_cpp.llama_vocab_get_add_bos(self._vocab):
            return None
        return int(llama_cpp.llama_vocab_bos(self._vocab))

    def special_text(self, name: str) -> str:
        """Text of the ``bos`` or ``eos`` token, which chat templates name."""
        token_id = getattr(llama_cpp, f"llama_vocab_{name}")(self._vocab)
        text = llama_cpp.llama_vocab_get_text(self._vocab, token_id) if token_id >= 0 else None
        return text.decode("utf-8", errors="replace") if text else ""

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(256)
        length = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", errors="replace") if length > 0 else ""

    # --- one owner only: everything below touches the context ------------------------------------------------------

    def open(self, sequence: Sequence) -> None:
        self._samplers[sequence.request_id] = _new_sampler(sequence.sampling)

    def close(self, sequence: Sequence) -> None:
        llama_cpp.llama_sampler_free(self._samplers.pop(sequence.request_id))

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
        size = llama_cpp.llama_state_seq_get_size(self._context, slot)
        state = (ctypes.c_uint8 * size)()
        written = llama_cpp.llama_state_seq_get_data(self._context, state, size, slot)
        return bytes(state[:written]) if written < size else bytes(state)

    def restore(self, slot: int, state: bytes) -> bool:
        self.clear(slot)
        data = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if llama_cpp.llama_state_seq_set_data(self._context, data, len(state), slot) == len(state):
            return True
        self.clear(slot)
        return False

    def abort(self) -> None:
        """Interrupt the run that is under way, or the next one. From any thread."""
        self._abort_flag[0] = 1

    def run(self, chunks: list[Chunk]) -> list[Outcome]:
        rows = self._batch.fill(chunks)
        status = llama_cpp.llama_decode(self._context, self._batch.struct)
        if self._abort_flag[0]:
            self._abort_flag[0] = 0
            if status == STATUS_ABORTED:
                raise RunnerAborted
        if status != 0:
            raise RunnerFailed
        return [self._outcome(chunk, row) for chunk, row in zip(chunks, rows, strict=True)]

    def _outcome(self, chunk: Chunk, row: int) -> Outcome:
        if not chunk.draws:
            return ReadOn()
        sampler = self._samplers[chunk.sequence.request_id]
        return Drawn(llama_cpp.llama_sampler_sample(sampler, self._context, row))


class _Batch:
    """A ``llama_batch`` of fixed capacity, filled through numpy views of its arrays."""

    def __init__(self, capacity: int) -> None:
        self.struct = llama_cpp.llama_batch_init(capacity, 0, 1)
        self._token = np.ctypeslib.as_array(self.struct.token, (capacity,))
        self._position = np.ctypeslib.as_array(self.struct.pos, (capacity,))
        self._wants_logits = np.ctypeslib.as_array(self.struct.logits, (capacity,))
        np.ctypeslib.as_array(self.struct.n_seq_id, (capacity,))[:] = 1
        self._slots = [self.struct.seq_id[row] for row in range(capacity)]

    def fill(self, chunks: list[Chunk]) -> list[int]:
        """Lay ``chunks`` one after the other; returns the last row of each."""
        end = 0
        rows: list[int] = []
        for chunk in chunks:
            start, end = end, end + chunk.num_tokens
            first_position = chunk.sequence.num_computed
            self._token[start:end] = chunk.ids
            self._position[start:end] = np.arange(first_position, first_position + chunk.num_tokens)
            self._wants_logits[start:end] = 0
            for row in range(start, end):
                self._slots[row][0] = chunk.sequence.slot
            self._wants_logits[end - 1] = chunk.draws
            rows.append(end - 1)
        self.struct.n_tokens = end
        return rows


def _new_sampler(sampling: SamplingParams) -> Any:
    """llama.cpp's own order: cut the tail first, temperature last, then draw. Text books warm first."""
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    if sampling.temperature == 0:
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_greedy())
        return chain
    stages = [
        llama_cpp.llama_sampler_init_top_k(sampling.top_k),
        llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
        llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1),
        llama_cpp.llama_sampler_init_temp(sampling.temperature),
        llama_cpp.llama_sampler_init_dist(sampling.seed),
    ]
    for stage in stages:
        llama_cpp.llama_sampler_chain_add(chain, stage)
    return chain
