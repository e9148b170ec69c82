"""The left side of a room with conversations: a new one, the search, and the list. Built once, for every such room."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import html
from components.words import words


@dataclass(frozen=True)
class Sidebar:
    """``deleted`` says what was deleted last, and offers it back. ``upload`` takes exported conversations."""

    new: gr.Button
    search: gr.Textbox
    deleted: gr.HTML
    entries: gr.HTML
    upload: gr.UploadButton | None = None


def lay_out_sidebar(prefix: str = "", *, takes_files: bool = False) -> Sidebar:
    """Make it inside the open column, whose id is ``prefix`` and "sidebar"; so begin the ids of all its parts."""
    head = words(f"fragment_{prefix.replace('-', '_')}sidebar")
    gr.HTML(head, elem_id=f"{prefix}sidebar-head", apply_default_css=False)
    new = gr.Button(words("app_new_conversation"), elem_id=f"{prefix}new", elem_classes="new-conversation", size="sm")
    search = gr.Textbox(
        label=words("app_search_label"),
        placeholder=words("app_search_placeholder"),
        show_label=False,
        container=False,
        elem_id=f"{prefix}search",
        elem_classes="side-search",
    )
    deleted, entries = html(f"{prefix}deleted"), html(f"{prefix}entries", "side-entries")
    if not takes_files:
        return Sidebar(new, search, deleted, entries)
    upload = gr.UploadButton(
        words("app_import"), file_types=[".json"], elem_id=f"{prefix}import", elem_classes="side-import", size="sm"
    )
    return Sidebar(new, search, deleted, entries, upload)
