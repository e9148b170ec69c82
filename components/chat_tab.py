"""The Chat room as it is laid out: conversations on the left, the room itself, its panel on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import gradio as gr

from chains.room_model import RoomModel
from components.memory_controls import MemoryControls, lay_out_memory
from components.sampling_controls import SamplingControls, lay_out_sampling
from components.words import words

EXAMPLES = ("app_example_1", "app_example_2", "app_example_3")
MATH = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]


@dataclass(frozen=True)
class Sidebar:
    """``deleted`` says what was deleted last, and offers it back."""

    head: gr.HTML
    new: gr.Button
    search: gr.Textbox
    deleted: gr.HTML
    entries: gr.HTML
    upload: gr.UploadButton


@dataclass(frozen=True)
class Panel:
    """What is one fold away from the conversation."""

    glass: gr.HTML
    memory: MemoryControls
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
        lists = [self.sidebar.entries, self.sidebar.deleted, self.panel.templates, self.panel.notes, self.panel.glass]
        return [*self.streamed, *lists, *settings, self.fields, self.copied]


def lay_out_chat(chip: gr.HTML, model: RoomModel) -> ChatParts:
    """Make the room inside the open tab."""
    with gr.Row(elem_id="chat-room"):
        with gr.Column(elem_id="sidebar"):
            sidebar = _sidebar()
        with gr.Column(elem_id="room"):
            bar = _html("room-bar")
            with gr.Column(elem_id="welcome"):
                gr.HTML(words("fragment_welcome"), apply_default_css=False)
                examples = {key: gr.Button(words(key), elem_classes="example") for key in EXAMPLES}
            chat = _chatbot()
            bars = _html("bars")
            fields, offer, box = _html("fields"), _html("offer"), _box()
            with gr.Row(elem_id="foot"):
                status, meter = _html("status"), _html("meter")
        with gr.Column(elem_id="panel"):
            panel = _panel(model)
        # Carries the tab's conversation; whenever it comes back, the service checks it against the owner.
        hidden = {
            name: gr.Textbox(visible="hidden", elem_id=name, container=False)
            for name in ("conversation", "inputs", "copied")
        }
        bridge = gr.HTML("", elem_id="bridge", visible="hidden", js_on_load="tertulia.connect(trigger)")
    return ChatParts(
        sidebar, panel, bar, chat, bars, fields, offer, box, status, meter, examples,
        hidden["conversation"], hidden["inputs"], hidden["copied"], bridge, chip,
    )  # fmt: skip


def _html(elem_id: str) -> gr.HTML:
    return gr.HTML("", elem_id=elem_id, apply_default_css=False)


def _sidebar() -> Sidebar:
    head = gr.HTML(words("fragment_sidebar"), elem_id="sidebar-head", apply_default_css=False)
    new = gr.Button(words("app_new_conversation"), elem_id="new", size="sm")
    search = gr.Textbox(
        label=words("app_search_label"),
        placeholder=words("app_search_placeholder"),
        show_label=False,
        container=False,
        elem_id="search",
    )
    deleted, entries = _html("deleted"), _html("entries")
    upload = gr.UploadButton(words("app_import"), file_types=[".json"], elem_id="import", size="sm")
    return Sidebar(head, new, search, deleted, entries, upload)


def _panel(model: RoomModel) -> Panel:
    gr.HTML(words("fragment_panel"), elem_id="panel-head", apply_default_css=False)
    with gr.Tabs(elem_id="panel-tabs", overflow_behavior="wrap"):
        with gr.Tab(words("app_panel_glass"), id="glass", render_children=True):
            glass = _html("glass")
        with gr.Tab(words("app_panel_memory"), id="memory", render_children=True):
            memory = lay_out_memory(has_chat_template=model.has_chat_template)
        with gr.Tab(words("app_panel_settings"), id="settings", render_children=True):
            sampling = lay_out_sampling(model.defaults, model.context_tokens // 2)
        with gr.Tab(words("app_panel_notes"), id="notes", render_children=True):
            notes = _html("notes")
        with gr.Tab(words("app_panel_templates"), id="templates", render_children=True):
            templates = _html("templates")
    return Panel(glass, memory, sampling, notes, templates)


def _box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="box",
        label=words("app_box_label"),
        placeholder=words("app_box_placeholder"),
        show_label=False,
        container=False,
        lines=1,
        max_lines=8,
        submit_btn=True,
        autofocus=True,
    )


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label=words("app_chat_label"),
        show_label=False,
        container=False,
        layout="bubble",
        buttons=["copy"],
        latex_delimiters=cast("Any", MATH),
        sanitize_html=True,
        allow_tags=False,
        height="100%",
        min_height=0,
    )
