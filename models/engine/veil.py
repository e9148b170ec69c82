"""Keeps the text of others out of the sight of a chat template, which only ever handles markers that stand for it.

Whatever the template does with a marker, the text behind it is never read as the template's own: it cannot become a
control token. Markers that the template wrote into JSON are known as such, and their text is escaped as JSON asks.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

from models.engine.prompt_parts import TextPart

MARKER = re.compile(r"«([0-9a-f]{16}:\d+)»")
HARMLESS = re.compile(r"[A-Za-z0-9_-]*")  # names and types, which a template may have to look at


class Veil:
    """Hides the texts of one prompt."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._texts: list[tuple[str, int | None]] = []

    def hide(self, text: str, message: int | None = None) -> str:
        """The marker of ``text`` (of the message with that index). Nothing stays nothing: templates ask for text."""
        if not text:
            return ""
        self._texts.append((text, message))
        return f"«{self._nonce}:{len(self._texts) - 1}»"

    def hide_within(self, value: Any, message: int | None = None) -> Any:
        """A copy of ``value`` with every text in it hidden that is more than a name."""
        if isinstance(value, str):
            return value if HARMLESS.fullmatch(value) else self.hide(value, message)
        if isinstance(value, dict):
            return {self.hide_within(key, message): self.hide_within(part, message) for key, part in value.items()}
        return [self.hide_within(part, message) for part in value] if isinstance(value, list | tuple) else value

    def cut(self, rendered: str) -> Iterator[tuple[str, TextPart]]:
        """The template's own parts, each with the hidden text that follows it."""
        own_and_marked = re.split(f"«(j?){self._nonce}:(\\d+)»", rendered)
        for own, in_json, index in zip(own_and_marked[::3], own_and_marked[1::3], own_and_marked[2::3], strict=False):
            text, message = self._texts[int(index)]
            yield own, TextPart(json.dumps(text, ensure_ascii=False)[1:-1] if in_json else text, message)
        yield own_and_marked[-1], TextPart("", None)


def to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """The filter ``tojson`` as chat templates mean it: letters stay letters, and nothing is escaped for HTML."""
    written = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    return MARKER.sub(r"«j\1»", written.replace(r"\u00ab", "«").replace(r"\u00bb", "»"))
