"""Embeds passages, each whole and by its windows, in batches of what the embedder takes at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.embedding.embedder import Embedder
from storage.document_records import Passage, PassageVectors


def batches(passages: Sequence[Passage], max_texts: int) -> list[tuple[Passage, ...]]:
    """As many passages each as fill what the embedder takes at once."""
    found: list[tuple[Passage, ...]] = []
    batch: list[Passage] = []
    num_texts = 0
    for passage in passages:
        num = len(texts_of(passage))
        if batch and num_texts + num > max_texts:
            found.append(tuple(batch))
            batch, num_texts = [], 0
        batch.append(passage)
        num_texts += num
    return [*found, tuple(batch)] if batch else found


def embedded(batch: Sequence[Passage], embedder: Embedder) -> dict[int, PassageVectors]:
    """By passage id. A passage may have more windows than the embedder takes at once."""
    texts = [text for passage in batch for text in texts_of(passage)]
    step = embedder.max_batch
    rows = np.concatenate([embedder.embed_passages(texts[at : at + step]) for at in range(0, len(texts), step)])
    vectors: dict[int, PassageVectors] = {}
    for passage in batch:
        num = len(texts_of(passage))
        own, rows = rows[:num], rows[num:]
        vectors[passage.id] = PassageVectors(own[0], own[1:] if num > 1 else own[: len(passage.chunk.windows)])
    return vectors


def texts_of(passage: Passage) -> list[str]:
    """The whole, then those windows that are less than it."""
    chunk = passage.chunk
    windows = [chunk.text[start - chunk.start : end - chunk.start] for start, end in chunk.windows]
    return [chunk.text] if windows == [chunk.text] else [chunk.text, *windows]
