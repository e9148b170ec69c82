"""What a person chooses for a collection, and the stamp that tells what its vectors were made with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.embedding.embedder import Embedder
from storage.document_records import Collection

DEFAULT_EMBEDDER = "use-multilingual"
SPLITTER_VERSION = 1  # grows when the same settings would give other chunks


class CollectionSettings(BaseModel):
    """How documents are cut and embedded; sizes in characters. Figures: ``docs/decisions/0011-chunk-size.md``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    embedder: str = DEFAULT_EMBEDDER
    chunk_size: int = Field(default=750, ge=100, le=4_000)
    chunk_overlap: int = Field(default=0, ge=0, le=2_000)

    @model_validator(mode="after")
    def _moves_on(self) -> CollectionSettings:
        """A chunk must hold more that is new than it repeats."""
        if self.chunk_overlap > self.chunk_size // 2:
            raise ValueError("the overlap is more than half of a chunk")
        return self


def settings_of(collection: Collection) -> CollectionSettings:
    """Raises pydantic's ValidationError for settings that no Tertulia kept."""
    return CollectionSettings.model_validate(dict(collection.settings))


def stamp_of(settings: CollectionSettings, embedder: Embedder) -> dict[str, Any]:
    """What is kept beside vectors that ``embedder`` makes under ``settings``, as JSON."""
    return _chosen(settings) | {"dimension": embedder.dimension, "prefixes": list(embedder.prefixes)}


def is_current(collection: Collection, embedder: Embedder | None = None) -> bool:
    """False when the collection must be indexed anew before its vectors fit its settings.

    With ``embedder`` also when that no longer makes what it made. A collection without vectors is current.
    """
    if collection.stamp is None:
        return True
    settings = settings_of(collection)
    wanted = _chosen(settings) if embedder is None else stamp_of(settings, embedder)
    return all(collection.stamp.get(name) == value for name, value in wanted.items())


def _chosen(settings: CollectionSettings) -> dict[str, Any]:
    splitter = {
        "version": SPLITTER_VERSION,
        "chunk_size": settings.chunk_size,
        "chunk_overlap": settings.chunk_overlap,
    }
    return {"embedder": settings.embedder, "splitter": splitter}
