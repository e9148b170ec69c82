"""How often the right paragraph is found, through the Searcher; and how often it is missed where it is not."""

from __future__ import annotations

from collections.abc import Sequence

from bench.rag.figures import QUALITY
from bench.rag.library import OWNER, Library, opened
from bench.rag.questions import Paragraphs, Question
from bench.rag.setup import Setup
from models.embedding.embedder import Embedder
from rag.search import SearchOptions

AWAY_EVERY = 5  # of the paragraphs, one is taken away at a time, in as many collections


def measure_quality(setup: Setup, _: int) -> None:
    """With the embedder that people have unless they choose another."""
    found = rates(setup, setup.embedder)
    setup.record.add(**{f"default__{key}": value for key, value in found.items()})


def measure_precise(setup: Setup, _: int) -> None:
    found = rates(setup, setup.precise)
    setup.record.add(**{f"precise__{key}": value for key, value in found.items()})


def rates(setup: Setup, embedder: Embedder) -> dict[str, float]:
    """By the keys of QUALITY."""
    found = {}
    with opened(setup.new_folder("quality"), embedder) as library:
        collections = {language: _collection(library, text, language) for language, text in setup.texts.items()}
        for text, asked in {(text, asked) for text, asked, _ in QUALITY.values()}:
            questions = setup.texts[asked].questions[:: setup.plan.every]
            found[text, asked] = hit_rates(library, collections[text], questions)
    return {key: found[text, asked][key.endswith("hit5")] for key, (text, asked, _) in QUALITY.items()}


def hit_rates(library: Library, collection_id: str, questions: Sequence[Question]) -> tuple[float, float]:
    """Shares of the questions whose page the first passage is of, or one of the first five."""
    firsts, fives = 0, 0
    for question in questions:
        report = library.searcher.search(OWNER, collection_id, question.text, SearchOptions(num=5))
        pages = [hit.passage.chunk.page for hit in report.hits]
        firsts += pages[:1] == [question.page]
        fives += question.page in pages
    return firsts / len(questions), fives / len(questions)


def measure_found(setup: Setup, _: int) -> None:
    """Of the questions in the text's language: shares that are found with all paragraphs there, and that are not found
    once the paragraph of the answer, with some others, is taken away."""
    num, there, away = 0, 0, 0
    with opened(setup.new_folder("found"), setup.embedder) as library:
        for language, text in setup.texts.items():
            whole = _collection(library, text, language)
            for turn in range(AWAY_EVERY):
                kept = tuple(page for page in text.pages if page.number % AWAY_EVERY != turn)
                rest = _collection(library, Paragraphs(kept, ()), language)
                asked = [one for one in text.questions if one.page % AWAY_EVERY == turn][:: setup.plan.every]
                num += len(asked)
                there += _num_found(library, whole, asked)
                away += len(asked) - _num_found(library, rest, asked)
    setup.record.add(default__found_there=there / num, default__not_found_away=away / num)


def _num_found(library: Library, collection_id: str, asked: Sequence[Question]) -> int:
    return sum(library.searcher.search(OWNER, collection_id, one.text).is_found for one in asked)


def _collection(library: Library, text: Paragraphs, language: str) -> str:
    collection_id = library.new_collection()
    library.add(collection_id, text.pages, language)
    return collection_id
