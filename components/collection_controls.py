"""How the documents of a collection are cut and embedded: the controls in the library's fold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from components.words import words
from errors import OptionInvalid
from rag.settings import CollectionSettings

SIZES, OVERLAPS = (100, 2_000), (0, 500)


@dataclass(frozen=True)
class CollectionControls:
    """``apply`` keeps what the others show and indexes anew."""

    embedder: gr.Radio
    chunk_size: gr.Slider
    overlap: gr.Slider
    apply: gr.Button

    @property
    def inputs(self) -> list[Any]:
        """What handlers take, in the order that ``read`` expects."""
        return [self.embedder, self.chunk_size, self.overlap]

    @property
    def within(self) -> str:
        """JavaScript for handlers of the collection and ``inputs``: keeps what is typed within the sliders' ranges.

        Gradio would refuse it, in English.
        """
        return f"(...given) => tertulia.within(given, {json.dumps([None, None, SIZES, OVERLAPS])})"

    def read(self, values: Sequence[Any]) -> CollectionSettings:
        """Raises OptionInvalid for what no control can show."""
        embedder, size, overlap = values
        try:
            kept = {"embedder": embedder, "chunk_size": size, "chunk_overlap": min(overlap, size // 2)}
            return CollectionSettings.model_validate(kept)
        except (TypeError, ValidationError) as error:
            raise OptionInvalid(name="chunk_size", value=str(size)[:40]) from error

    def update(self, settings: CollectionSettings) -> dict[Any, Any]:
        """Show ``settings``."""
        return {
            self.embedder: settings.embedder,
            self.chunk_size: settings.chunk_size,
            self.overlap: settings.chunk_overlap,
        }


def lay_out_controls(embedders: Sequence[str]) -> CollectionControls:
    """Make the fold here."""
    settings = CollectionSettings()
    with gr.Accordion(
        words("app_collection_settings"), open=False, elem_id="collection-settings", elem_classes="side-controls"
    ):
        embedder = gr.Radio(
            [(name, name) for name in embedders],
            value=settings.embedder,
            label=words("app_embedder"),
            info=words("app_embedder_info"),
            elem_id="embedder",
        )
        chunk_size = gr.Slider(
            *SIZES,
            value=settings.chunk_size,
            step=50,
            label=words("app_chunk_size"),
            info=words("app_chunk_size_info"),
            elem_id="chunk-size",
        )
        overlap = gr.Slider(
            *OVERLAPS,
            value=settings.chunk_overlap,
            step=10,
            label=words("app_chunk_overlap"),
            info=words("app_chunk_overlap_info"),
            elem_id="chunk-overlap",
        )
        apply = gr.Button(words("app_collection_apply"), size="sm", elem_id="collection-apply")
    return CollectionControls(embedder, chunk_size, overlap, apply)
