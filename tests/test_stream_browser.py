"""Gradio's stream of events in a real browser: what begins while it ends is not lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

import components

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

PAGE = "http://page.test/"
STREAM = (Path(components.__file__).parent / "assets" / "stream.js").read_text(encoding="utf-8")
# As Gradio's client does it: whoever begins an event looks whether a stream is open once the answer is there.
CLIENT = """async (begins) => {
  const heard = [];
  const join = () => fetch("/queue/join?", { method: "POST" }).then((answer) => answer.json());
  await join();
  const opened = fetch(new Request("/queue/data?session_hash=x"));
  const begun = Promise.all(Array.from({ length: begins }, join));
  const said = await (await opened).text();
  await begun;
  for (const one of said.split("\\n\\n")) if (one) heard.push(JSON.parse(one.slice(5)));
  return heard.map(({ msg, event_id }) => `${msg} ${event_id ?? ""}`.trim());
}"""


def line(msg: str, event_id: str | None = None) -> str:
    return f"data: {json.dumps({'msg': msg, 'event_id': event_id}, separators=(',', ':'))}\n\n"


class Server:
    """Ends the stream whenever nothing runs that it knows of, and answers a new event before that is heard."""

    def __init__(self) -> None:
        self.num_streams = 0
        self._num_begun = 0
        self._told = 0

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(PAGE).split("?")[0]
        if path == "queue/join":
            self._num_begun += 1
            route.fulfill(json={"event_id": f"e{self._num_begun}"})
        elif path == "queue/data":
            self.num_streams += 1
            self._told += 1
            body = line("process_generating", f"e{self._told}") + line("process_completed", f"e{self._told}")
            route.fulfill(body=body + line("close_stream"), content_type="text/event-stream")
        else:
            route.fulfill(body=f"<script>{STREAM}</script>", content_type="text/html")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def server(page: Page) -> Server:
    server = Server()
    page.route(f"{PAGE}**", server.answer)
    page.goto(PAGE)
    return server


def test_a_stream_ends_when_nothing_runs(page: Page, server: Server) -> None:
    assert page.evaluate(CLIENT, 0) == ["process_generating e1", "process_completed e1", "close_stream"]
    assert server.num_streams == 1


def test_what_begins_while_the_stream_ends_is_heard(page: Page, server: Server) -> None:
    heard = page.evaluate(CLIENT, 1)
    assert heard[-3:] == ["process_generating e2", "process_completed e2", "close_stream"]
    assert heard.count("close_stream") == 1
    assert server.num_streams == 2
