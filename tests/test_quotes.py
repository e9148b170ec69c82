"""Which sentences of the passages may be quoted, and which have most to do with a question."""

from __future__ import annotations

from rag.citations import NumberedPassage
from rag.quotes import MAX_CHOICES, best_quotes, nearest_quotes, quotable
from storage.document_records import Chunk, Passage

TEXT = (
    "The bridge over the river was opened in 1894. Whales eat plankton every single day. "
    "Bread needs flour and water and salt. The train leaves at nine in the morning. "
    "Opened gates let the water of the river through. Snow falls on the high mountains. "
    "A violin has four strings of metal. Too short."
)
GIVEN = (NumberedPassage(3, Passage(1, "d", "Bridges", "en", Chunk(0, 1, 100, 100 + len(TEXT), TEXT))),)


def test_only_sentences_can_be_quoted_and_each_knows_its_place() -> None:
    quotes = quotable(GIVEN)
    assert len(quotes) == 7
    assert all(TEXT[quote.start - 100 : quote.end - 100] == quote.text for quote in quotes)
    assert {quote.passage for quote in quotes} == {3}


def test_the_model_chooses_among_few_the_likeliest_first() -> None:
    nearest = nearest_quotes("When was the bridge opened?", "en", quotable(GIVEN), None)
    assert len(nearest) == MAX_CHOICES
    assert nearest[0].text == "The bridge over the river was opened in 1894."


def test_what_is_worse_by_far_is_not_quoted_beside_the_best() -> None:
    best = best_quotes("When was the bridge opened?", "en", quotable(GIVEN), None)
    assert [quote.text for quote in best] == ["The bridge over the river was opened in 1894."]
