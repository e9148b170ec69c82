"""llama-cpp-python's server as ``python -m llama_cpp.server`` starts it, but with llama.cpp's plain kernels.

Its special weight layouts crash on some processors, and the server has no option that leaves them out.
"""

from __future__ import annotations

import runpy
from typing import Any

from llama_cpp import llama_cpp

default_params = llama_cpp.llama_model_default_params


def plain_params() -> Any:
    params = default_params()
    params.use_extra_bufts = False
    return params


if __name__ == "__main__":
    llama_cpp.llama_model_default_params = plain_params
    runpy.run_module("llama_cpp.server", run_name="__main__")
