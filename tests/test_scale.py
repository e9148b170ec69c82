"""Several processes as one service, with real parts: PostgreSQL, Chroma, a server of a model, nginx."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from storage.conversations import ConversationStore
from storage.records import Message, MessageStatus
from tests.gradio_client_raw import Heard, RawVisitor, visitor
from tests.html_reader import read_html
from tests.postgres import PostgresServer
from tests.replicas import AT, Replicas, nginx_program, replicas

pytest_plugins = ["tests.storage_fixtures"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NUM_READERS = 4
STORY = "Tell a very long story about a lighthouse."
FACT = "The lighthouse of Quintay was painted violet by Amaranta Oyarzún."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Replicas]:
    if nginx_program() is None:
        pytest.skip("NO NGINX HERE: several replicas are not tested (Debian: apt install nginx-light)")
    with replicas(tmp_path_factory.mktemp("scale"), postgres) as started:
        yield started


def path_of(service: Replicas, cookies: dict[str, str], conversation_id: str) -> tuple[Message, ...]:
    """What is kept of a conversation."""
    with service.database() as database:
        owner = service.owner_of(cookies)
        return tuple(ConversationStore(database).tree(owner, conversation_id).path)


def words_of(heard: Heard) -> list[str]:
    return [message["content"][0]["text"] for message in heard.shown.get("chat") or []]


async def test_a_conversation_begun_at_one_goes_on_at_the_other(service: Replicas) -> None:
    one, two = service.apps
    async with visitor(one.url) as ana:
        begun = await ana.ask("Say yes.")
        conversation_id, cookies = begun.shown["conversation"], dict(ana.client.cookies)
    async with visitor(two.url, cookies) as ana:
        opened = await ana.look(conversation_id)
        assert words_of(opened) == words_of(begun)
        answered = await ana.ask("And no.", conversation_id)
    path = await asyncio.to_thread(path_of, service, cookies, conversation_id)
    assert [message.status for message in path] == [MessageStatus.COMPLETE] * 4
    assert words_of(answered)[2] == "And no."
    async with visitor(two.url) as other:
        assert "Say yes." not in str((await other.look(conversation_id)).shown), "another browser's"


async def test_a_document_indexed_at_one_is_found_at_the_other(service: Replicas) -> None:
    one, two = service.apps
    async with visitor(one.url) as ana:
        cookies, collection = await add_document(ana)
    async with visitor(two.url, cookies) as ana:
        shown = await ana.report("library-bridge", "collection", id=collection)
        (row,) = read_html(shown.shown["documents-list"]).all(role="listitem")
        assert row.attributes["data-document"]
        place = {"documents-collection": collection, "documents-conversation": "", "documents-chosen": "[]"}
        found = await ana.event("try-search", "submit", **{"try-search": "Who painted the lighthouse?"}, **place)
        assert "Amaranta" in found.shown["search-report"]


async def add_document(ana: RawVisitor) -> tuple[dict[str, str], str]:
    """Wait until it is ready."""
    made = await ana.report("library-bridge", "create", name="Lighthouses")
    collection = made.shown["documents-collection"]
    text = ("quintay.txt", FACT.encode(), "text/plain")
    sent = (await ana.client.post("/gradio_api/upload", files={"files": text})).raise_for_status()
    file = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
    shown = await ana.event("add-files", "upload", uploadbutton=[file], **{"documents-collection": collection})
    while "doc-status ready" not in shown.shown["documents-list"]:
        await asyncio.sleep(0.2)  # another process
        shown = await ana.report("library-bridge", "collection", id=collection)
    return dict(ana.client.cookies), collection


class Reader:
    """Asks through the proxy, and remembers what was acknowledged: a question that was shown as sent."""

    def __init__(self, ana: RawVisitor, number: int) -> None:
        self.ana = ana
        self.question = f"{number}. {STORY}"
        self.cookies: dict[str, str] = {}
        self.conversation_id = self.at = ""
        self.was_shown = asyncio.Event()
        self.was_cut = False

    async def read(self) -> None:
        self.at = (await self.ana.client.get("/healthz")).headers[AT]
        self.cookies = dict(self.ana.client.cookies)
        try:
            async with aclosing(self.ana.asking(self.question)) as answers:
                async for heard in answers:
                    if heard.shown.get("chat"):
                        self.conversation_id = heard.shown["conversation"]
                        self.was_shown.set()
        except Exception:  # noqa: BLE001 however a connection ends
            self.was_cut = True


# The last of this file: one of the replicas is gone after it.
async def test_a_replica_that_is_killed_loses_nothing_that_was_acknowledged(service: Replicas) -> None:
    async with AsyncExitStack() as stack:
        readers = [Reader(await stack.enter_async_context(visitor(service.url)), n) for n in range(NUM_READERS)]
        reading = [asyncio.create_task(reader.read()) for reader in readers]
        await asyncio.gather(*(reader.was_shown.wait() for reader in readers))
        killed = service.app_at(readers[0].at)
        os.kill(killed.process_id, signal.SIGKILL)
        sat_there = [reader for reader in readers if reader.at in killed.url]
        await asyncio.gather(*(task for task, reader in zip(reading, readers, strict=True) if reader in sat_there))
        for task in reading:
            task.cancel()
    assert readers[0].was_cut
    for reader in readers:
        path = await asyncio.to_thread(path_of, service, reader.cookies, reader.conversation_id)
        assert path[0].text == reader.question, "an acknowledged message is lost"
    for reader in sat_there:
        await go_on(service, reader)


async def go_on(service: Replicas, reader: Reader) -> None:
    """The page opens at the other replica, which takes over what the dead one wrote, and answers there."""
    async with visitor(service.url, reader.cookies) as ana:
        assert (await ana.client.get("/healthz")).headers[AT] not in reader.at
        opened = await ana.look(reader.conversation_id)
        assert words_of(opened)[0] == reader.question
        while True:  # until the dead one counts as gone
            path = await asyncio.to_thread(path_of, service, reader.cookies, reader.conversation_id)
            if path[-1].status is not MessageStatus.ANSWERING:
                break
            await asyncio.sleep(0.5)
        async with aclosing(ana.asking("Go on.", reader.conversation_id)) as answers:
            async for heard in answers:
                if "Go on." in words_of(heard):
                    break
            else:
                pytest.fail(f"{heard.sentences}")
    path = await asyncio.to_thread(path_of, service, reader.cookies, reader.conversation_id)
    assert "Go on." in [message.text for message in path]


def test_no_replica_left_this_machine(service: Replicas) -> None:
    assert not any(Path(app.leaks).exists() for app in service.apps)
