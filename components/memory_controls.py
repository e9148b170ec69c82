"""The controls of what the model is given of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from chains.options import MAX_NAME_CHARACTERS, ConversationOptions, MemoryKind
from components.words import words

MODES = ("chat", "completion")
MAX_WINDOW_TURNS = 20


@dataclass(frozen=True)
class RecallControls:
    """``summary`` is the running summary, editable while that kind of memory is chosen."""

    kind: gr.Radio
    window_turns: gr.Slider
    summary: gr.Textbox
    uses_notes: gr.Checkbox

    def recall(self, options: ConversationOptions, summary: str) -> dict[Any, Any]:
        """Show ``options``."""
        return {
            self.kind: str(options.memory),
            self.window_turns: gr.Slider(
                value=min(options.window_turns, MAX_WINDOW_TURNS), visible=options.memory is MemoryKind.WINDOW
            ),
            self.summary: gr.Textbox(value=summary, visible=options.memory is MemoryKind.SUMMARY),
            self.uses_notes: options.uses_notes,
        }


@dataclass(frozen=True)
class MemoryControls(RecallControls):
    """Those, and how the turns are written in the Chat room's prompt."""

    human_name: gr.Textbox
    ai_name: gr.Textbox
    mode: gr.Radio

    @property
    def names(self) -> list[str]:
        """The options of ConversationOptions behind ``inputs``."""
        return ["memory", "window_turns", "uses_notes", "human_name", "ai_name", "mode"]

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [self.kind, self.window_turns, self.uses_notes, self.human_name, self.ai_name, self.mode]

    def read(self, values: Sequence[Any]) -> dict[str, Any]:
        """The fields of ConversationOptions that the controls show."""
        names = ("memory", "window_turns", "uses_notes", "human_name", "ai_name", "mode")
        fields = dict(zip(names, values, strict=True))
        return fields | {name: fields[name] or "" for name in ("human_name", "ai_name")}  # Gradio's empty text is None

    def speakers(self, options: ConversationOptions) -> dict[Any, Any]:
        """Show the speakers' names."""
        return {self.human_name: options.human_name, self.ai_name: options.ai_name}


def lay_out_recall(prefix: str = "") -> RecallControls:
    """Make those of every room here; ``prefix`` is what the ids of the room's parts begin with."""
    kinds = [(words(f"app_memory_{kind}"), str(kind)) for kind in MemoryKind]
    kind = gr.Radio(
        kinds,
        value=str(MemoryKind.EVERYTHING),
        label=words("app_memory"),
        info=words("app_memory_info"),
        elem_id=f"{prefix}memory",
    )
    window_turns = gr.Slider(
        1,
        MAX_WINDOW_TURNS,
        value=5,
        step=1,
        label=words("app_memory_turns"),
        visible=False,
        elem_id=f"{prefix}memory-turns",
    )
    summary = gr.Textbox(
        "",
        label=words("app_memory_summary_text"),
        info=words("app_memory_summary_info"),
        lines=3,
        max_lines=10,
        visible=False,
        elem_id=f"{prefix}memory-summary",
    )
    uses_notes = gr.Checkbox(True, label=words("app_uses_notes"), info=words("app_uses_notes_info"))
    return RecallControls(kind, window_turns, summary, uses_notes)


def lay_out_memory(*, has_chat_template: bool) -> MemoryControls:
    """Make the controls here."""
    recall = lay_out_recall()
    with gr.Row():
        human_name = gr.Textbox(
            "",  # and not None: as soon as the page is filled, that would be a change
            label=words("app_human_name"),
            placeholder="Human",
            max_length=MAX_NAME_CHARACTERS,
            elem_id="human-name",
            min_width=120,
        )
        ai_name = gr.Textbox(
            "",
            label=words("app_ai_name"),
            placeholder="AI",
            max_length=MAX_NAME_CHARACTERS,
            elem_id="ai-name",
            min_width=120,
        )
    gr.HTML(words("fragment_names"), elem_classes="hint", apply_default_css=False)
    mode = gr.Radio(
        [(words(f"app_mode_{mode}"), mode) for mode in MODES],
        value="chat" if has_chat_template else "completion",
        label=words("app_mode"),
        info=words("app_mode_info"),
        elem_id="mode",
    )
    shared = (recall.kind, recall.window_turns, recall.summary, recall.uses_notes)
    return MemoryControls(*shared, human_name, ai_name, mode)
