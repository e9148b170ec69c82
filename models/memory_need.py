"""How much memory a model takes: its weights, the keys and values of what it has read, and room to compute in.

As llama.cpp allocates them (llama-kv-cache.cpp, llama-kv-cache-iswa.cpp, llama-memory-recurrent.cpp, llama-graph.cpp)
with the options our engine gives it: 16-bit floats in the cache, all of the cache for layers with a sliding window too,
no flash attention on a CPU.

    cell = sum over layers of 2 bytes * kept heads * (length of a key + length of a value)

Grouped queries (Ainslie et al. 2023, arXiv:2305.13245) keep fewer heads than they ask with; sliding windows (Beltagy et
al. 2020, arXiv:2004.05150) need only the last tokens; recurrent layers keep one state, however long the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.engine.sizing import CACHE_WINDOWS
from models.gguf import GgufHeader
from models.model_card import Kind, kind_of

CACHE_VALUE_BYTES = 2
FLOAT_BYTES = 4
MAX_LAYERS = 1_024  # that a file's word is taken for
CELLS_STEP = 256  # llama.cpp rounds the number of cells up to it
PROGRAM_BYTES = 60 * 2**20  # of the model's process without a model, measured
WORD_BYTES = 450  # of what llama.cpp and we keep of each token of the vocabulary, measured
ROOMY_SHARE = 0.8  # of the free memory: what is more than that leaves nothing for the rest of the program
# Every how many layers one looks at everything, where a file gives a window and no pattern (llama-model.cpp).
FULL_EVERY = {"cohere2": 4, "exaone4": 4, "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2}


@dataclass(frozen=True)
class EnginePlan:
    """``cells`` of the cache, shared by all; ``num_rows`` tokens are computed at once."""

    cells: int
    num_rows: int
    max_sequences: int

    @classmethod
    def for_context(cls, context_tokens: int, max_sequences: int = 16, batch_tokens: int = 256) -> EnginePlan:
        """As our engine asks for it, where the memory allows."""
        cells = context_tokens * min(CACHE_WINDOWS, max_sequences)
        return cls(-(-cells // CELLS_STEP) * CELLS_STEP, batch_tokens + max_sequences, max_sequences)


@dataclass(frozen=True)
class Layer:
    """``cell_bytes`` of one token's key and value; ``state_bytes`` of one sequence in a recurrent layer."""

    cell_bytes: int = 0
    state_bytes: int = 0
    has_window: bool = False


@dataclass(frozen=True)
class ModelShape:
    """What of a model decides how much memory it takes, besides its weights. ``num_heads`` ask, in the widest layer."""

    layers: tuple[Layer, ...]
    num_heads: int
    vocabulary_size: int
    window_tokens: int = 0

    @property
    def cell_bytes(self) -> int:
        """What one token of a conversation takes."""
        return sum(layer.cell_bytes for layer in self.layers)

    def cache_bytes(self, plan: EnginePlan, *, keeps_all: bool = True) -> int:
        """``keeps_all`` as our engine does; else layers with a window forget what lies before it."""
        needed = self.window_tokens * plan.max_sequences + plan.num_rows
        in_window = min(plan.cells, -(-needed // CELLS_STEP) * CELLS_STEP)
        cells = (in_window if layer.has_window and not keeps_all else plan.cells for layer in self.layers)
        kept = sum(layer.cell_bytes * number for layer, number in zip(self.layers, cells, strict=True))
        return kept + plan.max_sequences * sum(layer.state_bytes for layer in self.layers)


@dataclass(frozen=True)
class MemoryNeed:
    """In bytes, when the whole cache is in use."""

    weights: int
    cache: int
    scratch: int
    program: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.scratch + self.program


class Fit(StrEnum):
    """TIGHT ones load, and leave little to others."""

    ROOMY = "roomy"
    TIGHT = "tight"
    TOO_LARGE = "too_large"


def memory_need(weights_bytes: int, shape: ModelShape, plan: EnginePlan) -> MemoryNeed:
    """Of scratch, the largest part are one layer's scores: of each row with each cell, for each head, and their mask.

    llama.cpp reserves more, for a batch that asks for logits of all its rows; ours asks for one of each conversation.
    """
    scores = FLOAT_BYTES * plan.num_rows * plan.cells * (shape.num_heads + 1)
    logits = FLOAT_BYTES * plan.max_sequences * shape.vocabulary_size
    program = PROGRAM_BYTES + WORD_BYTES * shape.vocabulary_size
    return MemoryNeed(weights_bytes, shape.cache_bytes(plan), scores + logits, program)


def fit(need: MemoryNeed, free_bytes: int) -> Fit:
    if need.total > free_bytes:
        return Fit.TOO_LARGE
    return Fit.ROOMY if need.total <= ROOMY_SHARE * free_bytes else Fit.TIGHT


def weights_bytes(header: GgufHeader) -> int:
    return sum(tensor.num_bytes for tensor in header.tensors)


def model_shape(header: GgufHeader) -> ModelShape:
    """Read from a file's header; a model without a cache, which reads all at once, has layers that keep nothing."""
    num_layers = min(header.integer("block_count"), MAX_LAYERS) - header.integer("nextn_predict_layers")
    heads = header.integers("attention.head_count", num_layers)
    windows = _have_window(header, num_layers)
    layers = tuple(_layer(header, index, windows[index], heads[index]) for index in range(num_layers))
    return ModelShape(
        layers=layers,
        num_heads=max(heads, default=0),
        vocabulary_size=header.lengths.get("tokenizer.ggml.tokens", header.integer("vocab_size")),
        window_tokens=header.integer("attention.sliding_window"),
    )


def _layer(header: GgufHeader, index: int, has_window: bool, num_heads: int) -> Layer:
    kept_heads = header.integers("attention.head_count_kv", index + 1, num_heads)[index]
    if kind_of(header) is Kind.ENCODER:
        return Layer()
    if not kept_heads or _is_recurrent(header, index):
        return Layer(state_bytes=_state_bytes(header))
    if index >= header.integer("block_count") - header.integer("attention.shared_kv_layers"):
        return Layer(has_window=has_window)  # looks at the keys and values of an earlier layer
    per_head = header.integer("embedding_length") // max(1, num_heads)
    ending = "_swa" if has_window else ""
    names = (f"attention.{part}_length" for part in ("key", "value"))
    lengths = (header.integer(name + ending, header.integer(name, per_head)) for name in names)
    return Layer(CACHE_VALUE_BYTES * kept_heads * sum(lengths), has_window=has_window)


def _have_window(header: GgufHeader, num_layers: int) -> tuple[bool, ...]:
    """Which layers see only a window: one in so many does not, or the file says it of each."""
    if not header.integer("attention.sliding_window"):
        return (False,) * num_layers
    pattern = header.values.get(f"{header.architecture}.attention.sliding_window_pattern")
    if isinstance(pattern, tuple):
        return tuple(map(bool, header.integers("attention.sliding_window_pattern", num_layers)))
    known = FULL_EVERY.get(header.architecture, 1)
    every = header.integer("attention.sliding_window_pattern", known)
    return tuple(every == 0 or index % every < every - 1 for index in range(num_layers))


def _is_recurrent(header: GgufHeader, index: int) -> bool:
    every = header.integer("full_attention_interval")
    return every > 0 and (index + 1) % every != 0


def _state_bytes(header: GgufHeader) -> int:
    """Of a short convolution, or of a state space with the convolution before it."""
    kept = max(0, header.integer("shortconv.l_cache") - 1) * header.integer("embedding_length")
    inner, state = header.integer("ssm.inner_size"), header.integer("ssm.state_size")
    width = inner + 2 * header.integer("ssm.group_count") * state
    kept += max(0, header.integer("ssm.conv_kernel") - 1) * width + inner * state
    return FLOAT_BYTES * kept
