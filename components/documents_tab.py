"""The Documents room as it is laid out: the library on the left, what is asked of it, and on the right the sources."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.library_panel import LibraryParts, lay_out_library
from components.reading_panel import ReadingParts, lay_out_reading
from components.services import DocumentsRoom
from components.sources_panel import SourcesParts, lay_out_sources


@dataclass(frozen=True)
class DocumentsParts:
    """The room's components, by column."""

    library: LibraryParts
    reading: ReadingParts
    sources: SourcesParts


def lay_out_documents(room: DocumentsRoom) -> DocumentsParts:
    """Make the room inside the open tab."""
    with gr.Row(elem_id="documents-room", elem_classes="room-frame"):
        with gr.Column(elem_id="library", elem_classes="left-side"):
            library = lay_out_library(room.embedders)
        with gr.Column(elem_id="reading", elem_classes="room-middle"):
            reading = lay_out_reading(room.reading.first_mode)
        with gr.Column(elem_id="sources", elem_classes=["right-side", "side-controls"]):
            sources = lay_out_sources(room.reading.models, room.embedders)
    return DocumentsParts(library, reading, sources)
