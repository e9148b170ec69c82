"""What a browser asks of the server, and what of it is over: for tests that go on once a choice is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

PATIENCE_MS = 60_000  # a busy machine loses no choice
# Before any script of the page: notes each event that it begins, and that the server has ended it.
NOTE_EVENTS = """(() => {
  const begin = window.fetch.bind(window), begun = (window.eventsBegun = []), ended = new Set();
  const isOver = (one) => one.hasFailed || ended.has(one.id);
  window.areOver = ([first, told]) => {
    const since = begun.slice(first);
    return since.some((one) => one.asked.includes(told)) && since.every(isOver);
  };
  window.fetch = async (asked, how) => {
    const { pathname } = new URL(asked.url ?? asked, location.href);
    const one = pathname.endsWith("/queue/join") ? { asked: String(how?.body) } : null;
    if (one) begun.push(one);
    const answer = await begin(asked, how).catch((error) => { if (one) one.hasFailed = true; throw error; });
    if (one) answer.clone().json().then(({ event_id: id }) => { one.id = id; }, () => { one.hasFailed = true; });
    if (!pathname.endsWith("/queue/data") || !answer.body) return answer;
    const [given, heard] = answer.body.tee();
    listen(heard).catch(() => {}); // the page says what went wrong with its own half
    return new Response(given, { status: answer.status, headers: answer.headers });
  };
  async function listen(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const said = (rest + value).split("\\n\\n");
      rest = said.pop();
      for (const one of said) {
        const { msg, event_id: id } = JSON.parse(one.slice(one.indexOf("{")));
        if (msg === "process_completed") ended.add(id);
      }
    }
  }
})()"""


@contextmanager
def kept(page: Page, told: str = "") -> Iterator[None]:
    """Waits until the server has done what it was asked for inside, and was ``told``."""
    first = page.evaluate("eventsBegun.length")
    yield
    page.wait_for_function("(given) => areOver(given)", arg=[first, told], timeout=PATIENCE_MS)
