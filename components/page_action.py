"""What the page's own script reports through the bridge: a name and texts, none of which can be trusted."""

from __future__ import annotations

import gradio as gr

from safety.surrogates import without_surrogates


class PageAction:
    """One report, made of the data of a Gradio event."""

    def __init__(self, event: gr.EventData) -> None:
        self._data = event._data if isinstance(event._data, dict) else {}
        self.name = self.text("action")

    def text(self, name: str) -> str:
        """The text called ``name``, empty when there is none."""
        return without_surrogates(str(self._data.get(name, "")))

    def number(self, name: str) -> int | None:
        """The whole number called ``name``, None when it is none."""
        text = self.text(name).removeprefix("-")
        return int(self.text(name)) if text.isdecimal() and len(text) < 10 else None

    def truth(self, name: str) -> bool:
        """True for the words that JavaScript and HTML have for it."""
        return self.text(name).lower() in ("true", "1", "on")
