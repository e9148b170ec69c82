"""The tokens of one step as llama.cpp takes them, and the rows of logits that it gives for them."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np

from models.engine.probabilities import Floats
from models.engine.scheduler import Chunk
from models.engine.sequence import Task


class Batch:
    """A ``llama_batch`` of fixed capacity, filled through numpy views of its arrays."""

    def __init__(self, capacity: int) -> None:
        self.struct = llama_cpp.llama_batch_init(capacity, 0, 1)
        self._token = np.ctypeslib.as_array(self.struct.token, (capacity,))
        self._position = np.ctypeslib.as_array(self.struct.pos, (capacity,))
        self._wants_logits = np.ctypeslib.as_array(self.struct.logits, (capacity,))
        np.ctypeslib.as_array(self.struct.n_seq_id, (capacity,))[:] = 1
        self._slots = [self.struct.seq_id[row] for row in range(capacity)]

    def fill(self, chunks: list[Chunk]) -> list[int]:
        """Lay ``chunks`` one after the other; returns the first row of each."""
        end = 0
        first_rows: list[int] = []
        for chunk in chunks:
            start, end = end, end + chunk.num_tokens
            first_position = chunk.sequence.num_computed
            self._token[start:end] = chunk.ids
            self._position[start:end] = np.arange(first_position, first_position + chunk.num_tokens)
            for row in range(start, end):
                self._slots[row][0] = chunk.sequence.slot
            self._wants_logits[start:end] = 0
            if chunk.sequence.task is Task.SCORE:
                self._wants_logits[start : start + len(followers(chunk))] = 1
            else:
                self._wants_logits[end - 1] = chunk.draws
            first_rows.append(start)
        self.struct.n_tokens = end
        return first_rows


def followers(chunk: Chunk) -> list[int]:
    """The id that stands after each of the chunk's; the last id of all has none."""
    start = chunk.sequence.num_computed + 1
    return chunk.sequence.ids[start : start + chunk.num_tokens]


def logits_row(context: Any, row: int, num_ids: int) -> Floats:
    """A view of what the model says after the token in ``row``; gone with the next step."""
    pointer = llama_cpp.llama_get_logits_ith(context, row)
    return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (num_ids,))
