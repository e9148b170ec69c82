"""What may come into a library and what becomes of it, whose it is, and that what is deleted is gone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from errors import (
    AddressRefused,
    CollectionNotFound,
    DocumentAlreadyHere,
    DocumentKindMismatch,
    DocumentNotFound,
    DocumentTooLarge,
    NoRoomForDocuments,
    TertuliaError,
    TooManyDocuments,
)
from rag.document_files import MAX_NAME_CHARACTERS, label_of
from rag.library import Library, Limits, addresses_in
from rag.settings import CollectionSettings
from safety.shown_text import INVISIBLE
from safety.web_address import Fetched
from storage.database import Database
from storage.document_records import Document, DocumentStatus
from storage.schema import CHUNKS, DOCUMENTS, PAGES, VECTORS, WINDOW_VECTORS
from tests.library_room import TEXT, Gate, LibraryRoom

pytest_plugins = ["tests.storage_fixtures"]

ALL_TABLES = (DOCUMENTS, PAGES, CHUNKS, VECTORS, WINDOW_VECTORS)


@pytest.fixture
def room(database: Database, tmp_path: Path) -> Iterator[LibraryRoom]:
    room = LibraryRoom(database, tmp_path, Limits(1, 2, 4, 3))
    yield room
    room.indexer.close()


def num_rows(database: Database) -> list[int]:
    with database.reading() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar() or 0 for table in ALL_TABLES]


# --- what may come in ------------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_a_name_of_ours_for_this_user_alone(room: LibraryRoom) -> None:
    document = room.add("Hola.", "../../etc/passwd.txt")
    path = room.library.file("ana", document.id)
    assert (document.name, path.name, path.read_text()) == ("passwd.txt", document.id, "Hola.")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_is_too_large_is_refused_and_not_kept(room: LibraryRoom) -> None:
    with pytest.raises(DocumentTooLarge) as caught:
        room.add("a" * 1_000_001)
    assert caught.value.values == {"name": "rivers.txt", "limit": 1}
    assert room.files() == set()


def test_what_is_not_what_its_name_says_is_refused(room: LibraryRoom) -> None:
    with pytest.raises(DocumentKindMismatch):
        room.add("Hola.", "rivers.pdf")
    assert room.files() == set()


def test_an_owner_may_keep_so_many_documents(room: LibraryRoom) -> None:
    for number in range(4):
        room.add(f"Texto {number}.", f"{number}.txt")
    with pytest.raises(TooManyDocuments) as caught:
        room.add("Texto.", "more.txt")
    assert caught.value.values == {"limit": 4}
    assert len(room.files()) == 4
    room.add("Texto.", "more.txt", owner="bea")


def test_an_owner_and_all_may_keep_so_many_bytes(room: LibraryRoom) -> None:
    for owner, number, limit in (("ana", 2, 2), ("bea", 1, 3)):
        for one in range(number):
            room.add(f"{owner} {one} " + "a" * 990_000, owner=owner)
        with pytest.raises(NoRoomForDocuments) as caught:
            room.add(f"{owner} " + "b" * 990_000, owner=owner)
        assert caught.value.values == {"limit": limit}
    assert len(room.files()) == 3


def test_the_same_content_is_kept_once_in_a_collection(room: LibraryRoom) -> None:
    first = room.add()
    with pytest.raises(DocumentAlreadyHere) as caught:
        room.add(name="again.txt")
    assert caught.value.values == {"name": "again.txt", "existing": "rivers.txt"}
    assert room.files() == {first.id}
    other = room.library.create("ana", "Ríos")
    room.library.add_file("ana", other.id, room.folder / "upload", "again.txt")


def test_what_failed_makes_way_for_the_same_content(room: LibraryRoom) -> None:
    failed = room.add()
    room.library.cancel("ana", failed.id)
    again = room.add(name="again.txt")
    assert [document.id for document in room.library.documents("ana", room.collection_id())] == [again.id]
    assert room.files() == {again.id}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("a.pdf", "a.pdf"),
        ("C:\\papers\\a.pdf", "a.pdf"),
        ("fdp.\u202ea.txt", "fdp.a.txt"),
        ("a\nb\t c.txt", "a b c.txt"),
        ("\x1b[31mred.txt", "red.txt"),
        ("an\u0303o.txt", "año.txt"),
        ("\ud800.txt", "?.txt"),
        ("..", ".."),
        ("", "–"),
        ("\u200f", "–"),
        ("a" * 300 + ".docx", "a" * 114 + "….docx"),
        ("a" * 300, "a" * 119 + "…"),
    ],
)
def test_a_name_is_a_label(name: str, label: str) -> None:
    assert label_of(name) == label


@given(st.text())
def test_a_label_is_short_and_hides_nothing(name: str) -> None:
    label = label_of(name)
    assert 0 < len(label) <= MAX_NAME_CHARACTERS
    assert not INVISIBLE.search(label)
    assert label == label_of(label) == unicodedata.normalize("NFC", label)


# --- addresses -------------------------------------------------------------------------------------------------------


def html(url: str, body: str = "<p>Hola.</p>") -> Fetched:
    return Fetched(url, "text/html", body.encode("latin-1"), "latin-1")


async def test_addresses_become_documents_or_errors_in_their_order(room: LibraryRoom) -> None:
    room.web = {
        "http://example.org/a": html("https://example.org/a", "<p>Año.</p>"),
        "http://example.org/b": Fetched("http://example.org/files/r%C3%ADos.pdf", "application/pdf", b"%PDF-1.7"),
        "http://example.org/same": html("https://example.org/a", "<p>Otro.</p>"),
    }
    asked = addresses_in(" http://example.org/a\n\nhttp://127.0.0.1/\nhttp://example.org/b\nhttp://example.org/a\n")
    assert asked == ["http://example.org/a", "http://127.0.0.1/", "http://example.org/b"]
    page, refused, file = await room.library.add_addresses("ana", room.collection_id(), asked)
    assert isinstance(refused, AddressRefused)
    assert isinstance(page, Document)
    assert isinstance(file, Document)
    assert (page.kind, page.name, page.source) == ("web", "example.org/a", "https://example.org/a")
    assert (file.kind, file.name) == ("pdf", "ríos.pdf")
    assert room.library.file("ana", page.id).read_text(encoding="utf-8") == "<p>Año.</p>"
    (again,) = await room.library.add_addresses("ana", room.collection_id(), ["http://example.org/same"])
    assert isinstance(again, DocumentAlreadyHere)
    room.library.start()
    room.settle()
    assert room.document(page).name == "A title"
    room.assert_ready(page)


async def test_nothing_is_fetched_where_there_is_no_room(room: LibraryRoom) -> None:
    for number in range(4):
        room.add(f"Texto {number}.", f"{number}.txt")
    (answer,) = await room.library.add_addresses("ana", room.collection_id(), ["http://example.org/unknown"])
    assert isinstance(answer, TooManyDocuments)


# --- deletion --------------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_gone_from_rows_and_disk(room: LibraryRoom, database: Database) -> None:
    document, other = room.add(), room.add("Otro texto.", "other.txt")
    room.library.start()
    room.settle()
    assert min(num_rows(database)) > 0
    room.library.delete("ana", document.id)
    assert room.files() == {other.id}
    room.library.delete("ana", other.id)
    assert num_rows(database) == [0] * len(ALL_TABLES)
    assert room.files() == set()
    assert room.deleted_in == [document.collection_id] * 2


@pytest.mark.parametrize("before", [1, 3])
def test_what_is_deleted_while_it_is_indexed_does_not_come_back(
    room: LibraryRoom, database: Database, before: int
) -> None:
    gate = Gate(room, before)
    document = room.add()
    room.library.start()
    gate.wait()
    room.library.delete("ana", document.id)
    gate.open()
    room.indexer.close()
    assert num_rows(database) == [0] * len(ALL_TABLES)
    assert room.files() == set()


def test_a_collection_goes_with_everything_in_it(room: LibraryRoom, database: Database) -> None:
    document = room.add()
    room.library.start()
    room.settle()
    room.library.delete_collection("ana", document.collection_id)
    assert num_rows(database) == [0] * len(ALL_TABLES)
    assert (room.files(), room.deleted_in) == (set(), [document.collection_id])
    assert room.collection_id() != document.collection_id


# --- owners ----------------------------------------------------------------------------------------------------------

Call = Callable[[Library, str, str], object]
ON_DOCUMENTS: list[Call] = [
    Library.file,
    Library.reindex,
    Library.cancel,
    Library.delete,
]
ON_COLLECTIONS: list[Call] = [
    Library.collection,
    Library.documents,
    Library.reindex_collection,
    Library.delete_collection,
    lambda library, owner, one: library.rename(owner, one, "mine"),
    lambda library, owner, one: library.change_settings(owner, one, CollectionSettings(chunk_size=200)),
    lambda library, owner, one: library.add_file(owner, one, Path(__file__), "mine.py"),
]


async def test_what_is_anothers_is_as_if_it_never_was(room: LibraryRoom, database: Database) -> None:
    document = room.add(TEXT)
    room.library.start()
    room.settle()
    before = (num_rows(database), room.files(), room.document(document), room.library.collections("ana"))
    for call in ON_DOCUMENTS:
        for one in (document.id, "nothing"):
            _assert_refused(call, room.library, one, DocumentNotFound)
    for call in ON_COLLECTIONS:
        for one in (document.collection_id, "nothing"):
            _assert_refused(call, room.library, one, CollectionNotFound)
    with pytest.raises(CollectionNotFound):
        await room.library.add_addresses("bea", document.collection_id, ["http://example.org/"])
    room.settle()
    assert (num_rows(database), room.files(), room.document(document), room.library.collections("ana")) == before


def _assert_refused(call: Call, library: Library, one: str, error: type[TertuliaError]) -> None:
    with pytest.raises(error) as caught:
        call(library, "bea", one)
    assert caught.value.values == {}


def test_collections_are_made_named_and_kept_apart(room: LibraryRoom) -> None:
    made = room.library.create("ana", "  Ríos\nde Chile ")
    room.library.rename("ana", made.id, "Lagos")
    assert [one.name for one in room.library.collections("ana")] == ["", "Lagos"]
    assert [one.name for one in room.library.collections("bea")] == [""]
    assert DocumentStatus.PENDING is room.add().status
    assert room.library.documents("ana", made.id) == ()
