"""Where the answer of a triple stands in the documents, and how much two answers have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.answer_overlap import overlap, words_of
from rag.evaluation_sources import SearchableText, SourceDocument, Target, target_of
from storage.document_records import Chunk, Document, Page, Passage
from storage.triples import Triple

RIVERS = SourceDocument(
    Document("c", "Ríos.pdf", "pdf", id="rivers"),
    (Page(1, "# Agua\n\nLos ríos bajan al mar.  Nunca\nvuelven, dicen."), Page(2, "El Ebro nace en Fontibre.")),
)
LAKES = SourceDocument(Document("c", "lakes.txt", "txt", id="lakes"), (Page(1, "Lakes are still. El Ebro no."),))
DOCUMENTS = [RIVERS, LAKES]


def passage(source: SourceDocument, page: int, start: int, end: int) -> Passage:
    text = source.pages[page - 1].text[start:end]
    return Passage(1, source.document.id, source.document.name, "es", Chunk(0, page, start, end, text))


def whole(source: SourceDocument, page: int = 1) -> Passage:
    return passage(source, page, 0, len(source.pages[page - 1].text))


def target(source: str, answer: str = "", document_id: str | None = None) -> Target | None:
    return target_of(Triple("?", answer, source, document_id), DOCUMENTS)


def test_a_source_is_found_whatever_its_blanks_accents_and_punctuation() -> None:
    found = target("rios bajan al mar: NUNCA vuelven")
    assert found is not None
    text = RIVERS.pages[0].text
    assert found.spans == {("rivers", 1): [(text.index("ríos"), text.index(", dicen"))]}
    assert found.is_in(whole(RIVERS))
    assert not found.is_in(whole(RIVERS, 2))
    assert not found.is_in(whole(LAKES))


def test_a_passage_must_have_half_of_the_source_or_be_half_of_it() -> None:
    found = target(RIVERS.pages[0].text)
    assert found is not None
    middle = RIVERS.pages[0].text.index("Nunca")
    assert found.is_in(passage(RIVERS, 1, 0, middle))
    assert found.is_in(passage(RIVERS, 1, middle, middle + 5))
    short = target("Nunca vuelven")
    assert short is not None
    assert not short.is_in(passage(RIVERS, 1, 0, middle + 3))
    assert short.is_in(passage(RIVERS, 1, 0, middle + 10))


def test_a_source_may_stand_in_several_places() -> None:
    found = target("El Ebro")
    assert found is not None
    assert found.is_in(whole(RIVERS, 2))
    assert found.is_in(whole(LAKES))
    only = target("El Ebro", document_id="lakes")
    assert only is not None
    assert not only.is_in(whole(RIVERS, 2))


@pytest.mark.parametrize("name", ["ríos.pdf", " RIOS "])
def test_a_source_may_be_the_name_of_a_document(name: str) -> None:
    anywhere = target(name, answer="not in it")
    assert anywhere is not None
    assert anywhere.is_in(whole(RIVERS))
    assert anywhere.is_in(whole(RIVERS, 2))
    assert not anywhere.is_in(whole(LAKES))
    narrowed = target(name, answer="Fontibre")
    assert narrowed is not None
    assert narrowed.is_in(whole(RIVERS, 2))
    assert not narrowed.is_in(whole(RIVERS))


def test_without_a_source_the_words_of_the_answer_tell() -> None:
    found = target("", answer="fontibre")
    assert found is not None
    assert found.is_in(whole(RIVERS, 2))
    assert not found.is_in(whole(LAKES))
    assert target("", answer="el") is None
    assert target("of no document", answer="of none either") is None
    assert target("", document_id="gone") is None


@given(st.text(st.sampled_from("aé\u0301ß½ ﷺ.\n中_"), max_size=30), st.integers(0, 29), st.integers(0, 29))
def test_any_words_of_a_text_are_found_where_they_stand(text: str, start: int, end: int) -> None:
    words = SearchableText(text)
    whole_spans = list(words.find(words_of(text)))
    assert all(0 <= first < last <= len(text) for first, last in [*whole_spans, *words.find(words_of(text[start:end]))])
    assert bool(whole_spans) == any(character.isalnum() or character == "_" for character in text)


@pytest.mark.parametrize(
    ("given_answer", "expected", "share"),
    [
        ("Los RIOS.", "ríos", 1.0),
        ("The rivers run", "a river", 0.0),
        ("the sea and the land", "sea", 0.5),
        ("mar mar", "mar", 2 / 3),
        ("", "", 1.0),
        ("the", "sea", 0.0),
    ],
)
def test_overlap_is_f1_of_words(given_answer: str, expected: str, share: float) -> None:
    assert overlap(given_answer, expected) == pytest.approx(share)
    assert overlap(expected, given_answer) == pytest.approx(share)
