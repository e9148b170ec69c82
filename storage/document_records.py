"""What the stores of documents give and take. Text is kept by page, and every offset counts characters of one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import new_id, now

Vector = NDArray[np.float32]  # of unit length, so that a product of two is their cosine


class DocumentStatus(StrEnum):
    """How far a document has come."""

    PENDING = "pending"  # waits for its turn, or for the next start of the program
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"  # ``fault`` says how


@dataclass(frozen=True)
class Collection:
    """Documents that are searched together.

    ``settings`` are what a person chose, ``stamp`` is what the vectors in it were made with, None while there are
    none; both are JSON that ``rag.settings`` gives meaning. ``revision`` grows with every change of its passages.
    """

    name: str
    is_default: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    stamp: Mapping[str, Any] | None = None
    revision: int = 0
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Document:
    """One file or web page. ``source`` is its address, empty for a file; ``kind`` is "pdf", "docx", "web", ...

    ``content_hash`` is SHA-256 of the bytes, in hex. ``fault`` names a sentence of the message catalogue and
    ``fault_values`` fill it. ``language`` is an ISO 639-1 code, empty while unknown.
    """

    collection_id: str
    name: str
    kind: str
    source: str = ""
    num_bytes: int = 0
    content_hash: str = ""
    status: DocumentStatus = DocumentStatus.PENDING
    fault: str | None = None
    fault_values: Mapping[str, Any] = field(default_factory=dict)
    num_pages: int = 0
    num_chunks: int = 0
    language: str = ""
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Page:
    """A page, slide, sheet or chapter; ``number`` counts from 1. ``label`` is its own name, where it has one."""

    number: int
    text: str
    label: str = ""


@dataclass(frozen=True)
class Chunk:
    """``text`` is ``page.text[start:end]`` exactly. ``headings`` lead to it, outermost first.

    ``windows`` are the offsets, in the page, of the shorter stretches that are embedded besides the whole.
    """

    number: int
    page: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    windows: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Passage:
    """A chunk where it stands. ``id`` is its row, never used again once it is deleted."""

    id: int
    document_id: str
    document_name: str
    language: str
    chunk: Chunk


@dataclass(frozen=True)
class PassageVectors:
    """``whole`` has shape (dimension,), ``windows`` (number of windows, dimension)."""

    whole: Vector
    windows: Vector
