"""What is kept of how an answer from documents came about: beside the runs, what was searched, found and cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chains.run_record import AnswerRecord
from rag.citations import Citation
from rag.modes import Mode
from rag.search import Hit
from storage.document_records import Passage


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class KeptLeg(_Kept):
    """What one way of searching made of a passage; ``rank`` counts from 1."""

    score: float
    rank: int


class KeptPassage(_Kept):
    """A passage as it was: its document may be gone by now. ``start`` and ``end`` are offsets in its page.

    ``number`` is the one it has in this conversation, 0 for one that was found but not given to the model. ``legs`` are
    empty for a passage of an earlier question that was given again.
    """

    number: int
    passage_id: int
    document_id: str
    document_name: str
    page: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    score: float = 0.0
    legs: Mapping[str, KeptLeg] = Field(default_factory=dict)

    @classmethod
    def of(cls, number: int, passage: Passage, hit: Hit | None) -> KeptPassage:
        chunk = passage.chunk
        legs = hit.legs if hit else {}
        return cls(
            number=number,
            passage_id=passage.id,
            document_id=passage.document_id,
            document_name=passage.document_name,
            page=chunk.page,
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            headings=chunk.headings,
            score=hit.score if hit else 0.0,
            legs={name: KeptLeg(score=leg.score, rank=leg.rank) for name, leg in legs.items()},
        )


class KeptCitation(_Kept):
    """As ``rag.citations.Citation``."""

    start: int
    end: int
    passage: int | None = None
    score: float = 0.0
    source_start: int = 0
    source_end: int = 0
    needs_source: bool = True

    @classmethod
    def of(cls, citation: Citation) -> KeptCitation:
        return cls(**vars(citation))


class DocumentRecord(AnswerRecord):
    """``runs`` are empty where no model was asked.

    ``searched`` are the texts that were looked for, the question as it stands alone first; empty without retrieval.
    ``passages`` were given to the model, ``others`` were found besides, best first: the nearest ones when ``is_found``
    is False. ``numbered`` are the ids of all passages that have a number in the conversation, 1 first. ``notes`` are
    what was done in another way than asked for: "condense_fallback", "no_grammar", "no_reranker", "no_embedder".
    """

    mode: Mode = Mode.NAIVE
    collection_id: str = ""
    language: str = ""
    searched: tuple[str, ...] = ()
    is_found: bool = True
    index: str = ""
    lexical_weight: float | None = None
    num_searched: int = 0
    search_seconds: float = 0.0
    passages: tuple[KeptPassage, ...] = ()
    others: tuple[KeptPassage, ...] = ()
    numbered: tuple[int, ...] = ()
    citations: tuple[KeptCitation, ...] = ()
    without: str = ""
    notes: tuple[str, ...] = ()


def document_record(kept: Mapping[str, Any] | None) -> DocumentRecord | None:
    """The record in what the store has; None for an answer of another room or one without a record."""
    return DocumentRecord.model_validate(kept) if kept and "mode" in kept else None


def kept_citations(citations: Iterable[Citation]) -> tuple[KeptCitation, ...]:
    return tuple(map(KeptCitation.of, citations))
