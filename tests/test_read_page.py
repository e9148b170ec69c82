"""Reading a page: the article at an address, sandboxed, in parts; and what cannot be read."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.read_page import PART_CHARACTERS, Article, read_page_tool
from agents.tools.tool import AgentTool
from errors import AddressUnreadable, DocumentBroken
from errors.agents import PageNotRead
from rag.web_article import MAX_AT_ONCE, ArticleReader, WebArticle
from safety.net import FetchLimits, GuardedClient
from safety.sandbox import Caller, Limits, SandboxCancelled
from safety.web_address import Fetched
from tests.pdf_writer import pdf
from tests.scripted_search import Fault, ScriptedSearch, WebPage, scripted_search
from tests.web_tools import AGES_S, CORPUS, LEAVING_S, call, leave

PRESIDENT = CORPUS[0]
URL = "https://example.org/a"


@pytest.fixture
def web() -> Iterator[ScriptedSearch]:
    with scripted_search(CORPUS) as script:
        yield script


def tool_of(web: ScriptedSearch) -> AgentTool:
    client = GuardedClient(FetchLimits(total_seconds=AGES_S), inner_places=[web.place])
    reader = ArticleReader({})

    async def read(url: str) -> Article:
        return await reader.read(await client.fetch(url))

    return read_page_tool(read)


def tool_for(article: WebArticle) -> AgentTool:
    async def read(url: str) -> Article:
        return article

    return read_page_tool(read)


async def test_the_article_comes_with_title_site_and_date_and_without_what_surrounds_it(web: ScriptedSearch) -> None:
    said, (found,) = await call(tool_of(web), url=web.url(PRESIDENT))
    assert said == ""
    assert (found.title, found.site, found.date) == (PRESIDENT.title, "127.0.0.1", PRESIDENT.date)
    assert found.url == web.url(PRESIDENT)
    assert "jefe de Estado" in found.text
    assert "Portada" not in found.text
    assert "derechos" not in found.text


async def test_other_texts_are_read_as_what_they_are(web: ScriptedSearch) -> None:
    web.corpus = (WebPage("notas.txt", "", "", body="Año 2026.\u202e".encode(), content_type="text/plain"),)
    _, (found,) = await call(tool_of(web), url=web.url(web.corpus[0]))
    assert (found.title, found.text, found.date) == ("notas.txt", "Año 2026.", "")


async def test_a_pdf_is_read_too(web: ScriptedSearch) -> None:
    web.corpus = (WebPage("acta.pdf", "", "", body=pdf([["Acta del consejo"]]), content_type="application/pdf"),)
    _, (found,) = await call(tool_of(web), url=web.url(web.corpus[0]))
    assert "Acta del consejo" in found.text


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body><script>write()</script></body></html>", b"%PDF-1.7 cut"],
    ids=["empty", "script", "cut"],
)
async def test_what_holds_no_text_is_told_so(web: ScriptedSearch, body: bytes) -> None:
    kind = "application/pdf" if body.startswith(b"%PDF") else "text/html"
    page = replace(PRESIDENT, body=body or b" ", content_type=kind)
    web.corpus = (page,)
    with pytest.raises(PageNotRead) as caught:
        await call(tool_of(web), url=web.url(page))
    assert caught.value.values == {"tool": "read_page", "address": web.url(page)}


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.BUSY, Fault.CUT, Fault.CLOSED, Fault.MOVED])
async def test_a_page_that_cannot_be_opened_is_one_fault(web: ScriptedSearch, fault: Fault) -> None:
    web.faults[PRESIDENT.path] = fault
    with pytest.raises(PageNotRead):
        await call(tool_of(web), url=web.url(PRESIDENT))


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd", "no address", "http://[::1]/"],
)
async def test_addresses_that_are_not_of_the_public_web_are_not_asked(web: ScriptedSearch, address: str) -> None:
    with pytest.raises(PageNotRead):
        await call(tool_of(web), url=address)
    assert web.requests == []


async def test_a_page_that_hangs_is_left_at_once(web: ScriptedSearch) -> None:
    web.faults[PRESIDENT.path] = Fault.HALF
    task = asyncio.create_task(call(tool_of(web), url=web.url(PRESIDENT)))
    await asyncio.to_thread(web.has_come.wait)
    await leave(task)
    assert await asyncio.to_thread(web.has_left.wait, LEAVING_S)


async def test_the_reading_of_an_article_is_left_at_once_and_its_place_is_free_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, ended = threading.Semaphore(0), threading.Semaphore(0)

    def endless(function: str, argument: object, within: Limits, caller: Caller) -> object:
        begun.release()
        assert caller.cancelled is not None
        assert caller.cancelled.wait(AGES_S)
        ended.release()
        raise SandboxCancelled

    reader = ArticleReader({"PATH": os.defpath})
    article = Fetched(URL, "text/html", PRESIDENT.content)
    with monkeypatch.context() as slowly:
        slowly.setattr("rag.web_article.run_limited", endless)
        for _ in range(MAX_AT_ONCE + 1):
            task = asyncio.create_task(reader.read(article))
            assert await asyncio.to_thread(begun.acquire, timeout=LEAVING_S)
            await leave(task)
            assert await asyncio.to_thread(ended.acquire, timeout=LEAVING_S)
    assert (await reader.read(article)).title == PRESIDENT.title


async def test_a_broken_article_says_which() -> None:
    with pytest.raises(DocumentBroken) as caught:
        await ArticleReader({}).read(Fetched(f"{URL}.pdf", "application/pdf", b"%PDF-1.7 cut"))
    assert caught.value.values == {"name": "file.pdf"}
    with pytest.raises(AddressUnreadable):
        await ArticleReader({}).read(Fetched(URL, "text/html", b"<html><img></html>"))


async def test_a_long_page_comes_in_parts() -> None:
    text = "\n\n".join(f"Párrafo {number}. " + "palabra " * 60 for number in range(20))
    tool = tool_for(WebArticle(URL, "Largo", text))
    _, (first,) = await call(tool, url=URL)
    _, (second,) = await call(tool, url=URL, part=2)
    assert (first.title, second.title) == ("Largo (1/4)", "Largo (2/4)")
    assert first.text.endswith("palabra")
    assert second.text.startswith("Párrafo")
    assert await call(tool, url=URL, part=9) == ("This page has 4 parts.", ())


@given(text=st.text(alphabet="ab \n", max_size=3 * PART_CHARACTERS), words=st.integers(1, 900))
def test_parts_hold_all_of_a_page_and_are_never_too_long(text: str, words: int) -> None:
    whole = (text or "x") * (1 + 8_000 // max(len(text), 1)) + " word" * words
    article = WebArticle(URL, "t", whole)

    async def all_parts() -> list[str]:
        parts: list[str] = []
        while found := (await call(tool_for(article), url=URL, part=len(parts) + 1))[1]:
            parts.append(found[0].text)
        return parts

    parts = asyncio.run(all_parts())
    assert "".join("".join(parts).split()) == "".join(whole.split())
    assert all(0 < len(part) <= PART_CHARACTERS for part in parts)
