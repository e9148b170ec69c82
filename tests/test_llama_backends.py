"""Which library is asked to load those that llama.cpp computes with."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
from llama_cpp import llama_cpp

from models.engine.llama_backends import load_backends


class Library:
    """What llama.cpp has loaded, with ``count`` libraries to compute with; notes where it is told to find more."""

    def __init__(self, count: int) -> None:
        self.looked_in: list[bytes] = []
        self.ggml_backend_reg_count = self._function(lambda: count)
        self.ggml_backend_load_all_from_path = self._function(self.looked_in.append)

    def _function(self, does: Callable[..., object]) -> Callable[..., object]:
        return lambda *given: does(*given)  # which, as a C function has, may have types set on it


@pytest.mark.parametrize("count", [0, 1])
def test_what_llama_cpp_itself_has_loaded_is_asked(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(count)
    monkeypatch.setattr(llama_cpp, "_lib", library)
    load_backends()
    assert library.looked_in == ([] if count else [str(llama_cpp._base_path).encode()])


def test_a_model_can_be_computed_after_it() -> None:
    load_backends()
    count = llama_cpp._lib.ggml_backend_reg_count
    count.restype = ctypes.c_size_t
    assert count() > 0
