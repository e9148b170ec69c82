"""The ways to answer from documents, and what a person chose for one conversation in the Documents room."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from chains.options import ConversationOptions
from rag.likelihood import DEFAULT_THRESHOLD
from rag.ranking import DEFAULT_DIVERSITY

ROOM = "documents"  # as conversations are told apart in storage


class Mode(StrEnum):
    """The paradigms of retrieval-augmented generation, and what they are compared with."""

    NAIVE = "naive"  # search, then answer
    ADVANCED = "advanced"  # the model writes other queries; what they find is fused and reranked
    NONE = "none"  # no retrieval: what the model knows by itself
    COMPARE = "compare"  # with and without retrieval, at the same time
    QUOTE = "quote"  # sentences of the passages, word for word


class DocumentOptions(ConversationOptions):
    """``num_passages`` are given to the model for one question; ``document_ids`` empty asks the whole collection.

    ``diversity`` and ``threshold`` are those of ``rag.search.SearchOptions``.
    """

    collection_id: str = ""
    paradigm: Mode = Mode.NAIVE
    num_passages: int = Field(default=5, ge=1, le=20)
    diversity: float = Field(default=DEFAULT_DIVERSITY, ge=0.0, le=1.0)
    threshold: float = Field(default=DEFAULT_THRESHOLD, ge=0.0, le=1.0)
    document_ids: tuple[str, ...] = ()
