"""A search finds what SQL holds now, of this owner, in these documents, and says how it was found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import CollectionNotFound, NothingToSearch
from rag.search import SearchOptions
from tests.search_room import OWNER, SearchRoom, SpellingEmbedder, opened_room

pytest_plugins = ["tests.storage_fixtures"]

ANIMALS = [
    "The otter sleeps on its back and holds hands.",
    "A heron stands still in the river for hours.",
    "Owls turn their heads almost all the way around.",
]
KITCHEN = ["Bread needs flour, water, salt and patience.", "An onion makes everybody cry in the kitchen."]


@pytest.fixture
def room(sqlite_path: Path, tmp_path: Path) -> Iterator[SearchRoom]:
    with opened_room(sqlite_path, tmp_path) as opened:
        yield opened


@pytest.fixture
def collection_id(room: SearchRoom) -> str:
    return room.new_collection()


def test_words_find_their_passage_and_its_legs_say_so(room: SearchRoom, collection_id: str) -> None:
    room.embedder.same_as["Where does the heron stand?"] = ANIMALS[1]
    room.add(collection_id, ANIMALS + KITCHEN)
    report = room.searcher.search(OWNER, collection_id, "Where does the heron stand?")
    first = report.hits[0]
    assert first.passage.chunk.text == ANIMALS[1]
    assert first.legs["words"].rank == first.legs["grams"].rank == 1
    assert all(0 <= hit.score <= 1 for hit in report.hits)
    assert report.is_found
    assert (report.index, report.num_passages, report.num_unready) == ("exact", 5, 0)
    assert len(report.hits) == len({hit.passage.id for hit in report.hits}) == 5


def test_vectors_find_a_passage_that_shares_no_word(room: SearchRoom, collection_id: str) -> None:
    room.embedder.same_as["yyy"] = ANIMALS[1]
    room.add(collection_id, ANIMALS)
    report = room.searcher.search(OWNER, collection_id, "yyy")
    assert report.hits[0].passage.chunk.text == ANIMALS[1]
    assert report.hits[0].legs.keys() == {"dense"}
    assert report.lexical_weight == 0


def test_a_document_is_found_by_its_words_before_it_has_vectors(room: SearchRoom, collection_id: str) -> None:
    room.add_words(collection_id, KITCHEN)
    report = room.searcher.search(OWNER, collection_id, "onion")
    assert report.hits[0].passage.chunk.text == KITCHEN[1]
    assert (report.index, report.num_unready, report.embedder) == ("words only", 2, "")
    room.add(collection_id, ANIMALS)
    report = room.searcher.search(OWNER, collection_id, "onion")
    assert (report.hits[0].passage.chunk.text, report.index, report.num_unready) == (KITCHEN[1], "exact", 2)


def test_what_is_added_and_deleted_is_found_and_gone_at_once(
    room: SearchRoom, collection_id: str, tmp_path: Path
) -> None:
    kept = room.add(collection_id, ANIMALS)
    assert "otter" in room.found(collection_id, "otter")[0]
    kitchen = room.add(collection_id, KITCHEN)
    assert "onion" in room.found(collection_id, "onion")[0]
    room.documents.delete(OWNER, kitchen.id)
    assert not set(KITCHEN) & set(room.found(collection_id, "onion"))
    room.searcher.refresh(OWNER, collection_id)
    assert {hit.passage.document_id for hit in room.searcher.search(OWNER, collection_id, "onion").hits} == {kept.id}


def test_the_text_of_a_document_that_was_read_again_takes_the_place_of_the_old(
    room: SearchRoom, collection_id: str
) -> None:
    document = room.add(collection_id, ANIMALS)
    room.found(collection_id, "otter")
    room.passages.put_text(OWNER, document.id, [], [])
    with pytest.raises(NothingToSearch):
        room.searcher.search(OWNER, collection_id, "otter")


def test_deleted_documents_leave_no_file_behind(room: SearchRoom, collection_id: str, tmp_path: Path) -> None:
    document = room.add(collection_id, KITCHEN)
    room.found(collection_id, "onion")
    (folder,) = (tmp_path / "lexical").iterdir()
    before = {path.name for path in folder.iterdir()}
    room.documents.delete(OWNER, document.id)
    room.searcher.refresh(OWNER, collection_id)
    assert {path.name for path in folder.iterdir()} & before == {"index.json"}
    room.searcher.forget(collection_id)
    assert not folder.exists()


def test_at_the_start_indexes_of_collections_that_are_gone_are_deleted(
    room: SearchRoom, collection_id: str, tmp_path: Path
) -> None:
    room.add(collection_id, KITCHEN)
    room.found(collection_id, "onion")
    room.searcher.tidy(["another"])
    assert not list((tmp_path / "lexical").iterdir())
    assert "onion" in room.found(collection_id, "onion")[0]


def test_an_index_of_words_outlives_the_program(sqlite_path: Path, tmp_path: Path) -> None:
    with opened_room(sqlite_path, tmp_path) as room:
        collection_id = room.new_collection()
        room.add(collection_id, ANIMALS)
        assert "otter" in room.found(collection_id, "otter")[0]
        files = {path.name for path in (tmp_path / "lexical" / collection_id).iterdir()}
    with opened_room(sqlite_path, tmp_path) as room:
        assert "otter" in room.found(collection_id, "otter")[0]
        assert {path.name for path in (tmp_path / "lexical" / collection_id).iterdir()} == files


def test_only_the_documents_that_were_chosen_are_searched(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, ANIMALS)
    kitchen = room.add(collection_id, KITCHEN)
    assert set(room.found(collection_id, "otter", SearchOptions(document_ids=(kitchen.id,)))) <= set(KITCHEN)
    with pytest.raises(NothingToSearch):
        room.searcher.search(OWNER, collection_id, "otter", SearchOptions(document_ids=("no such",)))


def test_another_owners_collection_is_as_if_it_never_was(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, ANIMALS)
    room.found(collection_id, "otter")
    with pytest.raises(CollectionNotFound):
        room.searcher.search("berto", collection_id, "otter")
    theirs = room.new_collection("berto")
    room.add(theirs, KITCHEN, owner="berto")
    assert set(room.found(collection_id, "onion")) <= set(ANIMALS)


def test_what_no_passage_tells_is_not_found_and_the_nearest_are_shown(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, ANIMALS + KITCHEN)
    report = room.searcher.search(OWNER, collection_id, "Who invented photography?", SearchOptions(threshold=0.9))
    assert not report.is_found
    assert report.hits


def test_nothing_can_be_searched_in_an_empty_collection(room: SearchRoom, collection_id: str) -> None:
    with pytest.raises(NothingToSearch):
        room.searcher.search(OWNER, collection_id, "otter")


@pytest.mark.parametrize("question", ["", " ", "\x00", "?!…", "a", "🦦", "\ud800", "otter " * 5_000])
def test_any_question_has_an_answer(room: SearchRoom, collection_id: str, question: str) -> None:
    room.add(collection_id, ANIMALS)
    assert room.searcher.search(OWNER, collection_id, question).num_passages == 3


def test_without_the_embedder_words_answer_and_its_name_is_told(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, ANIMALS)
    room.embedder.is_away = True
    report = room.searcher.search(OWNER, collection_id, "otter")
    assert (report.hits[0].passage.chunk.text, report.index, report.embedder) == (ANIMALS[0], "words only", "spelling")
    room.embedder = SpellingEmbedder("spelling", prefixes=("passage: ", "query: "))
    report = room.searcher.search(OWNER, collection_id, "otter")
    assert (report.index, report.embedder) == ("words only", "spelling")


def test_the_same_text_twice_makes_room_for_another(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, [ANIMALS[0]] * 4 + ANIMALS[1:] + KITCHEN)
    with_duplicates = room.found(collection_id, ANIMALS[0], SearchOptions(num=2, diversity=0.0))
    assert with_duplicates == [ANIMALS[0]] * 2
    assert len(set(room.found(collection_id, ANIMALS[0], SearchOptions(num=2, diversity=1.0)))) == 2


def test_by_meaning_alone_words_do_not_count(room: SearchRoom, collection_id: str) -> None:
    room.add(collection_id, ANIMALS)
    assert room.searcher.search(OWNER, collection_id, "otter", SearchOptions(fuses=False)).lexical_weight == 0
