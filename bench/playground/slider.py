"""A slider in the browser: from the moment it moves until the new picture has been painted.

Beside it the page's own round trip: an event whose handler asks who is there and changes nothing, over the same queue.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from playwright.sync_api import Error, Page, sync_playwright

from bench.answer import ContenderFailed, NothingToMeasure
from bench.figures import percentile_95
from bench.playground.setup import Setup
from tests.browser import find_browser

PROMPT = "Once upon a time there was a"
SIZE = 1_280, 800
# What an event does ends with its stream, which the browser notes when it has read it.
STREAM_ENDS = """
  performance.clearResourceTimings();
  const ended = new Promise((done) => {
    const noted = new PerformanceObserver((list) => {
      const entry = list.getEntries().find(({ name }) => name.includes("/queue/data"));
      if (entry) { noted.disconnect(); done(entry.responseEnd); }
    });
    noted.observe({ type: "resource" });
  });
"""
MOVE = f"""async ([slider, value]) => {{
  {STREAM_ENDS}
  const picture = document.getElementById("pg-next");
  const said = () => picture.querySelector(".pg-seen")?.textContent; // beside it Gradio says how it goes
  const before = said();
  const input = document.querySelector(`${{slider}} input[type=range]`);
  const painted = new Promise((done) => {{
    const changes = new MutationObserver(() => {{
      if (said() === before) return;
      changes.disconnect();
      requestAnimationFrame(() => {{
        const {{ port1, port2 }} = new MessageChannel(); // its message comes after the frame
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      }});
    }});
    changes.observe(picture, {{ childList: true, characterData: true, subtree: true }});
  }});
  const movedAt = performance.now();
  input.value = value;
  input.dispatchEvent(new Event("input", {{ bubbles: true }}));
  const seenAt = await painted;
  await ended;
  return seenAt - movedAt;
}}"""
ROUND_TRIP = f"""async () => {{
  {STREAM_ENDS}
  const askedAt = performance.now();
  tertulia.send("playground", "nothing");
  return (await ended) - askedAt;
}}"""


def measure_slider(setup: Setup, _round_index: int) -> None:
    program = find_browser()
    if program is None:
        raise NothingToMeasure("there is no browser")
    try:
        with (
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=program) as browser,
        ):
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            _look(page, setup.app.url)
            trips = [page.evaluate(ROUND_TRIP) for _ in range(setup.plan.round_trips)]
            times = [page.evaluate(MOVE, [slider, value]) for slider, value in moves(setup.plan.moves)]
    except Error as error:
        raise ContenderFailed(f"browser: {error.message}") from error
    round_trip, slowest = statistics.median(trips), percentile_95(times)
    setup.record.add(
        browser__slider_ms_p95=slowest,
        browser__slider_ms_p50=statistics.median(times),
        browser__round_trip_ms=round_trip,
        browser__over_round_trip_ms=slowest - round_trip,
    )


def moves(number: int) -> Iterator[tuple[str, float]]:
    """Each makes another picture."""
    for index in range(number):
        if index % 2:
            yield "#pg-top-k", 5 + index
        else:
            yield "#pg-temperature", round(0.7 + 0.05 * (index % 30), 2)


def _look(page: Page, url: str) -> None:
    page.goto(url, wait_until="commit")
    page.locator("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]:visible").click()
    page.locator("#pg-prompt textarea").fill(PROMPT)
    page.locator("#pg-prompt textarea").press("Enter")
    page.locator("#pg-next .pg-row").first.wait_for()
    page.wait_for_load_state("networkidle")
