"""Finds where in the documents the answer of a triple stands, so that a passage can be told to hold it or not.

By place, not by text: chunks of any size are then measured alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from chains.answer_overlap import WORD, words_of
from storage.columns import folded
from storage.document_records import Document, Page, Passage
from storage.triples import Triple

LEAST_SHARE = 0.5  # of the source, or of the passage where that is shorter, that they must have in common
LEAST_ANSWER = 4  # characters: shorter ones stand anywhere

Span = tuple[int, int]


@dataclass(frozen=True)
class SearchableText:
    """``text`` by its words: a phrase is found whatever its case, accents, blanks and punctuation."""

    text: str

    @cached_property
    def _spans(self) -> list[Span]:
        return [match.span() for match in WORD.finditer(self.text)]

    @cached_property
    def _words(self) -> str:
        return f" {' '.join(words_of(self.text))} "

    def find(self, words: Sequence[str]) -> Iterator[Span]:
        """Where they stand in a row, in characters of the text. No words stand nowhere."""
        wanted = f" {' '.join(words)} "
        at = self._words.find(wanted) if words else -1
        while at >= 0:
            first = self._words.count(" ", 0, at)
            yield self._spans[first][0], self._spans[first + len(words) - 1][1]
            at = self._words.find(wanted, at + 1)


@dataclass(frozen=True)
class SourceDocument:
    """A document with its pages."""

    document: Document
    pages: tuple[Page, ...]

    @cached_property
    def texts(self) -> dict[int, SearchableText]:
        """By page number."""
        return {page.number: SearchableText(page.text) for page in self.pages}

    def is_called(self, name: str) -> bool:
        """With or without what stands after the last dot."""
        own = self.document.name
        return folded(name.strip()) in {folded(own), folded(PurePath(own).stem)}


@dataclass(frozen=True)
class Target:
    """Where an answer stands: at ``spans`` of pages (document id, page number); else anywhere in ``document_ids``; else
    where a passage has the words of ``answer``."""

    spans: dict[tuple[str, int], list[Span]]
    document_ids: frozenset[str] = frozenset()
    answer: str = ""

    def is_in(self, passage: Passage) -> bool:
        chunk = passage.chunk
        if self.spans:
            there = self.spans.get((passage.document_id, chunk.page), ())
            return any(_meet((chunk.start, chunk.end), span) for span in there)
        if self.document_ids:
            return passage.document_id in self.document_ids
        return any(SearchableText(chunk.text).find(words_of(self.answer)))


def target_of(triple: Triple, documents: Sequence[SourceDocument]) -> Target | None:
    """None when the answer stands nowhere in them. A triple's source may be a text or a document's name."""
    if triple.document_id is not None:
        documents = [one for one in documents if one.document.id == triple.document_id]
        if not documents:
            return None
    named = [one for one in documents if one.is_called(triple.source_text)]
    if not named and (spans := _spans(triple.source_text, documents)):
        return Target(spans)
    if named or triple.document_id is not None:
        named = named or list(documents)
        return Target(_spans(triple.answer, named), frozenset(one.document.id for one in named))
    is_telling = len("".join(words_of(triple.answer))) >= LEAST_ANSWER
    return Target({}, answer=triple.answer) if is_telling and _spans(triple.answer, documents) else None


def _spans(phrase: str, documents: Sequence[SourceDocument]) -> dict[tuple[str, int], list[Span]]:
    words = words_of(phrase)
    found = {
        (one.document.id, number): list(text.find(words)) for one in documents for number, text in one.texts.items()
    }
    return {place: spans for place, spans in found.items() if spans}


def _meet(passage: Span, source: Span) -> bool:
    common = min(passage[1], source[1]) - max(passage[0], source[0])
    return common >= LEAST_SHARE * min(passage[1] - passage[0], source[1] - source[0])
