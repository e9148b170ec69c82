"""How often the right paragraph is found, through the Searcher."""

from __future__ import annotations

from bench.rag.library import OWNER, Library
from bench.rag.questions import Paragraphs
from rag.search import SearchOptions


def hit_rates(library: Library, text: Paragraphs, language: str, asked: Paragraphs) -> tuple[float, float]:
    """Shares of the questions of ``asked`` whose page of ``text`` the first passage is of, or one of the first five."""
    collection_id = library.new_collection()
    library.add(collection_id, text.pages, language)
    options = SearchOptions(num=5)
    firsts, fives = 0, 0
    for question in asked.questions:
        report = library.searcher.search(OWNER, collection_id, question.text, options)
        pages = [hit.passage.chunk.page for hit in report.hits]
        firsts += pages[:1] == [question.page]
        fives += question.page in pages
    return firsts / len(asked.questions), fives / len(asked.questions)
