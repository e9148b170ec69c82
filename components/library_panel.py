"""The left side of the Documents room: the collection, its documents, and how more come in."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.room_parts import bridge, hidden_text, html
from components.words import words


@dataclass(frozen=True)
class LibraryParts:
    """``collection_id`` is the collection that is open, "" for the owner's default one.

    ``timer`` ticks only while something is being indexed. Which documents are ticked is known to the page alone:
    ``tertulia.chosen()`` gives their ids as JSON.
    """

    collections: gr.HTML
    upload: gr.UploadButton
    addresses: gr.HTML
    status: gr.HTML
    offer: gr.HTML
    documents: gr.HTML
    collection_id: gr.Textbox
    timer: gr.Timer
    bridge: gr.HTML


def lay_out_library() -> LibraryParts:
    """Make it inside the open column."""
    gr.HTML(words("fragment_library"), elem_id="library-head", elem_classes="side-head", apply_default_css=False)
    collections = html("collections")
    upload = gr.UploadButton(words("app_add_files"), file_count="multiple", elem_id="add-files", size="sm")
    addresses, status, offer = html("addresses"), html("library-status"), html("library-offer")
    documents = html("documents-list")
    collection_id = hidden_text("documents-collection")
    timer = gr.Timer(1.0, active=False)
    acts = bridge("library", "library-bridge")
    return LibraryParts(collections, upload, addresses, status, offer, documents, collection_id, timer, acts)
