"""Triples for the evaluation as they are kept, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from errors import CollectionNotFound, DocumentNotFound
from storage.database import Database
from storage.triples import Triple, TripleStore
from tests.document_shelf import Shelf

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


@pytest.fixture
def triples(database: Database) -> TripleStore:
    return TripleStore(database)


def test_triples_stay_in_their_order_and_go_with_their_document(shelf: Shelf, triples: TripleStore) -> None:
    rivers, lakes = shelf.add("rivers"), shelf.add("lakes")
    kept = [
        Triple("¿Qué baja?", "Los ríos", "Los ríos bajan.", rivers.id),
        Triple("¿Qué calla?", "Los lagos", "Los lagos callan.", lakes.id),
        Triple("What runs?", "Rivers"),
    ]
    triples.add("ana", shelf.collection_id, *kept[:2])
    triples.add("ana", shelf.collection_id, kept[2])
    assert triples.listed("ana", shelf.collection_id) == tuple(kept)
    triples.delete("ana", shelf.collection_id, [kept[1].id, "no such"])
    assert triples.listed("ana", shelf.collection_id) == (kept[0], kept[2])
    shelf.documents.delete("ana", rivers.id)
    assert triples.listed("ana", shelf.collection_id) == (kept[2],)
    triples.add("ana", shelf.collection_id)
    triples.delete("ana", shelf.collection_id, [])
    shelf.collections.delete("ana", shelf.collection_id)


def test_a_triple_needs_a_document_of_its_own_collection(
    database: Database, shelf: Shelf, triples: TripleStore
) -> None:
    others = Shelf(database, "eve").add()
    for document_id in (others.id, "no such", "\x00"):
        with pytest.raises(DocumentNotFound):
            triples.add("ana", shelf.collection_id, Triple("a", "b"), Triple("q", "a", "s", document_id))
    assert triples.listed("ana", shelf.collection_id) == ()


CALLS: dict[str, Callable[[TripleStore, str, str], object]] = {
    "listed": lambda triples, collection_id, _: triples.listed("eve", collection_id),
    "add": lambda triples, collection_id, _: triples.add("eve", collection_id, Triple("q", "a")),
    "delete": lambda triples, collection_id, one: triples.delete("eve", collection_id, [one]),
}


@pytest.mark.parametrize("call", CALLS)
def test_anothers_triples_look_like_none(shelf: Shelf, triples: TripleStore, call: str) -> None:
    kept = Triple("q", "a")
    triples.add("ana", shelf.collection_id, kept)
    for collection_id in (shelf.collection_id, "no such", "\ud800"):
        with pytest.raises(CollectionNotFound):
            CALLS[call](triples, collection_id, kept.id)
    other = shelf.collections.create("ana", "other")
    triples.delete("ana", other.id, [kept.id])
    assert triples.listed("ana", shelf.collection_id) == (kept,)
