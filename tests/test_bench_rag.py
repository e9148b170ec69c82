"""The benchmark of the documents' search: its figures, what it measures on, and what it says without its data."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from bench.figures import Record
from bench.rag.__main__ import MEASURES, _parser
from bench.rag.citations import shortened
from bench.rag.figures import FIGURES, KEYS, PRECISE_KEYS, QUALITY_KEYS
from bench.rag.library import opened
from bench.rag.prose import long_pdf, long_text
from bench.rag.quality import hit_rates
from bench.rag.questions import Paragraphs, Question, paragraphs
from bench.rag.remembering import RememberingEmbedder
from bench.rag.setup import Plan, Setup
from bench.rounds import run_rounds, told
from storage.document_records import Page
from tests.search_room import SpellingEmbedder

QUESTION = {"question": "Where is Lima?", "answers": [{"text": "Peru", "answer_start": 11}]}
CONTENT = {
    "data": [
        {"paragraphs": [{"context": "Nothing.", "qas": []}, {"context": "Lima is in Peru.", "qas": [QUESTION]}]},
        {"paragraphs": [{"context": "More.", "qas": [QUESTION]}]},
    ]
}


# --- figures ---------------------------------------------------------------------------------------------------------


def test_every_figure_has_a_measure_and_a_key_of_its_own() -> None:
    assert len(set(KEYS)) == len(FIGURES)
    assert sorted(key for measure in MEASURES for key in measure.keys) == sorted(KEYS)
    assert [key.removesuffix("_precise") for key in PRECISE_KEYS] == list(QUALITY_KEYS)


def test_a_search_that_grows_with_its_collection_is_on_the_wrong_side() -> None:
    (figure,) = (figure for figure in FIGURES if figure.key == "growth_100000")
    measured = Record()
    measured.add(query__p50_ms_10000=10.0, query__p50_ms_100000=40.0)
    value = measured.value(figure)
    assert value is not None
    assert not figure.is_reached(value)


def test_only_known_figures_can_be_asked_for() -> None:
    assert _parser().parse_args(["--only", "es_hit1,growth"]).only == ["es_hit1", "growth"]
    with pytest.raises(SystemExit):
        _parser().parse_args(["--only", "speed"])


def test_without_the_data_each_figure_says_that_it_is_not_there(tmp_path: Path) -> None:
    setup = Setup(Plan.quick(), tmp_path, frozenset({"es_hit1", "citation_precision"}), tmp_path / "none")
    run_rounds(MEASURES, setup, 1)
    report = told(FIGURES, setup.record)
    for key in ("es_hit1", "citation_precision"):
        assert report[key] is None
        assert "no XQuAD" in report["reasons"][key]


# --- what is measured on ---------------------------------------------------------------------------------------------


def test_each_paragraph_is_a_page_and_each_question_knows_its_own(tmp_path: Path) -> None:
    (tmp_path / "xquad.en.dev.json").write_text(json.dumps(CONTENT), encoding="utf-8")
    found = paragraphs("en", tmp_path)
    assert [page.text for page in found.pages] == ["Nothing.", "Lima is in Peru.", "More."]
    assert [question.page for question in found.questions] == [2, 3]
    assert [question.page for question in found.first(2).questions] == [2]


def test_long_texts_are_as_long_as_was_asked_repeatable_and_unlike() -> None:
    text = long_text(20_000, seed=1)
    assert len(text) >= 20_000
    assert text == long_text(20_000, seed=1)
    others = set(long_text(20_000, seed=2).split("\n\n"))
    assert others.isdisjoint(text.split("\n\n"))


def test_every_page_of_the_long_file_has_text() -> None:
    pages = PdfReader(io.BytesIO(long_pdf(12, seed=1))).pages
    assert len(pages) == 12
    assert all(len(page.extract_text()) > 2_000 for page in pages)


def test_a_shortened_sentence_is_its_beginning() -> None:
    whole = "Lima, the capital of Peru (since 1535), is a large city on the coast, as everybody knows."
    assert shortened(whole) == "Lima, the capital of Peru."
    assert shortened("One two three four five.") == "One two three four five."


def test_a_remembered_text_has_the_vector_it_had_and_is_not_embedded_again() -> None:
    embedder = SpellingEmbedder()
    remembering = RememberingEmbedder(embedder)
    first = remembering.embed_passages(["a", "b", "a"])
    assert (first == embedder.embed_passages(["a", "b", "a"])).all()
    question = remembering.embed_question("c")
    embedder.is_away = True
    assert (remembering.embed_question("c") == question).all()
    assert (remembering.embed_passages(["b", "a"]) == first[[1, 0]]).all()


def test_hits_are_counted_by_page(tmp_path: Path) -> None:
    texts = ["Rivers carry water.", "Wolves hunt in packs.", "Trains leave at eight."]
    pages = tuple(Page(number, text) for number, text in enumerate(texts, 1))
    right, wrong = Question("wolves in packs", 2, "", 0), Question("rivers water", 3, "", 0)
    with opened(tmp_path, SpellingEmbedder()) as library:
        collection_id = library.new_collection()
        library.add(collection_id, Paragraphs(pages, ()).pages, "en")
        assert hit_rates(library, collection_id, [right, right, wrong, wrong])[0] == 0.5
