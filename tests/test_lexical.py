"""The index of words counts the same however it was put together, and gives back what was written or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.lexical import ALWAYS_COUNTED, LexicalIndex, Segment
from rag.lexical_files import IndexDamaged, IndexFolder
from rag.tokens import grams, stems
from storage.document_records import Chunk, Passage

WORDS = st.lists(st.sampled_from(["casa", "casas", "río", "rio", "red", "reds", "a", "ñandú", "2024"]), max_size=8)
TEXTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=12)


def passage(number: int, text: str, language: str = "es") -> Passage:
    return Passage(number, "d", "notes", language, Chunk(number, 1, 0, len(text), text))


def index_of(*groups: list[Passage]) -> LexicalIndex:
    return LexicalIndex().changed(np.ones(0, bool), [Segment.of(group) for group in groups])


def by_id(index: LexicalIndex, question: str) -> dict[int, tuple[float, float]]:
    scores = index.scores(question, ["es"])
    rows = zip(index.ids.tolist(), scores.words.tolist(), scores.grams.tolist(), strict=True)
    return {one: (round(words, 4), round(of_grams, 4)) for one, words, of_grams in rows}


@given(TEXTS, st.data())
def test_in_any_number_of_segments_with_anything_taken_out_it_counts_the_same(
    texts: list[str], data: st.DataObject
) -> None:
    passages = [passage(number, text) for number, text in enumerate(texts)]
    cut = data.draw(st.integers(1, len(passages)))
    kept = data.draw(st.lists(st.booleans(), min_size=len(passages), max_size=len(passages)))
    groups = [group for group in (passages[:cut], passages[cut:]) if group]
    index = index_of(*groups)
    changed = index.changed(np.array(kept)[index.ids], [])
    left = [one for one in passages if kept[one.id]]
    whole = index_of(left) if left else LexicalIndex()
    for question in ("casa ñandú", "rio", "", "2024 red"):
        assert by_id(changed, question) == by_id(whole, question)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_has_tokens_that_are_its_own(texts: list[str]) -> None:
    for cut in (stems(texts, "es"), grams(texts)):
        assert len(cut.keys) == len(cut.places)
        assert set(cut.places.tolist()) <= set(range(len(texts)))
        assert (np.diff(cut.places) >= 0).all()
    for number, text in enumerate(texts):
        own = grams(texts)
        assert own.keys[own.places == number].tolist() == grams([text]).keys.tolist()


def test_inflections_and_accents_are_the_same_word() -> None:
    found = stems(["canciones", "CANCIÓN", "cancio\u0301n"], "es").keys
    assert len(found) == 3
    assert len(set(found[1:].tolist())) == 1
    assert len(set(grams(["río", "rio"]).keys.tolist())) == 2


def test_a_question_in_another_language_knows_few_of_the_words() -> None:
    index = index_of([passage(1, "The otter sleeps on its back in the river.", "en")])
    assert index.scores("Where does the otter sleep?", ["en"]).share > 0.5
    assert index.scores("¿Dónde duerme la nutria?", ["en"]).share == 0


def test_what_most_of_many_passages_hold_is_not_counted_unless_it_is_known_of_few() -> None:
    texts = ["the house", *["the"] * (ALWAYS_COUNTED + 1)]
    many = index_of([passage(number, text, "en") for number, text in enumerate(texts)])
    few = index_of([passage(number, text, "en") for number, text in enumerate(texts[:10])])
    for index, is_counted in ((many, False), (few, True)):
        scores = index.scores("the house", ["en"])
        assert scores.share == 1
        assert bool(scores.words[1] > 0) is is_counted
        assert scores.words[0] == scores.words.max() > 0
    assert (many.scores("the", ["en"]).words > 0).all()


def test_what_was_written_comes_back_and_only_new_segments_are_written(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "words")
    index = index_of([passage(number, f"casa número{number}") for number in range(20)])
    folder.write(index)
    before = {path.name for path in (tmp_path / "words").iterdir()}
    index = folder.read().changed(np.ones(20, bool), [Segment.of([passage(20, "otra casa")])])
    folder.write(index)
    after = {path.name for path in (tmp_path / "words").iterdir()}
    assert len(index.segments) == 2
    assert before < after
    assert by_id(folder.read(), "casa número7") == by_id(index, "casa número7")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "segments": {"x": {}}}', b"\xff"]
)
def test_a_catalogue_that_is_not_ours_is_damage(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_bytes(content)
    with pytest.raises(IndexDamaged):
        IndexFolder(tmp_path).read()
    folder = IndexFolder(tmp_path)
    folder.write(index_of([passage(1, "casa")]))
    assert by_id(folder.read(), "casa")[1][0] > 0
