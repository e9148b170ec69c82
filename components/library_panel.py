"""The left side of the Documents room: the collection, its documents, and how more come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.collection_controls import CollectionControls, lay_out_controls
from components.room_parts import bridge, hidden_text, html
from components.words import words

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class LibraryParts:
    """``collection_id`` is the collection that is open, "" before the room was opened.

    ``timer`` ticks only while something is being indexed. Which documents are ticked is known to the page alone:
    ``tertulia.chosen()`` gives their ids as JSON.
    """

    head: gr.HTML
    upload: gr.UploadButton
    limits: gr.HTML
    status: gr.HTML
    offer: gr.HTML
    documents: gr.HTML
    controls: CollectionControls
    collection_id: gr.Textbox
    timer: gr.Timer
    bridge: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """Everything that belongs to one collection."""
        listed = [self.documents, self.timer, self.offer]
        return [*listed, self.head, self.limits, self.status, self.collection_id, *self.controls.inputs]


def lay_out_library(embedders: Sequence[str]) -> LibraryParts:
    """Make it inside the open column."""
    gr.HTML(words("fragment_library"), elem_id="library-head", elem_classes="side-head", apply_default_css=False)
    with gr.Column(elem_id="library-body"):
        head = html("collection")
        upload = gr.UploadButton(words("app_add_files"), file_count="multiple", elem_id="add-files", size="sm")
        limits = html("library-limits")
        gr.HTML(words("fragment_addresses"), elem_id="add-addresses", apply_default_css=False)
        status, offer = html("library-status"), html("library-offer")
        documents = html("documents-list")
        controls = lay_out_controls(embedders)
    collection_id = hidden_text("documents-collection")
    timer = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
    acts = bridge("library", "library-bridge")
    return LibraryParts(head, upload, limits, status, offer, documents, controls, collection_id, timer, acts)
