"""The course's example with two tools in the whole program: page, loop, default model, and a web on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page_reader import LOCALES, Open
from tests.scripted_search import GOOD_KEY, WebPage, scripted_search
from tests.served_app import served_app

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

SLOW = 60_000  # milliseconds; a busy machine may take its time
CORPUS = (
    WebPage("presidente", "Presidente de Chile", "El actual presidente de Chile es Gabriel Boric, que tiene 37 años."),
    WebPage("president", "President of Chile", "The current president of Chile is Gabriel Boric, who is 37 years old."),
    WebPage("rios", "Ríos de Chile", "El río Loa es el más largo de Chile, con 440 kilómetros."),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("agent")
    with scripted_search(CORPUS) as web:
        settings = {"TERTULIA_TAVILY_API_KEY": GOOD_KEY, "TERTULIA_TAVILY_BASE_URL": web.tavily_address}
        with served_app(folder, TERTULIA_INNER_PLACES=web.place, **settings) as app:
            yield app.url
            assert not app.leaks.exists(), app.leaks.read_text()
            assert GOOD_KEY not in "".join(
                path.read_text(errors="ignore") for path in folder.rglob("*") if path.is_file()
            )


@pytest.mark.parametrize("language", LOCALES)
def test_a_search_and_a_calculation_in_a_row(visit: Open, language: str, tmp_path: Path) -> None:
    reader = visit(language)
    page = reader.page
    page.get_by_role("tab", name=reader.say("app_tab_agent")).click()
    page.get_by_role("button", name=reader.say("app_agent_example_2")).click()
    answer = page.locator("#agent-chat .bot-row").last
    expect(answer).to_contain_text("4.2391", timeout=SLOW)
    expect(answer).to_contain_text("Gabriel Boric")
    calls = page.locator("#agent-chat .tr-call")
    expect(calls).to_have_count(2)
    for call, name in zip(calls.all(), ("web_search", "calculator"), strict=True):
        expect(call).to_contain_text(reader.say(f"app_tool_{name}"))
    expect(page.locator("#agent-chat .tr-chip").first).to_contain_text("Chile")
    page.screenshot(path=tmp_path / "two-tools.png", full_page=True)
    assert (tmp_path / "two-tools.png").stat().st_size > 10_000
    reader.reload()
    page.get_by_role("tab", name=reader.say("app_tab_agent")).click()
    expect(page.locator("#agent-chat .bot-row").last).to_contain_text("4.2391")
