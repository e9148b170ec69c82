"""Interrupts llama.cpp in the middle of a batch, from another thread.

llama.cpp asks a C function before each operation of its graph, some 900 times a token. A Python function there would
cost as much as the whole step, so it is the C library's ``strlen``, called on two bytes: its answer is 0 (go on) or 1.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import llama_cpp

GO_ON, STOP = b"\0\0", b"\1\0"


class AbortFlag:
    """Raised by any thread, lowered by the one that owns ``context``."""

    def __init__(self, context: Any) -> None:
        self._text = ctypes.create_string_buffer(GO_ON, len(GO_ON))
        self._callback = _length_of_text()
        if self._callback is not None:
            llama_cpp.llama_set_abort_callback(context, self._callback, ctypes.addressof(self._text))

    def raise_up(self) -> None:
        """Safe from any thread."""
        self._text.raw = STOP

    def lower(self) -> bool:
        """True if it was up."""
        was_up = self._text.raw == STOP
        self._text.raw = GO_ON
        return was_up


def _length_of_text() -> Any:
    """``bool (*)(void *)``, or None where the C library cannot be found: then only whole steps are interrupted."""
    try:
        library = ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)
        return ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)
    except (AttributeError, OSError):
        return None
