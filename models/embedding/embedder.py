"""What every embedder does, wherever its model runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.document_records import Vector


class Embedder(Protocol):
    """Turns text into vectors of unit length; what cannot be told from nothing is a vector of zeros.

    ``prefixes`` are put before passages and before questions, by the embedder itself. All calls block, and any
    thread may make them. They raise EmbedderUnavailable when the model or its service is away.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_batch(self) -> int:
        """Texts to hand over at once: more would gain no speed, and hold up whoever wants to stop."""

    @property
    def prefixes(self) -> tuple[str, str]: ...

    def embed_passages(self, texts: Sequence[str]) -> Vector:
        """One row for each text."""

    def embed_question(self, text: str) -> Vector: ...
