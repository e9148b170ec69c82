"""Pictures of pages and original files: to their owner alone, and never as something a browser would run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from starlette.applications import Starlette

from components.document_pages import document_routes
from tests.pdf_writer import pdf
from tests.reading_visitor import ReadingVisitor
from tests.scripted_model import ScriptedModel

PAGES = pdf([["Bridges of Chile", "The Malleco bridge was opened in 1890."], ["The second page."]])
PNG = b"\x89PNG"


def visitor(folder: Path) -> ReadingVisitor:
    """Made while a loop runs: without one, Gradio makes one and leaves it open."""
    return ReadingVisitor.at(folder, ScriptedModel())


async def get(reader: ReadingVisitor, path: str, cookies: dict[str, str] | None = None) -> httpx.Response:
    app = httpx.ASGITransport(app=Starlette(routes=document_routes(reader.services)))
    given = reader.cookies if cookies is None else cookies
    async with httpx.AsyncClient(transport=app, base_url="http://page", cookies=given) as client:
        return await client.get(path)


async def test_a_page_is_drawn_with_the_passage_marked(tmp_path: Path) -> None:
    ana = visitor(tmp_path)
    document = await asyncio.to_thread(ana.keeps, PAGES, "bridges.pdf")
    page = f"/documents/{document.id}/pages/1.png?width=300"
    plain, marked = await get(ana, page), await get(ana, f"{page}&start=17&end=40")
    assert plain.headers["content-type"] == "image/png"
    assert plain.headers["cache-control"] == "no-store"
    assert plain.content.startswith(PNG)
    assert marked.content.startswith(PNG)
    assert marked.content != plain.content
    for path in ("pages/0.png", "pages/3.png", "pages/x.png", "pages/1.png5", "pages/99999999999999.png"):
        assert (await get(ana, f"/documents/{document.id}/{path}")).status_code == 404, path


async def test_a_file_leaves_as_an_attachment(tmp_path: Path) -> None:
    ana = visitor(tmp_path)
    document = await asyncio.to_thread(ana.keeps, b"<script>alert(1)</script>", 'page "x"; a.html\r\nx: y.txt')
    answer = await get(ana, f"/documents/{document.id}/file")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''page%20%22x%22")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await get(ana, f"/documents/{document.id}/pages/1.png")).status_code == 404, "only of what has pictures"


async def test_what_is_anothers_answers_like_what_does_not_exist(tmp_path: Path) -> None:
    ana = visitor(tmp_path)
    document = await asyncio.to_thread(ana.keeps, PAGES, "bridges.pdf")
    for cookies in (ana.another().cookies, {}, {name: value + "x" for name, value in ana.cookies.items()}):
        for path in ("pages/1.png", "file"):
            real = await get(ana, f"/documents/{document.id}/{path}", cookies)
            unknown = await get(ana, f"/documents/{document.id[::-1]}/{path}", cookies)
            assert (real.status_code, real.content) == (404, unknown.content)
            assert real.headers == unknown.headers
