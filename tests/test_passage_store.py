"""Text, chunks and vectors of documents as they are kept, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from errors import DocumentNotFound
from storage import passages as passages_module
from storage.database import Database
from storage.document_records import DocumentStatus, PassageVectors
from storage.passages import PassageStore
from storage.schema import CHUNKS as CHUNK_TABLE
from storage.schema import PAGES as PAGE_TABLE
from storage.schema import VECTORS, WINDOW_VECTORS
from tests.document_shelf import CHUNKS, DIMENSION, PAGES, Shelf, unit_vectors, vectors_of

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


def num_rows(database: Database) -> list[int]:
    with database.reading() as connection:
        tables = (PAGE_TABLE, CHUNK_TABLE, VECTORS, WINDOW_VECTORS)
        return [len(connection.execute(table.select()).all()) for table in tables]


def test_text_comes_back_as_it_was_cut(shelf: Shelf) -> None:
    document = shelf.read()
    shelf.documents.change("ana", document.id, language="es")
    assert shelf.passages.pages("ana", document.id) == PAGES
    assert shelf.passages.page("ana", document.id, 2) == PAGES[1]
    with pytest.raises(DocumentNotFound):
        shelf.passages.page("ana", document.id, 3)
    found = tuple(shelf.passages.passages("ana", shelf.collection_id))
    assert tuple(passage.chunk for passage in found) == CHUNKS
    assert {(one.document_id, one.document_name, one.language) for one in found} == {(document.id, "rivers.pdf", "es")}
    kept = shelf.documents.get("ana", document.id)
    assert (kept.status, kept.num_pages, kept.num_chunks) == (DocumentStatus.INDEXING, 2, 3)


def test_offsets_hold_whatever_the_text_is_made_of(shelf: Shelf) -> None:
    page = replace(PAGES[0], text="a\x00b\ud800c😀 e\u0301 end")
    chunk = replace(CHUNKS[0], start=4, end=len(page.text), text=page.text[4:], headings=("\x00",))
    document = shelf.add()
    shelf.passages.put_text("ana", document.id, [page], [chunk])
    (kept,) = shelf.passages.pages("ana", document.id)
    (passage,) = shelf.passages.passages("ana", shelf.collection_id)
    assert kept.text[chunk.start : chunk.end] == passage.chunk.text == chunk.text


def test_words_can_be_searched_as_soon_as_they_are_read_and_vectors_when_all_are_there(shelf: Shelf) -> None:
    document = shelf.add()
    assert shelf.found() == []
    shelf.passages.put_text("ana", document.id, PAGES, CHUNKS)
    assert shelf.found() == ["rivers.pdf"] * 3
    lacking = shelf.passages.without_vectors("ana", document.id)
    vectors = vectors_of(lacking)
    ids = list(vectors)
    shelf.passages.put_vectors("ana", document.id, {one: vectors[one] for one in ids[:2]})
    assert not shelf.passages.finish("ana", document.id)
    assert shelf.passages.without_vectors("ana", document.id) == lacking[2:]
    assert shelf.passages.vectors("ana", ids) == {}
    assert list(shelf.passages.all_vectors("ana", shelf.collection_id)) == []
    before = shelf.revision
    shelf.passages.put_vectors("ana", document.id, {ids[2]: vectors[ids[2]]})
    assert shelf.passages.finish("ana", document.id)
    assert shelf.documents.get("ana", document.id).status is DocumentStatus.READY
    assert shelf.revision == before + 1
    assert sorted(shelf.passages.vectors("ana", ids)) == ids


def test_vectors_come_back_nearly_as_they_were_and_of_unit_length(shelf: Shelf) -> None:
    document = shelf.index()
    given = vectors_of(tuple(shelf.passages.passages("ana", shelf.collection_id)))
    kept = shelf.passages.vectors("ana", [*given, 10**9])
    assert kept.keys() == given.keys()
    for one, vectors in kept.items():
        assert {vectors.whole.dtype, vectors.windows.dtype} == {np.dtype(np.float32)}
        assert vectors.windows.shape == given[one].windows.shape
        np.testing.assert_allclose(vectors.whole, given[one].whole, atol=1e-3)
        np.testing.assert_allclose(vectors.windows, given[one].windows, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(vectors.windows, axis=1), 1, atol=1e-6)
    ((ids, wholes),) = shelf.passages.all_vectors("ana", shelf.collection_id)
    assert ids == shelf.ids(document)
    assert wholes.dtype == np.float32
    np.testing.assert_array_equal(wholes, [kept[one].whole for one in ids])


def test_a_passage_without_windows_or_of_no_length_keeps_its_shape(shelf: Shelf) -> None:
    document = shelf.read(chunks=CHUNKS[:1])
    (one,) = shelf.ids(document)
    nothing = PassageVectors(np.zeros(DIMENSION, np.float32), np.zeros((0, DIMENSION), np.float32))
    shelf.passages.put_vectors("ana", document.id, {one: nothing})
    shelf.passages.finish("ana", document.id)
    kept = shelf.passages.vectors("ana", [one])[one]
    assert (kept.whole.tolist(), kept.windows.shape) == ([0.0] * DIMENSION, (0, DIMENSION))


def test_vectors_that_are_put_again_replace_the_first(shelf: Shelf) -> None:
    document = shelf.index()
    one = shelf.ids(document)[0]
    newer = PassageVectors(unit_vectors(1, 77)[0], unit_vectors(2, 78))
    shelf.passages.put_vectors("ana", document.id, {one: newer})
    kept = shelf.passages.vectors("ana", [one])[one]
    np.testing.assert_allclose(kept.whole, newer.whole, atol=1e-3)
    assert kept.windows.shape == (2, DIMENSION)


def test_new_text_takes_the_place_of_all_that_was_known(database: Database, shelf: Shelf) -> None:
    document = shelf.index()
    old_ids, before = shelf.ids(document), shelf.revision
    old_vectors = vectors_of(tuple(shelf.passages.passages("ana", shelf.collection_id)))
    shelf.passages.put_text("ana", document.id, PAGES[:1], CHUNKS[:2])
    assert shelf.revision == before + 1
    assert num_rows(database) == [1, 2, 0, 0]
    assert min(shelf.ids(document)) > max(old_ids)
    assert len(shelf.passages.without_vectors("ana", document.id)) == 2
    shelf.passages.put_vectors("ana", document.id, old_vectors)
    assert num_rows(database) == [1, 2, 0, 0]


def test_a_deleted_document_leaves_nothing_behind_and_its_ids_are_never_given_again(
    database: Database, shelf: Shelf
) -> None:
    stays, goes = shelf.index("stays"), shelf.index("goes")
    gone_ids, rows, before = shelf.ids(goes), num_rows(database), shelf.revision
    shelf.documents.delete("ana", goes.id)
    assert num_rows(database) == [count // 2 for count in rows]
    assert shelf.found() == ["stays"] * 3
    assert shelf.revision == before + 1
    assert shelf.passages.by_ids("ana", gone_ids) == ()
    assert shelf.passages.vectors("ana", gone_ids) == {}
    shelf.documents.delete("ana", stays.id)
    assert min(shelf.ids(shelf.index("new"))) > max(gone_ids)


def test_passages_by_id_come_in_the_order_asked_for_and_only_ones_own(database: Database, shelf: Shelf) -> None:
    first, second, third = shelf.ids(shelf.index())
    eve = Shelf(database, "eve")
    others = eve.ids(eve.index())
    asked = [third, others[0], 10**9, first]
    assert [one.id for one in shelf.passages.by_ids("ana", asked)] == [third, first]
    assert shelf.passages.vectors("ana", [second, *others]).keys() == {second}
    assert next(shelf.passages.passages("eve", eve.collection_id)).id == others[0]


def test_a_document_that_waits_to_be_read_again_is_not_searched(shelf: Shelf) -> None:
    document = shelf.index()
    ids = shelf.ids(document)
    shelf.documents.change("ana", document.id, status=DocumentStatus.PENDING)
    assert shelf.found() == []
    assert shelf.passages.by_ids("ana", ids) == ()
    assert list(shelf.passages.all_vectors("ana", shelf.collection_id)) == []


def test_forgetting_the_vectors_of_a_collection_leaves_its_words_and_the_others(
    database: Database, shelf: Shelf
) -> None:
    here, failed = shelf.index("here"), shelf.add("failed")
    shelf.documents.change("ana", failed.id, status=DocumentStatus.FAILED)
    eve = Shelf(database, "eve")
    eve.index()
    before = shelf.revision
    shelf.passages.forget_vectors("ana", shelf.collection_id)
    assert shelf.found() == ["here"] * 3
    assert shelf.revision == before + 1
    assert len(shelf.passages.without_vectors("ana", here.id)) == 3
    assert shelf.documents.get("ana", here.id).status is DocumentStatus.INDEXING
    assert shelf.documents.get("ana", failed.id).status is DocumentStatus.FAILED
    assert len(list(eve.passages.all_vectors("eve", eve.collection_id))) == 1


def test_a_document_without_a_chunk_is_ready_at_once(shelf: Shelf) -> None:
    document = shelf.read(chunks=())
    assert shelf.passages.finish("ana", document.id)


def test_more_than_a_block_is_read_in_blocks_and_what_goes_meanwhile_is_left_out(
    shelf: Shelf, database: Database
) -> None:
    size = passages_module.BLOCK_SIZE
    chunks = tuple(replace(CHUNKS[0], number=number) for number in range(size))
    shelf.index("long", chunks)
    goes = shelf.index("goes")
    store = PassageStore(database)
    blocks = store.all_vectors("ana", shelf.collection_id)
    ids, wholes = next(blocks)
    assert (len(ids), wholes.shape) == (size, (size, DIMENSION))
    shelf.documents.delete("ana", goes.id)
    assert list(blocks) == []
    assert len(store.by_ids("ana", [*ids, *ids])) == 2 * size
