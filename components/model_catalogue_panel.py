"""The Catalogue tab of the Models room: which models there are, which fit, and what is being fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.room_parts import bridge, hidden_text, html
from components.words import words

MAX_NAME = 200
MAX_PATH = 1_000
MAX_TOKEN = 200


@dataclass(frozen=True)
class AddingParts:
    """What only the operator sees: ``found`` lists the files of a repository, or of a folder of this machine."""

    repository: gr.Textbox
    file: gr.Textbox
    find: gr.Button
    path: gr.Textbox
    look: gr.Button
    found: gr.HTML


@dataclass(frozen=True)
class ModelCatalogueParts:
    """``wanted`` carries what the filters say and which card is open; ``bridge`` what the page's own script reports.

    ``card`` is the full card of the model that is open, and ``now`` what changes of it.
    """

    tab: gr.Tab
    machine: gr.HTML
    status: gr.HTML
    downloads: gr.HTML
    filters: gr.HTML
    grid: gr.HTML
    card: gr.HTML
    now: gr.HTML
    adding: AddingParts
    token: gr.Textbox
    enter: gr.Button
    wanted: gr.Textbox
    bridge: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What tells of models."""
        return [self.machine, self.downloads, self.filters, self.grid, self.card, self.now, self.status]


def lay_out_model_catalogue(tab: gr.Tab) -> ModelCatalogueParts:
    """Make it inside the open ``tab``."""
    with gr.Column(elem_id="md-catalogue", elem_classes="side-controls"):
        gr.HTML(words("fragment_md_catalogue"), elem_id="md-line", apply_default_css=False)
        status = html("md-catalogue-status", "room-status")
        card, now = html("md-full"), html("md-now")
        with gr.Column(elem_id="md-choosing"):
            machine, downloads = html("md-machine"), html("md-downloads")
            filters, grid = html("md-filters"), html("md-grid")
            adding = _lay_out_adding()
            token, enter = _lay_out_entrance()
    wanted = hidden_text("md-wanted")
    acts = bridge("model_catalogue", "md-catalogue-bridge")
    return ModelCatalogueParts(
        tab, machine, status, downloads, filters, grid, card, now, adding, token, enter, wanted, acts
    )


def _lay_out_adding() -> AddingParts:
    with gr.Accordion(words("app_md_add"), open=False, elem_id="md-adding"):
        gr.HTML(words("fragment_md_adding"), elem_classes="md-note", apply_default_css=False)
        with gr.Row(elem_classes="md-fields"):
            repository = _text(
                "app_md_repository", "app_md_repository_info", "md-repository", "ggml-org/SmolLM3-3B-GGUF"
            )
            file = _text("app_md_file", "app_md_file_info", "md-file", "SmolLM3-Q4_K_M.gguf")
            find = gr.Button(words("app_md_find"), size="sm", elem_id="md-find", elem_classes="md-do")
        with gr.Row(elem_id="md-local", elem_classes="md-fields"):
            path = gr.Textbox(
                label=words("app_md_path"), info=words("app_md_path_info"), elem_id="md-path", max_length=MAX_PATH
            )
            look = gr.Button(words("app_md_look"), size="sm", elem_id="md-look", elem_classes="md-do")
        found = html("md-found")
    return AddingParts(repository, file, find, path, look, found)


def _lay_out_entrance() -> tuple[gr.Textbox, gr.Button]:
    """For the operator who is not at this machine."""
    with gr.Accordion(words("app_md_operator"), open=False, elem_id="md-operator"), gr.Row(elem_classes="md-fields"):
        token = gr.Textbox(
            label=words("app_md_token"),
            info=words("app_md_token_info"),
            type="password",
            elem_id="md-token",
            max_length=MAX_TOKEN,
        )
        enter = gr.Button(words("app_md_enter"), size="sm", elem_id="md-enter", elem_classes="md-do")
    return token, enter


def _text(key: str, info: str, elem_id: str, example: str) -> gr.Textbox:
    return gr.Textbox(
        label=words(key),
        info=words(info),
        placeholder=example,
        elem_id=elem_id,
        max_lines=1,
        max_length=MAX_NAME,
    )
