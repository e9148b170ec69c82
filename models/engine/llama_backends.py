"""The libraries that llama.cpp computes with, where it was built with several to choose from.

An image is built on one processor and run on others, so it holds one library for each kind of processor
(``GGML_CPU_ALL_VARIANTS``), and none is linked. llama.cpp would look for them beside the Python program and in the
current folder; they lie beside its own library, which only we can tell it.
"""

from __future__ import annotations

import ctypes

from llama_cpp import llama_cpp


def load_backends() -> None:
    """Load the best one for this processor. Where one is linked, as installing with pip does, nothing is to be done.

    Asked of the ggml that llama.cpp itself has loaded: a wheel holds each library once for each of its names, as files
    of their own, so the binding's other handle, opened by another name, may be a second ggml with a list of its own.
    """
    ggml = llama_cpp._lib
    count = ggml.ggml_backend_reg_count
    count.restype = ctypes.c_size_t
    if count() == 0:
        load = ggml.ggml_backend_load_all_from_path
        load.argtypes = (ctypes.c_char_p,)
        load.restype = None
        load(str(llama_cpp._base_path).encode())
