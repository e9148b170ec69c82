"""The tokens of a loaded model: text to ids, ids to bytes. Safe from any thread, the model's tables never change."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp


class Vocabulary:
    """``pointer`` is llama.cpp's own, ``size`` the number of ids; the model's file forbids ``suppressed_ids``."""

    def __init__(self, model: Any) -> None:
        self.pointer = llama_cpp.llama_model_get_vocab(model)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self.pointer))
        self.suppressed_ids = self._suppressed_ids()
        self._known: dict[tuple[int, bool], bytes] = {}  # bytes asked for before: nine a token, when others are shown

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Ids of ``text``; only with ``parse_special`` may text such as ``<|im_end|>`` become a control token."""
        return self.tokenize_bytes(text.encode("utf-8", errors="replace"), parse_special=parse_special)

    def tokenize_bytes(self, text: bytes, *, parse_special: bool) -> list[int]:
        """The same for bytes that need not be whole characters."""
        ids = (llama_cpp.llama_token * (len(text) + 8))()  # a token holds a byte or more, save a few added ones
        num_ids = llama_cpp.llama_tokenize(self.pointer, text, len(text), ids, len(ids), False, parse_special)
        if num_ids < 0:
            raise ValueError("the text has more tokens than bytes")
        return list(ids[:num_ids])

    def token_bytes(self, token_id: int, *, with_control: bool = False) -> bytes:
        """The bytes that ``token_id`` stands for; none for control tokens, their names ``with_control``."""
        known = self._known.get((token_id, with_control))
        if known is None:
            known = self._known[token_id, with_control] = self._read_bytes(token_id, with_control)
        return known

    def _read_bytes(self, token_id: int, with_control: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_token_to_piece(self.pointer, token_id, buffer, size, 0, with_control)
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def read_all(self) -> tuple[bytes, ...]:
        """The bytes of every id, with the names of control tokens. Not remembered: whoever asks keeps them."""
        return tuple(self._read_bytes(token_id, with_control=True) for token_id in range(self.size))

    def is_end(self, token_id: int) -> bool:
        """True for ids that end an answer."""
        return bool(llama_cpp.llama_vocab_is_eog(self.pointer, token_id))

    def is_text(self, token_id: int) -> bool:
        """True for ids of this vocabulary that stand for text: neither control tokens nor ends of an answer."""
        if not 0 <= token_id < self.size or self.is_end(token_id):
            return False
        return not llama_cpp.llama_vocab_is_control(self.pointer, token_id)

    @property
    def control_ids(self) -> tuple[int, ...]:
        """The ids that stand for no text."""
        return tuple(token_id for token_id in range(self.size) if not self.is_text(token_id))

    @property
    def end_id(self) -> int:
        """An id that ends an answer."""
        ids = (llama_cpp.llama_vocab_eot(self.pointer), llama_cpp.llama_vocab_eos(self.pointer))
        return next(int(token_id) for token_id in ids if token_id >= 0)

    @property
    def bos_id(self) -> int | None:
        """The id every prompt must begin with, for the models that want one."""
        if not llama_cpp.llama_vocab_get_add_bos(self.pointer):
            return None
        return int(llama_cpp.llama_vocab_bos(self.pointer))

    @property
    def first_id(self) -> int:
        """An id for a text of no tokens to begin with, as nothing comes after nothing."""
        bos_id = int(llama_cpp.llama_vocab_bos(self.pointer))
        return bos_id if bos_id >= 0 else self.end_id

    def special_text(self, name: str) -> str:
        """Text of the ``bos`` or ``eos`` token, which chat templates name."""
        token_id = getattr(llama_cpp, f"llama_vocab_{name}")(self.pointer)
        text = llama_cpp.llama_vocab_get_text(self.pointer, token_id) if token_id >= 0 else None
        return text.decode("utf-8", errors="replace") if text else ""

    def _suppressed_ids(self) -> tuple[int, ...]:
        num = ctypes.c_int32()
        ids = llama_cpp.llama_vocab_get_suppress_tokens(self.pointer, ctypes.byref(num))
        return tuple(int(ids[index]) for index in range(num.value))
