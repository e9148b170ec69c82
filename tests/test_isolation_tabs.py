"""Whoever knows the name of another's tab has nothing of it: neither its stream, nor its end."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from bench.app.reader import message_of
from tests.gradio_client_raw import RawVisitor, visitor
from tests.page_process import PageProcess, page_process

MARK = "quokka"
TAB = "anas-tab"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    with page_process(tmp_path_factory.mktemp("page")) as page:
        yield page


async def join(ana: RawVisitor, text: str) -> dict[str, object]:
    """Ask in the tab; what names the event."""
    function = ana.layout.function("box", "submit")
    data = ana.layout.inputs(function, box=text, conversation="", inputs="{}")
    body = {"data": data, "fn_index": function["id"], "session_hash": TAB, "trigger_id": None}
    joined = (await ana.client.post("/gradio_api/queue/join", json=body)).raise_for_status()
    return {"session_hash": TAB, "fn_index": function["id"], "event_id": joined.json()["event_id"]}


async def heard(client: httpx.AsyncClient, tab: str) -> tuple[int, str]:
    """All that comes of the stream of a tab that is not one's own; Gradio breaks off the one of an unknown tab."""
    lines: list[str] = []
    try:
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": tab}) as response:
            async for line in response.aiter_lines():
                lines.append(line)
    except httpx.RemoteProtocolError:
        pass
    return response.status_code, "\n".join(lines)


async def test_the_tab_of_another_is_one_that_does_not_exist(page: PageProcess) -> None:
    async with visitor(page.url) as ana, visitor(page.url) as eva, visitor(page.url, {}) as nobody:
        event = await join(ana, f"{MARK} endless")
        for other in (eva, nobody):
            stolen = await heard(other.client, TAB)
            assert MARK not in stolen[1]
            assert stolen == await heard(other.client, "no-tab")
            left = [
                await other.client.post("/gradio_api/cancel", json=given)
                for given in (event, {**event, "session_hash": "no-tab", "event_id": "none"})
            ]
            assert left[0].text == left[1].text
        written = ""
        async with ana.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": TAB}) as response:
            async for line in response.aiter_lines():  # so it goes on for her
                if message_of(line):
                    written += line
                if "word9" in written:
                    break
        assert MARK in written
