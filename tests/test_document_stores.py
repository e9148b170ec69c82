"""Collections and documents as they are kept, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from errors import CollectionNotFound, DocumentNotFound
from storage.collections import CollectionStore
from storage.database import Database
from storage.document_records import Document, DocumentStatus
from storage.documents import DocumentChange
from tests.document_shelf import PAGES, Shelf

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


def test_everybody_has_one_default_collection_even_when_asked_for_at_once(database: Database) -> None:
    collections = CollectionStore(database)
    with ThreadPoolExecutor(4) as threads:
        ids = {collection.id for collection in threads.map(lambda _: collections.default("ana"), range(8))}
    assert ids == {collections.default("ana").id}
    assert collections.default("ana").is_default
    assert collections.default("eve").id not in ids


def test_collections_are_listed_by_name_behind_the_default_one(shelf: Shelf) -> None:
    for name in ("zoology", "Álgebra", "botany"):
        shelf.collections.create("ana", name)
    shelf.collections.change("ana", shelf.collection_id, name="zz")
    assert [one.name for one in shelf.collections.listed("ana")] == ["zz", "botany", "zoology", "Álgebra"]
    assert [one.name for one in shelf.collections.listed("eve")] == [""]


def test_a_collection_keeps_what_it_is_given(shelf: Shelf) -> None:
    created = shelf.collections.create("ana", "Rivers")
    assert shelf.collections.get("ana", created.id) == created
    assert (created.stamp, created.settings) == (None, {})
    stamp = {"embedder": "use-multilingual", "dimension": 512, "prefixes": ["", ""]}
    shelf.collections.change("ana", created.id, stamp=stamp, settings={"chunk_size": 500})
    expected = replace(created, stamp=stamp, settings={"chunk_size": 500})
    assert shelf.collections.get("ana", created.id) == expected
    shelf.collections.change("ana", created.id, stamp=None)
    assert shelf.collections.get("ana", created.id).stamp is None


def test_a_collection_takes_its_documents_with_it(shelf: Shelf) -> None:
    documents = [shelf.index("a"), shelf.index("b")]
    assert set(shelf.collections.delete("ana", shelf.collection_id)) == {one.id for one in documents}
    assert shelf.documents.total_bytes() == 0
    for document in documents:
        with pytest.raises(DocumentNotFound):
            shelf.passages.pages("ana", document.id)
    assert shelf.collections.default("ana").id != shelf.collection_id


def test_a_document_comes_back_whole(shelf: Shelf) -> None:
    fault: dict[str, Any] = {
        "fault": "error_document_broken",
        "fault_values": {"name": "x"},
        "status": DocumentStatus.FAILED,
    }
    document = Document(shelf.collection_id, "ríos\x00.pdf", "pdf", "https://here", 5_000_000_000, "ab", language="es")
    document = replace(document, **fault)
    shelf.documents.add("ana", document)
    kept = replace(document, name="ríos\ufffd.pdf")
    assert shelf.documents.get("ana", document.id) == kept
    shelf.documents.change("ana", document.id, status=DocumentStatus.PENDING, fault=None, num_pages=3, name="b")
    changed = replace(kept, status=DocumentStatus.PENDING, fault=None, num_pages=3, name="b")
    assert shelf.documents.get("ana", document.id) == changed


def test_documents_are_listed_newest_first(shelf: Shelf) -> None:
    other = shelf.collections.create("ana", "other")
    for name in "abc":
        shelf.add(name)
    shelf.add("elsewhere", collection_id=other.id)
    assert [one.name for one in shelf.documents.listed("ana", shelf.collection_id)] == ["c", "b", "a"]


def test_the_same_content_is_found_in_the_same_collection_alone(shelf: Shelf) -> None:
    other = shelf.collections.create("ana", "other")
    first, _ = shelf.add("a", content_hash="ab"), shelf.add("b", content_hash="ab")
    assert shelf.documents.same("ana", shelf.collection_id, "ab") == first
    assert shelf.documents.same("ana", shelf.collection_id, "cd") is None
    assert shelf.documents.same("ana", other.id, "ab") is None


def test_what_was_not_finished_is_known_at_the_next_start(database: Database, shelf: Shelf) -> None:
    shelf.index("ready")
    failed = shelf.add("failed")
    shelf.documents.change("ana", failed.id, status=DocumentStatus.FAILED)
    Shelf(database, "eve").add("of another")
    shelf.read("half")
    unfinished = shelf.documents.unfinished()
    assert [(owner, one.name, one.status) for owner, one in unfinished] == [
        ("eve", "of another", DocumentStatus.PENDING),
        ("ana", "half", DocumentStatus.INDEXING),
    ]


def test_usage_counts_each_owners_own(database: Database, shelf: Shelf) -> None:
    shelf.add(num_bytes=3_000_000_000)
    shelf.add(num_bytes=1)
    Shelf(database, "eve").add(num_bytes=5)
    assert shelf.documents.usage("ana") == (2, 3_000_000_001)
    assert shelf.documents.usage("bob") == (0, 0)
    assert shelf.documents.total_bytes() == 3_000_000_006


@pytest.mark.parametrize("is_changing", [{"name": "new"}, {"language": "es"}, {"status": DocumentStatus.PENDING}])
def test_what_changes_the_passages_counts_as_a_revision(shelf: Shelf, is_changing: DocumentChange) -> None:
    document = shelf.index()
    before = shelf.revision
    shelf.documents.change("ana", document.id, num_bytes=7)
    assert shelf.revision == before
    shelf.documents.change("ana", document.id, **is_changing)
    assert shelf.revision == before + 1


CallByEve = Callable[[Shelf, str], object]
OF_COLLECTIONS: dict[str, CallByEve] = {
    "get": lambda shelf, one: shelf.collections.get("eve", one),
    "change": lambda shelf, one: shelf.collections.change("eve", one, name="mine"),
    "delete": lambda shelf, one: shelf.collections.delete("eve", one),
    "add": lambda shelf, one: shelf.documents.add("eve", Document(one, "mine", "pdf")),
    "listed": lambda shelf, one: shelf.documents.listed("eve", one),
    "same": lambda shelf, one: shelf.documents.same("eve", one, "ab"),
    "passages": lambda shelf, one: shelf.passages.passages("eve", one),
    "all_vectors": lambda shelf, one: shelf.passages.all_vectors("eve", one),
    "forget_vectors": lambda shelf, one: shelf.passages.forget_vectors("eve", one),
}
OF_DOCUMENTS: dict[str, CallByEve] = {
    "get": lambda shelf, one: shelf.documents.get("eve", one),
    "change": lambda shelf, one: shelf.documents.change("eve", one, name="mine"),
    "delete": lambda shelf, one: shelf.documents.delete("eve", one),
    "put_text": lambda shelf, one: shelf.passages.put_text("eve", one, PAGES, ()),
    "pages": lambda shelf, one: shelf.passages.pages("eve", one),
    "page": lambda shelf, one: shelf.passages.page("eve", one, 1),
    "without_vectors": lambda shelf, one: shelf.passages.without_vectors("eve", one),
    "put_vectors": lambda shelf, one: shelf.passages.put_vectors("eve", one, {}),
    "finish": lambda shelf, one: shelf.passages.finish("eve", one),
}
NO_IDS = ("no such", "", "\x00", "\ud800", "x" * 10_000)


@pytest.mark.parametrize("call", OF_COLLECTIONS)
def test_anothers_collection_looks_like_none(shelf: Shelf, call: str) -> None:
    shelf.index()
    before = shelf.collections.listed("ana"), shelf.documents.listed("ana", shelf.collection_id)
    for collection_id in (shelf.collection_id, *NO_IDS):
        with pytest.raises(CollectionNotFound):
            OF_COLLECTIONS[call](shelf, collection_id)
    assert (shelf.collections.listed("ana"), shelf.documents.listed("ana", shelf.collection_id)) == before


@pytest.mark.parametrize("call", OF_DOCUMENTS)
def test_anothers_document_looks_like_none(shelf: Shelf, call: str) -> None:
    document = shelf.index()
    before = shelf.documents.get("ana", document.id), shelf.found()
    for document_id in (document.id, *NO_IDS):
        with pytest.raises(DocumentNotFound):
            OF_DOCUMENTS[call](shelf, document_id)
    assert (shelf.documents.get("ana", document.id), shelf.found()) == before
