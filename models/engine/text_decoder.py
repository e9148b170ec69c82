"""Token bytes -> text: whole characters only, and nothing that may yet turn out to be a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextDecoder:
    """Feed it the bytes of each token; ``is_stopped`` turns true when a stop string was met, which is not emitted."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = [string for string in stop if string]
        self._characters = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.is_stopped = False

    def go_on_from(self, text_bytes: bytes) -> None:
        """What stands before the text: a character that is unfinished there is finished by the first tokens."""
        self._characters.decode(text_bytes)

    def push(self, token_bytes: bytes) -> str:
        """Return the text that can be shown now."""
        return self._release(self._held + self._characters.decode(token_bytes))

    def finish(self) -> str:
        """Return what was held back; an unfinished character becomes U+FFFD."""
        text = self._release(self._held + self._characters.decode(b"", final=True))
        rest, self._held = self._held, ""
        return text + rest

    def _release(self, text: str) -> str:
        if self.is_stopped:
            self._held = ""
            return ""
        found = [position for string in self._stop if (position := text.find(string)) >= 0]
        if found:
            self.is_stopped = True
            self._held = ""
            return text[: min(found)]
        num_held = max((_overlap(text, string) for string in self._stop), default=0)
        cut = len(text) - num_held
        self._held = text[cut:]
        return text[:cut]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of ``text`` that is a beginning of ``stop``."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
