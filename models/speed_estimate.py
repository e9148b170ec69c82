"""How fast a model will write on this machine, before it is loaded.

To write a token, every weight is read once from memory, and every key and value of what was said; arithmetic is small
beside that (Williams et al. 2009, "Roofline", doi:10.1145/1498765.1498785). So

    seconds for a token = sum over formats of bytes / (share of the format * bandwidth) + layers * LAYER_S

with the bandwidth measured here, by as many threads as the engine uses, and for each format the share of it that
llama.cpp's kernels reach: packed weights cost arithmetic as well. The shares were fitted on measured speeds, which
``python -m bench.models`` compares with the estimates. To fit one anew, take a file whose weights are all of its format
and the medians of that benchmark on a quiet machine (FORMAT.tokens_per_s, machine.bandwidth_gb_s):

    share = bytes of weights / (bandwidth * (1 / tokens a second - layers * LAYER_S))

and LAYER_S from two files of one format and different numbers of layers, so that both give the same share.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.gguf import GgufHeader, Tensor

MEASURED_BYTES = 256 * 2**20  # more than the caches of most processors hold; models do not fit in them either
F16 = 1
LAYER_S = 9e-5  # of a layer's operations, each waited for by all threads
LIKELY_ERROR = 0.3  # of an estimate, up or down
USUAL_SHARE = 0.4  # of the bandwidth, in a format that was not measured
# By ggml_type. Fitted on one thread of an x86 processor with AVX-512, on the default model and on one of 1.1 billion
# random weights, each as F16, Q8_0, Q4_1 and Q4_K_M: within 11 %, and on two threads within 28 %. The others stand
# beside the format that is unpacked most alike.
SHARES = {
    0: 0.7,
    F16: 0.7,
    30: 0.5,
    2: 0.36,
    3: 0.34,
    6: 0.29,
    7: 0.29,
    8: 0.52,
    12: 0.43,
    13: 0.4,
    14: 0.42,
}
# Most of the weights of files by the name of their format, as ggml_type.
USUAL_KIND = {"F32": 0, "F16": F16, "BF16": 30, "Q4_0": 2, "Q4_1": 3, "Q8_0": 8, "Q4_K_M": 12, "Q5_K_M": 13, "Q6_K": 14}
TOKEN_TABLE, OUTPUT = "token_embd.weight", "output.weight"
LINE_TABLES = {"per_layer_token_embd.weight", "position_embd.weight", "token_types.weight"}


@dataclass(frozen=True)
class TokenCost:
    """What one token makes the machine read: ``read_bytes`` of weights by ``ggml_type``."""

    read_bytes: Mapping[int, int]
    num_layers: int

    @property
    def total_bytes(self) -> int:
        return sum(self.read_bytes.values())


def token_cost(header: GgufHeader) -> TokenCost:
    """Of tables, one line is read for a token; unless the table of tokens is the output's, too, which is read whole."""
    is_tied = all(tensor.name != OUTPUT for tensor in header.tensors)
    read: dict[int, int] = {}
    for tensor in header.tensors:
        if tensor.name in LINE_TABLES or (tensor.name == TOKEN_TABLE and not is_tied):
            continue
        read[tensor.kind] = read.get(tensor.kind, 0) + _read_bytes(header, tensor)
    return TokenCost(read, header.integer("block_count"))


def usual_cost(weights: str, file_bytes: int, num_layers: int) -> TokenCost:
    """Of a file that is not here, from the name of its format: all of it is read."""
    return TokenCost({USUAL_KIND.get(weights, -1): file_bytes}, num_layers)


def tokens_per_second(cost: TokenCost, bandwidth: float, cache_bytes: int = 0) -> float:
    """``bandwidth`` in bytes a second; ``cache_bytes`` are keys and values of the conversation so far.

    0 when nothing is known of the model.
    """
    weights = sum(number / SHARES.get(kind, USUAL_SHARE) for kind, number in cost.read_bytes.items())
    seconds = (weights + cache_bytes / SHARES[F16]) / bandwidth + cost.num_layers * LAYER_S
    return 1 / seconds if seconds else 0.0


def measure_bandwidth(
    threads: int,
    seconds: float = 2.0,
    num_bytes: int = MEASURED_BYTES,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Bytes a second that ``threads`` together read from memory: the median of as many readings as fit."""
    parts = np.array_split(np.ones(num_bytes, np.uint8), threads)
    rates: list[float] = []
    with ThreadPoolExecutor(threads, thread_name_prefix="bandwidth") as pool:
        until = clock() + seconds
        while not rates or clock() < until:
            started = clock()
            list(pool.map(np.maximum.reduce, parts))
            rates.append(num_bytes / (clock() - started))
    return statistics.median(rates)


def _read_bytes(header: GgufHeader, tensor: Tensor) -> int:
    """Of a mixture of experts, only those that are asked."""
    num_experts = header.integer("expert_count")
    if num_experts and "_exps." in tensor.name:
        return tensor.num_bytes * header.integer("expert_used_count", num_experts) // num_experts
    return tensor.num_bytes
