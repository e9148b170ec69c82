"""The Chat room as it is laid out: conversations on the left, the room itself, its panel on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from chains.model_shelf import Models
from components.fallback_controls import FallbackControls, lay_out_fallbacks
from components.memory_controls import MemoryControls, lay_out_memory
from components.model_choice import ModelChoice, lay_out_model_choice
from components.room_parts import bridge, chatbot, hidden_text, html, message_box
from components.sampling_controls import SamplingControls, lay_out_sampling
from components.sidebar import Sidebar, lay_out_sidebar
from components.words import words

EXAMPLES = ("app_example_1", "app_example_2", "app_example_3")


@dataclass(frozen=True)
class Panel:
    """What is one fold away from the conversation."""

    glass: gr.HTML
    memory: MemoryControls
    model: ModelChoice
    fallback: FallbackControls
    sampling: SamplingControls
    notes: gr.HTML
    templates: gr.HTML


@dataclass(frozen=True)
class ChatParts:
    """The room's components. ``bridge`` carries what the page's own script reports; ``chip`` is the header's.

    ``bars`` go under the messages, ``fields`` are the variables of a prompt template, ``inputs`` carries what was
    typed there, ``copied`` what is on its way to the clipboard.
    """

    sidebar: Sidebar
    panel: Panel
    bar: gr.HTML
    chat: gr.Chatbot
    bars: gr.HTML
    fields: gr.HTML
    offer: gr.HTML
    box: gr.Textbox
    status: gr.HTML
    meter: gr.HTML
    examples: dict[str, gr.Button]
    conversation_id: gr.Textbox
    inputs: gr.Textbox
    copied: gr.Textbox
    bridge: gr.HTML
    chip: gr.HTML

    @property
    def streamed(self) -> list[Any]:
        """What changes while an answer is being written, and at its end."""
        return [self.chat, self.bars, self.bar, self.box, self.status, self.conversation_id, self.chip, self.offer]

    @property
    def shown(self) -> list[Any]:
        """Everything that belongs to one conversation."""
        sampling, memory = self.panel.sampling, self.panel.memory
        settings = [sampling.preset, *sampling.inputs, *memory.inputs, memory.summary]
        settings += [*self.panel.model.shown, *self.panel.fallback.shown]
        lists = [self.sidebar.entries, self.sidebar.deleted, self.panel.templates, self.panel.notes, self.panel.glass]
        return [*self.streamed, *lists, *settings, self.fields, self.copied]


def lay_out_chat(chip: gr.HTML, models: Models) -> ChatParts:
    """Make the room inside the open tab."""
    with gr.Row(elem_id="chat-room", elem_classes="room-frame"):
        with gr.Column(elem_id="sidebar", elem_classes="left-side"):
            sidebar = lay_out_sidebar(takes_files=True)
        with gr.Column(elem_id="room", elem_classes="room-middle"):
            bar = html("room-bar", "room-head")
            with gr.Column(elem_id="welcome", elem_classes="room-welcome"):
                gr.HTML(words("fragment_welcome"), apply_default_css=False)
                examples = {key: gr.Button(words(key), elem_classes="example") for key in EXAMPLES}
            chat = chatbot("chat")
            bars = html("bars")
            fields, offer, box = (
                html("fields"),
                html("offer"),
                message_box("box", "app_box_label", "app_box_placeholder", is_focused=True),
            )
            with gr.Row(elem_id="foot", elem_classes="room-foot"):
                status, meter = html("status", "room-status"), html("meter")
        with gr.Column(elem_id="panel", elem_classes=["right-side", "side-controls"]):
            panel = _panel(models)
        hidden = {name: hidden_text(name) for name in ("conversation", "inputs", "copied")}
        acts = bridge("chat", "bridge")
    return ChatParts(
        sidebar, panel, bar, chat, bars, fields, offer, box, status, meter, examples,
        hidden["conversation"], hidden["inputs"], hidden["copied"], acts, chip,
    )  # fmt: skip


def _panel(models: Models) -> Panel:
    usual = models.get("")
    gr.HTML(words("fragment_panel"), elem_id="panel-head", elem_classes="side-head", apply_default_css=False)
    with gr.Tabs(elem_id="panel-tabs", elem_classes="side-tabs", overflow_behavior="wrap"):
        with gr.Tab(words("app_panel_glass"), id="glass", render_children=True):
            glass = html("glass")
        with gr.Tab(words("app_panel_memory"), id="memory", render_children=True):
            memory = lay_out_memory(has_chat_template=usual.has_chat_template)
        with gr.Tab(words("app_panel_settings"), id="settings", render_children=True):
            model = lay_out_model_choice(models, "")
            fallback = lay_out_fallbacks("")
            sampling = lay_out_sampling(usual)
        with gr.Tab(words("app_panel_notes"), id="notes", render_children=True):
            notes = html("notes")
        with gr.Tab(words("app_panel_templates"), id="templates", render_children=True):
            templates = html("templates")
    return Panel(glass, memory, model, fallback, sampling, notes, templates)
