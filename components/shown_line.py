"""Names and sentences that somebody else wrote, as they may stand on one line of the page."""

from __future__ import annotations

from html import escape

from safety.shown_text import INVISIBLE

MAX_LINE_CHARACTERS = 300


def shown_line(text: str) -> str:
    """``text`` on one line, without what cannot be seen, not too long, escaped."""
    line = " ".join(INVISIBLE.sub("", text).split())
    return escape(line if len(line) <= MAX_LINE_CHARACTERS else line[: MAX_LINE_CHARACTERS - 1] + "…")


def toast_text(sentence: str) -> str:
    """``sentence`` for a toast, which Gradio takes for HTML: what somebody else wrote may be among its words."""
    return escape(INVISIBLE.sub("", sentence), quote=False)
