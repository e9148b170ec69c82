"""Documents on their way: read, embedded, stopped, resumed; never half of one among the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from errors import EmbedderUnavailable
from rag.document_work import Job
from rag.settings import CollectionSettings, is_current
from rag.turns import Turns
from storage.database import Database
from storage.document_records import DocumentStatus
from tests.library_room import TEXT, Gate, LibraryRoom

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def room(database: Database, tmp_path: Path) -> Iterator[LibraryRoom]:
    room = LibraryRoom(database, tmp_path)
    yield room
    room.indexer.close()


def test_a_document_is_indexed_whole(room: LibraryRoom) -> None:
    document = room.add()
    assert document.status is DocumentStatus.PENDING
    room.library.start()
    room.settle()
    room.assert_ready(document)
    found = room.document(document)
    assert (found.num_pages, found.language, found.name) == (2, "es", "rivers.txt")
    assert is_current(room.library.collection("ana", document.collection_id))
    assert room.indexer.progress(document.id) is None


def test_words_are_found_while_vectors_are_made_and_no_half_answers(room: LibraryRoom) -> None:
    gate = Gate(room, before=3)
    document = room.add()
    room.library.start()
    gate.wait()
    assert len(room.passages(document)) == room.document(document).num_chunks > 0
    assert list(room.stores.passages.all_vectors("ana", document.collection_id)) == []
    gate.open()
    room.settle()
    assert len(list(room.stores.passages.all_vectors("ana", document.collection_id))) == 1


def test_progress_tells_how_far_and_how_long(room: LibraryRoom) -> None:
    gate = Gate(room, before=4)
    document = room.add()
    before = room.indexer.version("ana")
    room.library.start()
    gate.wait()
    progress = room.indexer.progress(document.id)
    total = room.document(document).num_chunks
    assert progress is not None
    assert (progress.stage, progress.total) == ("embedding", total)
    assert 0 < progress.done < total
    seconds_a_passage = 3 / progress.done  # the clock of these tests: a second for each of three batches
    assert progress.seconds_left == pytest.approx((total - progress.done) * seconds_a_passage)
    assert room.indexer.version("ana") > before
    assert room.indexer.version("bea") == 0
    gate.open()


def test_others_may_read_while_a_long_one_is_embedded(room: LibraryRoom) -> None:
    """And a document that is read later is embedded before the long one is finished."""
    gate = Gate(room)
    long = room.add("\f".join(f"{TEXT} {number}" for number in range(8)))
    room.library.start()
    gate.wait()
    short = room.add("Un texto corto.", "short.txt", owner="bea")
    order: list[str] = []
    room.embedders["use-multilingual"].before_batch = lambda texts: order.append("short" if "corto" in texts[0] else "")
    gate.open()
    room.settle()
    assert order.index("short") < len(order) // 3
    room.assert_ready(long)
    room.assert_ready(short, owner="bea")


def test_a_cancelled_document_is_listed_as_failed_and_can_be_indexed_again(room: LibraryRoom) -> None:
    gate = Gate(room, before=3)
    document = room.add()
    room.library.start()
    gate.wait()
    room.library.cancel("ana", document.id)
    gate.open()
    room.settle()
    found = room.document(document)
    assert (found.status, found.fault) == (DocumentStatus.FAILED, "error_document_cancelled")
    assert found.fault_values == {"name": "rivers.txt"}
    room.library.reindex("ana", document.id)
    room.settle()
    room.assert_ready(document)


def test_a_document_that_waits_can_be_cancelled_and_one_that_is_ready_stays(room: LibraryRoom) -> None:
    waiting = room.add()
    room.library.cancel("ana", waiting.id)
    ready = room.add("Otro texto.", "other.txt")
    room.library.start()
    room.settle()
    room.library.cancel("ana", ready.id)
    assert room.document(waiting).status is DocumentStatus.FAILED
    room.assert_ready(ready)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("broken", "error_document_broken"), ("bug", "error_unexpected"), ("\u00a0\f\u00a0", "error_document_empty")],
)
def test_a_fault_stays_with_its_document_and_the_next_is_indexed(room: LibraryRoom, text: str, fault: str) -> None:
    broken = room.add(text, "broken.txt")
    sound = room.add()
    room.library.start()
    room.settle()
    found = room.document(broken)
    assert (found.status, found.fault) == (DocumentStatus.FAILED, fault)
    assert list(room.stores.passages.pages("ana", broken.id)) == []
    room.assert_ready(sound)


def test_an_embedder_that_is_away_is_said(room: LibraryRoom) -> None:
    def refuse(texts: Sequence[str]) -> None:
        raise EmbedderUnavailable(name="use-multilingual")

    room.embedders["use-multilingual"].before_batch = refuse
    document = room.add()
    room.library.start()
    room.settle()
    assert room.document(document).fault == "error_embedder_unavailable"
    assert room.passages(document) == []
    room.embedders["use-multilingual"].before_batch = lambda texts: None
    room.library.reindex("ana", document.id)
    room.settle()
    room.assert_ready(document)


# --- the next start --------------------------------------------------------------------------------------------------


def test_what_was_closed_in_the_middle_is_finished_without_embedding_anything_twice(room: LibraryRoom) -> None:
    gate = Gate(room, before=6)
    begun, waiting = room.add(), room.add("Otro texto.", "other.txt")
    room.library.start()
    gate.wait()
    room.indexer.close(timeout_s=0)
    gate.open()
    room.indexer.close()
    assert room.document(begun).status is DocumentStatus.INDEXING
    num_lacking = len(room.stores.passages.without_vectors("ana", begun.id))
    assert 0 < num_lacking < room.document(begun).num_chunks
    embedder = room.embedders["use-multilingual"]
    embedder.batches.clear()
    room.open()
    room.library.start()
    room.settle()
    wholes = {passage.chunk.text for passage in room.passages(begun)}
    assert sum(text in wholes for batch in embedder.batches for text in batch) == num_lacking
    room.assert_ready(begun)
    room.assert_ready(waiting)


def test_files_that_no_row_speaks_of_are_removed_at_the_start(room: LibraryRoom) -> None:
    document = room.add()
    for name in ("orphan", f"{document.id}.part"):
        (room.folder / "documents" / name).write_text("left behind")
    room.library.start()
    room.settle()
    assert room.files() == {document.id}
    room.assert_ready(document)


# --- settings --------------------------------------------------------------------------------------------------------

OTHERS = CollectionSettings(embedder="e5-small", chunk_size=200)


def test_changed_settings_wait_until_the_collection_is_indexed_anew(room: LibraryRoom) -> None:
    first = room.add()
    room.library.start()
    room.settle()
    room.library.change_settings("ana", first.collection_id, OTHERS)
    assert not is_current(room.library.collection("ana", first.collection_id))
    second = room.add("Otro texto.", "other.txt")
    room.settle()
    for document in (first, second):
        room.assert_ready(document)
    assert room.embedders["e5-small"].batches == []
    num_chunks = room.document(first).num_chunks

    gate = Gate(room, embedder="e5-small")
    room.library.reindex_collection("ana", first.collection_id)
    gate.wait()
    assert room.passages(first), "its words are found meanwhile"
    gate.open()
    room.settle()
    assert is_current(room.library.collection("ana", first.collection_id), room.embedders["e5-small"])
    for document in (first, second):
        room.assert_ready(document)
    assert room.document(first).num_chunks > num_chunks


def test_indexing_anew_in_the_middle_of_indexing_mixes_nothing(room: LibraryRoom) -> None:
    gate = Gate(room, before=3)
    document = room.add()
    room.library.start()
    gate.wait()
    room.library.change_settings("ana", document.collection_id, OTHERS)
    room.library.reindex_collection("ana", document.collection_id)
    gate.open()
    room.settle()
    room.assert_ready(document)
    assert is_current(room.library.collection("ana", document.collection_id), room.embedders["e5-small"])


def test_an_embedder_that_became_another_adds_nothing_to_the_old_vectors(room: LibraryRoom) -> None:
    first = room.add()
    room.library.start()
    room.settle()
    room.embedders["use-multilingual"].dimension = 12
    second = room.add("Otro texto.", "other.txt")
    room.settle()
    room.assert_ready(first)
    assert room.document(second).fault == "error_embedder_unavailable"


def test_an_empty_collection_takes_its_settings_at_once(room: LibraryRoom) -> None:
    first = room.add()
    room.library.start()
    room.settle()
    room.library.delete("ana", first.id)
    room.library.change_settings("ana", first.collection_id, OTHERS)
    assert is_current(room.library.collection("ana", first.collection_id))
    again = room.add()
    room.settle()
    room.assert_ready(again)
    assert room.embedders["e5-small"].batches


# --- turns -----------------------------------------------------------------------------------------------------------


def test_owners_take_turns_and_reading_goes_first() -> None:
    turns = Turns()
    jobs = [Job(owner, f"{owner}{number}", is_read=number == 3) for number in (1, 2, 3) for owner in ("ana", "bea")]
    for job in [*jobs, Job("cleo", "cleo1", is_read=False)]:
        turns.add(job)
    turns.remove(jobs[2])
    taken = list(iter(turns.take, None))
    assert [job.document_id for job in taken if job is not None] == ["ana1", "bea1", "cleo1", "bea2", "ana3", "bea3"]


def test_a_job_that_was_begun_goes_on_before_the_owners_others() -> None:
    turns = Turns()
    first, second, other = (
        Job(owner, name, is_read=True) for owner, name in (("ana", "1"), ("ana", "2"), ("bea", "3"))
    )
    for job in (first, second, other):
        turns.add(job)
    assert turns.take() is first
    turns.add_again(first)
    assert [turns.take(), turns.take(), turns.take(), turns.take()] == [other, first, second, None]
