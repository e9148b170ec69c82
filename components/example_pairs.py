"""Pairs of texts to compare, one click away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.events import Dependency

from components.words import words


@dataclass(frozen=True)
class ExamplePairs:
    """A button for each pair."""

    pairs: Sequence[tuple[str, str]]
    buttons: Sequence[gr.Button]

    def wire(self, first: gr.Textbox, second: gr.Textbox) -> list[Dependency]:
        """Have each button fill the two fields, which needs no server; returns these events."""
        return [
            button.click(None, None, [first, second], js=f"() => {json.dumps(pair)}")
            for button, pair in zip(self.buttons, self.pairs, strict=True)
        ]


def lay_out_pairs(elem_id: str, label: str, pairs: Sequence[tuple[str, str]]) -> ExamplePairs:
    """Make the buttons here, under their ``label``."""
    gr.HTML(words(label), elem_classes="tx-try", apply_default_css=False)
    with gr.Row(elem_id=elem_id, elem_classes="tx-pairs"):
        buttons = [gr.Button(" / ".join(pair), size="sm") for pair in pairs]
    return ExamplePairs(pairs, buttons)
