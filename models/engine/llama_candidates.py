"""llama.cpp's array of candidates for the next token, filled from a row of logits and read back."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from models.engine.probabilities import Floats, Survivors

TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data
assert TOKEN_DATA.itemsize == ctypes.sizeof(llama_cpp.llama_token_data)


class Candidates:
    """One array for all sequences, filled anew for each draw."""

    def __init__(self, num_ids: int) -> None:
        self._data = np.zeros(num_ids, TOKEN_DATA)
        self._all_ids = np.arange(num_ids, dtype=np.int32)
        self._struct = llama_cpp.llama_token_data_array()

    def fill(self, logits: Floats) -> None:
        """Start over from the model's own ``logits``, one for each id."""
        self._fill(self._all_ids, logits)

    def _fill(self, ids: npt.NDArray[np.int32], logits: Floats) -> None:
        """Whatever ``p`` was stays: each stage that reads it has written it before."""
        self._data["id"][: len(ids)] = ids
        self._data["logit"][: len(ids)] = logits
        self._struct.data = ctypes.cast(self._data.ctypes.data, llama_cpp.llama_token_data_p)
        self._struct.size = len(ids)
        self._struct.selected = -1
        self._struct.sorted = False

    def apply(self, sampler: Any) -> None:
        """Let ``sampler`` (one stage, a chain, a grammar) change, cut and perhaps select."""
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(self._struct))

    def drop_refused(self) -> bool:
        """Leave out what a grammar refused; False when nothing is left.

        Refused tokens keep their place with a logit of minus infinity, from which some stages make not-a-numbers.
        """
        left = self.survivors()
        if len(left.ids):
            self._fill(left.ids, left.logits)
        return bool(len(left.ids))

    @property
    def selected_id(self) -> int:
        """What the last stage of a chain drew."""
        return int(self._struct.data[self._struct.selected].id)

    def survivors(self) -> Survivors:
        """A copy of what is left."""
        offset = ctypes.addressof(self._struct.data.contents) - self._data.ctypes.data  # XTC cuts at the beginning
        first = offset // TOKEN_DATA.itemsize
        left = self._data[first : first + self._struct.size]
        left = left[np.isfinite(left["logit"])]
        return Survivors(left["id"].copy(), left["logit"].copy())


class OneCandidate:
    """An array of one token, to ask a grammar about it."""

    def __init__(self) -> None:
        self._token = llama_cpp.llama_token_data()
        self._struct = llama_cpp.llama_token_data_array(data=ctypes.pointer(self._token), size=1)

    def passes(self, sampler: Any, token_id: int) -> bool:
        """False when ``sampler`` refuses ``token_id``."""
        self._token.id, self._token.logit, self._token.p = token_id, 1.0, 0.0
        self._struct.selected = -1
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(self._struct))
        return bool(np.isfinite(self._token.logit))
