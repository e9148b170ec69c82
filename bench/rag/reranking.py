"""What reading the sentences of the passages again changes in their order, beside the search alone."""

from __future__ import annotations

from bench.rag.library import OWNER, Library
from bench.rag.questions import Paragraphs
from rag.ranking import SearchOptions
from rag.retrieval import NUM_RERANKED, Retrieved, reranked

EVERY = 6  # each sixth question: all of them take minutes


def reranking_gain(library: Library, text: Paragraphs, language: str, asked: Paragraphs) -> tuple[float, float]:
    """Shares of questions whose page is first: as the search has it, and as it is after reading again."""
    collection_id = library.new_collection()
    library.add(collection_id, text.pages, language)
    before, after = 0, 0
    questions = asked.questions[::EVERY]
    for question in questions:
        options = SearchOptions(num=NUM_RERANKED)
        found = Retrieved((question.text,), library.searcher.search(OWNER, collection_id, question.text, options))
        before += found.report.hits[0].passage.chunk.page == question.page
        after += reranked(found, library.embedder).report.hits[0].passage.chunk.page == question.page
    return before / len(questions), after / len(questions)
