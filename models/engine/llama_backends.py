"""The libraries that llama.cpp computes with, where it was built with several to choose from.

An image is built on one processor and run on others, so it holds one library for each kind of processor
(``GGML_CPU_ALL_VARIANTS``), and none is linked. llama.cpp would look for them beside the Python program and in the
current folder; they lie beside its own library, which only we can tell it.
"""

from __future__ import annotations

import ctypes

from llama_cpp import _ggml


def load_backends() -> None:
    """Load the best one for this processor. Where one is linked, as installing with pip does, nothing is to be done."""
    count = _ggml.libggml.ggml_backend_reg_count
    count.restype = ctypes.c_size_t
    if count() == 0:
        load = _ggml.libggml.ggml_backend_load_all_from_path
        load.argtypes = (ctypes.c_char_p,)
        load.restype = None
        load(str(_ggml.libggml_base_path).encode())
