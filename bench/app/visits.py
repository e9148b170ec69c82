"""What a visitor waits for without the model: the page itself, a conversation opened among many, the list of them."""

from __future__ import annotations

import asyncio
import random
import statistics
import time

from playwright.sync_api import Error, Page, sync_playwright

from bench.answer import ContenderFailed, NothingToMeasure
from bench.app.library import library
from bench.app.program import start_app
from bench.app.reader import Outcome, reader
from bench.app.setup import Setup
from bench.figures import percentile_95
from bench.questions import words
from tests.browser import find_browser

SEARCHED_WORDS = 2


def measure_page(setup: Setup, _round_index: int) -> None:
    """From going there to a box that can be written in: by a browser that was never here, and the second time."""
    program = find_browser()
    if program is None:
        raise NothingToMeasure("there is no browser")
    try:
        with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program) as browser:
            for _ in range(setup.plan.page_loads):
                with browser.new_context() as context:
                    page = context.new_page()
                    setup.record.add(browser__first_page_ms=_load(page, setup.app.url))
                    setup.record.add(browser__second_page_ms=_load(page, setup.app.url))
    except Error as error:
        raise ContenderFailed(f"browser: {error.message}") from error


def _load(page: Page, url: str) -> float:
    """Milliseconds. ``fill`` waits until the box is there, visible and enabled."""
    page.goto("about:blank")
    started_at = time.monotonic()
    page.goto(url, wait_until="commit")
    page.locator("#box textarea").fill("Hello!")
    return (time.monotonic() - started_at) * 1_000


def measure_openings(setup: Setup, _round_index: int) -> None:
    """One owner with many conversations opens any of them, lists them, and searches in them."""
    plan = setup.plan
    chosen = setup.chosen("library")
    with library(chosen["data_dir"]) as kept:
        cookies = kept.new_cookies()
        ids = kept.fill(cookies, plan.conversations, plan.messages)
    with start_app(setup.folder, chosen) as program:
        opened, listed, found = asyncio.run(_visit(program.url, cookies, ids, setup))
    opening_ms = [outcome.milliseconds for outcome in opened]
    setup.record.add(
        app__open_p50_ms=statistics.median(opening_ms),
        app__open_p95_ms=percentile_95(opening_ms),
        app__list_ms=statistics.median(outcome.milliseconds for outcome in listed),
        app__search_ms=statistics.median(outcome.milliseconds for outcome in found),
    )


async def _visit(
    url: str, cookies: dict[str, str], ids: list[str], setup: Setup
) -> tuple[list[Outcome], list[Outcome], list[Outcome]]:
    """Openings, lists and searches, each after the one before; the first opening does not count."""
    draw = random.Random(len(ids))
    plan = setup.plan
    async with reader(url, cookies) as one:
        opened = []
        for conversation_id in draw.choices(ids, k=plan.openings + 1):
            data = {"action": "open", "id": conversation_id}
            opened.append(await one.call("bridge", "input", [""], data))
            _check_opened(opened[-1], conversation_id, plan.messages)
        listed = [await one.call("search", "change", ["", ids[0]]) for _ in range(plan.listings)]
        texts = [words(SEARCHED_WORDS, seed) for seed in range(plan.listings)]
        found = [await one.call("search", "change", [text, ids[0]]) for text in texts]
    return opened[1:], listed, found


def _check_opened(outcome: Outcome, conversation_id: str, num_messages: int) -> None:
    if outcome.values["conversation"] != conversation_id or len(outcome.values["chat"]) != num_messages:
        raise ContenderFailed("app: another conversation was opened")
