"""Who of several processes does what, on both kinds of database; two Databases stand for two processes."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import update

from building.heartbeat import Heartbeat
from chains.live import LiveAnswers
from errors import ConversationBusy
from storage.claims import Claims, answer_key
from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus, Role, now
from storage.schema import CLAIMS
from tests.databases import OpenDatabase, sqlite_url

pytest_plugins = ["tests.storage_fixtures"]


@pytest.fixture
def two(postgres_url: str, open_again: OpenDatabase) -> tuple[Claims, Claims]:
    claims = Claims(open_again(postgres_url)), Claims(open_again(postgres_url))
    with claims[0]._database.writing() as connection:
        connection.execute(CLAIMS.delete())
    return claims


def grow_old(claims: Claims) -> None:
    """As if the process had given no sign of life for a long time."""
    with claims._database.writing() as connection:
        old = update(CLAIMS).where(CLAIMS.c.instance == claims.instance)
        connection.execute(old.values(beaten_at=now().replace(year=2000)))


def test_what_one_holds_is_not_the_others(two: tuple[Claims, Claims]) -> None:
    one, other = two
    assert one.take("x")
    assert one.take("x"), "it is ours already"
    assert not other.take("x")
    assert other.is_taken("x")
    assert not one.is_taken("x"), "not by another"
    other.release("x")
    assert one.is_mine("x")
    one.release("x")
    assert other.take("x")


def test_what_a_dead_process_held_is_taken_over(two: tuple[Claims, Claims]) -> None:
    one, other = two
    one.take("x")
    grow_old(one)
    assert not other.is_taken("x")
    assert other.take("x")
    assert not one.is_mine("x")
    one.beat()
    assert other.is_mine("x"), "a sign of life that comes too late brings nothing back"


def test_a_sign_of_life_keeps_it(two: tuple[Claims, Claims]) -> None:
    one, other = two
    one.take("x")
    grow_old(one)
    one.beat()
    assert not other.take("x")


def test_what_was_seized_is_lost(two: tuple[Claims, Claims]) -> None:
    one, other = two
    one.take("x")
    other.seize("x")
    assert not one.is_mine("x")
    other.release_all()
    assert one.take("x")


def test_only_answers_that_nobody_writes_are_settled(two: tuple[Claims, Claims]) -> None:
    one, other = two
    store = ConversationStore(one._database)
    held, left = store.create("ana"), store.create("ana")
    for conversation in (held, left):
        store.add("ana", conversation.id, Message(role=Role.ASSISTANT, text="a", status=MessageStatus.ANSWERING))
    one.take(answer_key(held.id))
    assert other.settle_abandoned() == 1
    assert store.tree("ana", held.id).path[-1].status is MessageStatus.ANSWERING
    grow_old(one)
    assert other.settle_abandoned() == 1
    assert store.tree("ana", held.id).path[-1].status is MessageStatus.STOPPED


async def test_a_conversation_is_busy_across_processes(two: tuple[Claims, Claims]) -> None:
    here, there = LiveAnswers(two[0]), LiveAnswers(two[1])
    async with here.taken("c"):
        assert await asyncio.to_thread(there.is_taken, "c")
        with pytest.raises(ConversationBusy):
            async with there.taken("c"):
                pytest.fail("two answer")
        assert not there.is_taken_here("c")
    async with there.taken("c"):
        with pytest.raises(ConversationBusy):
            await asyncio.to_thread(here.check_free, "c")


def test_a_process_that_is_alone_needs_no_rows(sqlite_path: Path, open_again: OpenDatabase) -> None:
    database = open_again(sqlite_url(sqlite_path))
    claims = Claims(database)
    assert claims.take("x")
    assert claims.is_mine("x")
    assert not claims.is_taken("x")
    with database.reading() as connection:
        assert connection.execute(CLAIMS.select()).first() is None


def test_a_heart_that_beats_takes_over_and_frees_at_its_end(two: tuple[Claims, Claims]) -> None:
    one, other = two
    one.take("x")
    grow_old(one)
    came = threading.Event()
    heart = Heartbeat(one, came.set, seconds=0.01)
    assert came.wait(30)
    assert not other.take("x"), "it lives"
    heart.close()
    assert other.take("x")
