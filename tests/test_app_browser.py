"""The whole program in a real browser: the page, the pipe and the default model."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.page_reader import LOCALES, Open, Reader
from tests.served_app import ServedApp, served_app, worker_of

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

LONG = "Write a very long story about a lighthouse, with many chapters."
SLOW = 60_000  # milliseconds; a busy machine may take its time


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    folder: Path = tmp_path_factory.mktemp("app")
    with served_app(folder) as app:
        yield app
        assert not app.leaks.exists(), app.leaks.read_text()


@pytest.fixture(scope="module")
def url(app: ServedApp) -> str:
    return app.url


@pytest.mark.parametrize("language", LOCALES)
def test_a_real_answer_streams_and_stops(visit: Open, language: str) -> None:
    reader = visit(language)
    reader.ask(LONG)
    expect(reader.status).to_have_text(reader.say("app_status_answering"), timeout=SLOW)
    reader.page.locator("#box .stop-button").click()
    expect(reader.status).to_contain_text(reader.say("app_status_stopped"), timeout=SLOW)
    text = reader.answer.inner_text()
    reader.reload()
    assert reader.answer.inner_text() == text


def test_two_tabs_stream_at_the_same_time(visit: Open) -> None:
    one, other = visit("en"), visit("es")
    for reader in (one, other):
        reader.ask(LONG)
    for reader in (one, other):
        expect(reader.status).to_have_text(reader.say("app_status_answering"), timeout=SLOW)
    for reader in (one, other):
        expect(reader.status).to_have_text(reader.say("app_status_answering"))
        reader.page.locator("#box .stop-button").click()
        expect(reader.status).to_contain_text(reader.say("app_status_stopped"), timeout=SLOW)


def test_who_waits_sees_the_place_in_the_queue(browser: Browser, tmp_path: Path) -> None:
    with served_app(tmp_path, TERTULIA_MAX_SEQUENCES="1") as app:
        first, second = (Reader(browser.new_page(locale=LOCALES["es"]), app.url, "es").open() for _ in range(2))
        first.ask(LONG)
        expect(first.status).to_have_text(first.say("app_status_answering"), timeout=SLOW)
        second.ask("¿Y yo?")
        expect(second.status).to_contain_text(second.say("app_status_waiting", place=1).rstrip("."), timeout=SLOW)
        first.page.locator("#box .stop-button").click()
        expect(second.status).to_have_text(second.say("app_status_answering"), timeout=SLOW)
        for reader in (first, second):
            reader.page.close()


def test_conversations_are_there_again_after_a_restart(browser: Browser, tmp_path: Path) -> None:
    reader = Reader(browser.new_page(locale=LOCALES["en"]), "", "en")
    ended = reader.page.locator("#chat .message-bar[data-role=assistant]:not([inert])")
    settings = {"TERTULIA_MAX_ANSWER_TOKENS": "16"}
    with served_app(tmp_path, **settings) as app:
        reader.url = app.url
        reader.open().ask("Name a fruit.")
        expect(ended).to_be_visible(timeout=SLOW)
        said = reader.text
        reader.page.goto("about:blank")  # the page would come back by itself, in the middle of whatever is done here
    with served_app(tmp_path, "--port", app.url.rstrip("/").rpartition(":")[2], **settings):
        reader.open()
        expect(reader.questions).to_contain_text("Name a fruit.")
        assert reader.text == said
        reader.ask("Name another.")
        expect(reader.questions).to_have_count(2, timeout=SLOW)
        expect(ended).to_have_count(2, timeout=SLOW)
        expect(reader.entries).to_have_count(1)
    reader.page.close()


RUNNING = "count => fetch('/healthz').then(answer => answer.json()).then(state => state.running === count)"


def test_closing_the_tab_stops_the_model(visit: Open) -> None:
    leaver, stayer = visit("en"), visit("en")
    leaver.ask(LONG)
    expect(leaver.status).to_have_text(leaver.say("app_status_answering"), timeout=SLOW)
    stayer.page.wait_for_function(RUNNING, arg=1, timeout=SLOW)
    leaver.page.close()
    stayer.page.wait_for_function(RUNNING, arg=0, timeout=SLOW)


@pytest.mark.parametrize("language", LOCALES)
def test_when_the_models_process_is_killed_the_page_says_so_and_goes_on(
    visit: Open, app: ServedApp, language: str
) -> None:
    reader = visit(language)
    reader.ask(LONG)
    expect(reader.status).to_have_text(reader.say("app_status_answering"), timeout=SLOW)
    os.kill(worker_of(app.process_id), signal.SIGKILL)
    expect(reader.answer).to_contain_text(reader.say("error_engine_died"), timeout=SLOW)
    expect(reader.page.locator("#box .submit-button")).to_be_visible(timeout=SLOW)  # until then Enter sends nothing
    reader.ask(LONG)
    expect(reader.page.locator("#chat .user-row")).to_have_count(2, timeout=SLOW)
    expect(reader.status).to_contain_text(reader.say("app_status_answering"), timeout=SLOW)
    expect(reader.page.locator("#chat .user-row").first).to_contain_text(LONG)
    reader.page.keyboard.press("Escape")
    expect(reader.status).to_contain_text(reader.say("app_status_stopped"), timeout=SLOW)
