"""A database with a key: its bytes say nothing, it opens with that key alone, and what was plain becomes encrypted.

That the stores give the same with a key as without is for their own tests to show: they run over both.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Integer

from errors import DatabaseTooNew, DataKeyMissing, DataKeyWrong, DataNotEncrypted, DataNotSealed, DataUnreadable
from storage.cipher import MARK
from storage.columns import Moment, Sealed, SealedBytes
from storage.conversations import ConversationStore
from storage.database import Database
from storage.evaluations import EvaluationStore, StoredOutcome
from storage.migrating import migrate
from storage.notes import NoteStore
from storage.opening import decrypt_database, open_database
from storage.records import Step
from storage.schema import METADATA
from storage.sealing import plain_backups
from storage.templates import TemplateStore
from storage.votes import Vote, VotedAnswer, VoteStore
from tests.databases import DATA_KEY, SEALED, OpenDatabase, not_needed, question, set_revision, sqlite_url

pytest_plugins = ["tests.storage_fixtures"]

MARKER = "xylophon"
TABLES_OF_PEOPLE = (
    *("conversations", "messages", "records", "notes", "templates"),
    *("evaluations", "evaluation_outcomes", "votes"),
)
OPEN = {"id", "owner", "room", "title_source", "leaf_id", "summary_until", "role", "status", "fault"}
OPEN |= {"conversation_id", "message_id", "parent_id", "evaluation_id"}
OTHER_KEY = DATA_KEY[::-1].replace("=", "A")
SHARED_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def write_everything(database: Database) -> None:
    """The marker in every column that people write."""
    conversations, evaluations = ConversationStore(database), EvaluationStore(database)
    conversation = conversations.create("ana", title=MARKER, options={"system": MARKER})
    message = question(MARKER, inputs={"topic": MARKER}, steps=(Step("outline", MARKER),), figures={MARKER: 1.0})
    conversations.add("ana", conversation.id, message)
    conversations.put_record("ana", conversation.id, message.id, {"prompt": MARKER})
    conversations.change("ana", conversation.id, summary=MARKER, summary_until=message.id)
    NoteStore(database).add("ana", MARKER)
    TemplateStore(database).put("ana", {"system": MARKER})
    VoteStore(database).add("ana", Vote(MARKER, (VotedAnswer("model", MARKER),), None))
    evaluation = evaluations.add("ana", MARKER, {"set": MARKER}, 1)
    evaluations.put_outcome("ana", evaluation.id, StoredOutcome(0, 0, {"text": MARKER}))
    evaluations.set_status("ana", evaluation.id, evaluation.status, None, {"reason": MARKER})


def everything(database: Database) -> list[object]:
    """What the stores give of that."""
    conversations, evaluations = ConversationStore(database), EvaluationStore(database)
    (conversation,) = conversations.listed("ana", MARKER.upper())
    messages = conversations.tree("ana", conversation.id).path
    (evaluation,) = evaluations.listed("ana")
    return [
        conversation,
        messages,
        conversations.record("ana", conversation.id, messages[0].id),
        NoteStore(database).listed("ana"),
        TemplateStore(database).listed("ana"),
        VoteStore(database).listed("ana"),
        evaluation,
        evaluations.content("ana", evaluation.id),
        evaluations.outcomes("ana", evaluation.id),
    ]


def raw_values(database: Database) -> dict[str, str | bytes]:
    """What lies in each sealed column of the one row that its table has."""
    found = {}
    with database.reading() as connection:
        for table in METADATA.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Sealed | SealedBytes):
                    name = f"{table.name}.{column.name}"
                    found[name] = connection.exec_driver_sql(f"SELECT {column.name} FROM {table.name}").scalar_one()  # noqa: S608
    return found


def files_with_marker(folder: Path) -> set[str]:
    contents = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert contents
    return {name for name, content in contents.items() if MARKER.encode() in content}


@pytest.fixture
def plain_path(sqlite_path: Path, open_again: OpenDatabase) -> Path:
    """A database without a key, with the marker everywhere."""
    database = open_again(sqlite_url(sqlite_path))
    write_everything(database)
    database.close()
    return sqlite_path


def opened(path: Path, key: str | None = DATA_KEY) -> Database:
    return open_database(sqlite_url(path), path.parent / "backups", not_needed, key)


def test_no_byte_of_what_people_write_lies_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / SEALED
    database = open_database(sqlite_url(path), tmp_path / "backups", migrate, DATA_KEY)
    write_everything(database)
    kept = everything(database)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    assert files_with_marker(tmp_path) == set()
    for value in raw_values(database).values():
        assert (value.encode() if isinstance(value, str) else value).startswith(MARK)
    database.close()
    again = opened(path)
    assert everything(again) == kept
    again.close()


def test_every_column_that_may_hold_words_of_people_is_sealed_in_its_own_place() -> None:
    """A new column of text is sealed, or is named in OPEN."""
    for name in TABLES_OF_PEOPLE:
        for column in METADATA.tables[name].columns:
            if isinstance(column.type, Sealed | SealedBytes):
                assert column.type.place == f"{name}.{column.name}"
            else:
                assert column.name in OPEN or isinstance(column.type, Boolean | Integer | Moment), column


def test_a_plain_database_is_encrypted_and_nothing_plain_is_left(plain_path: Path, open_again: OpenDatabase) -> None:
    plain = open_again(sqlite_url(plain_path))
    kept = everything(plain)
    plain.close()
    assert files_with_marker(plain_path.parent) == {plain_path.name}
    begun: list[bool] = []
    database = open_database(
        sqlite_url(plain_path), plain_path.parent, not_needed, DATA_KEY, on_sealing=lambda: begun.append(True)
    )
    assert begun == [True]
    assert files_with_marker(plain_path.parent) == set()
    assert everything(database) == kept
    database.close()
    again = open_database(
        sqlite_url(plain_path), plain_path.parent, not_needed, DATA_KEY, on_sealing=lambda: begun.append(True)
    )
    assert begun == [True]
    assert everything(again) == kept
    again.close()


@pytest.mark.parametrize(("key", "error"), [(None, DataKeyMissing), (OTHER_KEY, DataKeyWrong)])
def test_without_the_key_it_is_left_as_it_is(plain_path: Path, key: str | None, error: type[Exception]) -> None:
    opened(plain_path).close()
    before = plain_path.read_bytes()
    with pytest.raises(error):
        opened(plain_path, key)
    assert plain_path.read_bytes() == before
    assert not (plain_path.parent / "backups").exists()


def test_a_newer_database_is_not_looked_at_any_closer(plain_path: Path) -> None:
    set_revision(sqlite_url(plain_path), "9999")
    with closing(sqlite3.connect(plain_path)) as connection:
        connection.execute("DROP TABLE data_key")
    with pytest.raises(DatabaseTooNew):
        opened(plain_path)


def test_a_pass_phrase_serves_as_well(plain_path: Path) -> None:
    opened(plain_path, "five words that nobody guesses").close()
    assert files_with_marker(plain_path.parent) == set()
    opened(plain_path, "five words that nobody guesses").close()
    with pytest.raises(DataKeyWrong):
        opened(plain_path, "five words that anybody guesses")


@pytest.mark.parametrize("damage", ["changed", "plain", "of another column"])
def test_what_was_changed_in_the_file_is_a_storage_error(plain_path: Path, damage: str) -> None:
    opened(plain_path).close()
    change = {
        "changed": "substr(text, 1, 40) || CASE substr(text, 41, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(text, 42)",
        "plain": "'forged'",
        "of another column": "folded_text",
    }[damage]
    with closing(sqlite3.connect(plain_path)) as connection, connection:
        connection.execute(f"UPDATE messages SET text = {change}")  # noqa: S608 written above
    store = ConversationStore(database := opened(plain_path))
    (conversation,) = store.listed("ana")
    with pytest.raises(DataUnreadable):
        store.tree("ana", conversation.id)
    database.close()


def test_copies_from_before_are_named_until_they_are_gone(plain_path: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    set_revision(sqlite_url(plain_path), "0006")
    with closing(sqlite3.connect(plain_path)) as connection:
        connection.execute("DROP TABLE data_key")
    database = open_database(sqlite_url(plain_path), backups, migrate, DATA_KEY)
    (plain,) = plain_backups(database, backups)
    assert files_with_marker(backups) == {plain.name}
    database.close()
    later = backups / plain.name.replace("0006", "0007")
    with closing(sqlite3.connect(plain_path)) as source, closing(sqlite3.connect(later)) as target:
        source.backup(target)
    assert plain_backups(database, backups) == [plain]
    plain.unlink()
    assert plain_backups(database, backups) == []


def test_decrypting_gives_back_what_was_there(plain_path: Path, open_again: OpenDatabase) -> None:
    with pytest.raises(DataNotEncrypted):
        decrypt_database(sqlite_url(plain_path), plain_path.parent, not_needed, DATA_KEY)
    database = opened(plain_path)
    kept = everything(database)
    database.close()
    with pytest.raises(DataKeyMissing):
        decrypt_database(sqlite_url(plain_path), plain_path.parent, not_needed, None)
    decrypt_database(sqlite_url(plain_path), plain_path.parent, not_needed, DATA_KEY)
    assert everything(open_again(sqlite_url(plain_path))) == kept


def test_while_another_program_reads_the_file_it_does_not_count_as_encrypted(plain_path: Path) -> None:
    with closing(sqlite3.connect(plain_path)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM messages").fetchone()
        with pytest.raises(DataNotSealed):
            opened(plain_path)
    with pytest.raises(DataKeyMissing):
        opened(plain_path, None)
    opened(plain_path).close()
    assert files_with_marker(plain_path.parent) == set()


WORDS = st.text(st.sampled_from("aAbé\u0301eßSẞ%_\\ıİ \x00"), max_size=4)


@SHARED_DATABASE
@given(titles=st.lists(WORDS, max_size=3), texts=st.lists(WORDS, max_size=3), words=WORDS, limit=st.integers(1, 3))
def test_searching_finds_the_same_with_a_key(
    both: tuple[ConversationStore, ConversationStore], titles: list[str], texts: list[str], words: str, limit: int
) -> None:
    found = []
    for store in both:
        owner = f"{titles}{texts}{words}{limit}"  # whom no other example wrote for
        for number, title in enumerate(titles):
            conversation = store.create(owner, title=title, options={"number": number})
            for text in texts[number:]:
                store.add(owner, conversation.id, question(text))
        found.append([one.options["number"] for one in store.listed(owner, words, limit)])
        for one in store.listed(owner):
            store.delete(owner, one.id)
    assert found[0] == found[1]


@pytest.fixture
def both(
    sqlite_path: Path, sealed_original: Path, open_again: OpenDatabase
) -> tuple[ConversationStore, ConversationStore]:
    """One that is plain, one that is encrypted."""
    sealed = sqlite_path.with_name(SEALED)
    sealed.write_bytes(sealed_original.read_bytes())
    return ConversationStore(open_again(sqlite_url(sqlite_path))), ConversationStore(open_again(sqlite_url(sealed)))
