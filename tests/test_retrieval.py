from __future__ import annotations

from rag.ranking import Leg
from rag.retrieval import Retrieved, Where, Wordings, best_of, rank_fused, reranked, retrieve
from rag.search import Hit, SearchReport
from tests.document_room import COLLECTION, OWNER, LetterEmbedder, WordSearch, passage

FIRST = passage(1, "Bridges are long. Ships are slow. Cats sleep all day.")
SECOND = passage(2, "Nothing here. The bridge was opened in 1973 by the queen.")


def report(question: str, *scores: tuple[int, float], is_found: bool = True) -> SearchReport:
    passages = {1: FIRST, 2: SECOND}
    hits = tuple(Hit(passages[one], score, {"words": Leg(score, n)}) for n, (one, score) in enumerate(scores, 1))
    return SearchReport(question, hits, is_found, 1.0, "exact", 2)


def ids(hits: tuple[Hit, ...]) -> list[int]:
    return [hit.passage.id for hit in hits]


def test_a_passage_has_its_best_score_of_all_wordings() -> None:
    hits = best_of([report("a", (1, 0.5), (2, 0.4)), report("b", (2, 0.9))])
    assert [(hit.passage.id, hit.score) for hit in hits] == [(2, 0.9), (1, 0.5)]


def test_what_several_wordings_find_comes_first() -> None:
    assert ids(rank_fused([report("a", (1, 0.9), (2, 0.8)), report("b", (2, 0.1))])) == [2, 1]


def test_the_sentence_that_answers_brings_its_passage_forward() -> None:
    found = Retrieved(("When was the bridge opened?",), report("", (1, 0.51), (2, 0.5)))
    assert ids(reranked(found, LetterEmbedder()).report.hits) == [1, 2]  # two that the search tells apart stay so
    even = Retrieved(("When was the bridge opened?",), report("", (1, 0.5), (2, 0.5)))
    assert ids(reranked(even, LetterEmbedder()).report.hits) == [2, 1]


def test_only_the_question_itself_says_that_it_is_answered() -> None:
    search = WordSearch([FIRST, SECOND])
    where = Where(OWNER, COLLECTION)
    found = retrieve(search, where, Wordings(("goalkeepers of Sweden",), ("bridge opened queen",)), 5, best_of)
    assert not found.report.is_found
    assert found.passages == ()
    assert ids(found.report.hits)[0] == 2
