"""Takes the pictures of the README: ``python -m tests.screenshots [FOLDER]``, by default ``docs/screenshots``.

They show the program as it is: the default model's own words, and the speed of the machine that took them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from components.catalogue import Catalogue
from tests.browser import NO_BROWSER, find_browser
from tests.served_app import served_app

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"


@dataclass(frozen=True)
class Picture:
    """One picture: what is asked is an example of the ``room``; without it the page is as it opens.

    ``looks_behind`` opens the glass box of the answer, in the Chat room.
    """

    name: str
    language: str
    scheme: str
    width: int
    height: int
    asks: bool = True
    looks_behind: bool = False
    room: str = "chat"


PICTURES = (
    Picture("chat-light-en", "en", "light", 1280, 800),
    Picture("chat-dark-en", "en", "dark", 1280, 800),
    Picture("glass-light-en", "en", "light", 1440, 900, looks_behind=True),
    Picture("glass-dark-es", "es", "dark", 1440, 900, looks_behind=True),
    Picture("documents-light-es", "es", "light", 1440, 900, room="documents"),
    Picture("agent-light-en", "en", "light", 1280, 800, room="agent"),
    Picture("models-light-en", "en", "light", 1280, 800, room="models"),
    Picture("welcome-light-es", "es", "light", 1280, 800, asks=False),
    Picture("welcome-phone-es", "es", "light", 360, 740, asks=False),
)


def take(browser: Browser, url: str, picture: Picture, folder: Path) -> None:
    """Open the page as ``picture`` says and save it."""
    words = Catalogue.load()
    context = browser.new_context(
        locale=picture.language,
        color_scheme="dark" if picture.scheme == "dark" else "light",
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=2,
    )
    page = context.new_page()
    page.goto(url, wait_until="domcontentloaded")
    expect(page.locator("#model .chip")).to_be_visible(timeout=30_000)
    if picture.room != "chat":
        page.get_by_role("tab", name=words.text(picture.language, f"app_tab_{picture.room}")).click()
    if picture.asks:
        ASKED[picture.room](page, picture, words)
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.screenshot(path=folder / f"{picture.name}.png", animations="disabled")
    context.close()


def _ask_chat(page: Page, picture: Picture, words: Catalogue) -> None:
    page.get_by_role("button", name=words.text(picture.language, "app_example_3")).click()
    expect(page.locator("#box .stop-button")).to_be_visible(timeout=60_000)
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=120_000)
    expect(page.locator("#chat .message-bar[inert]")).to_have_count(0)
    if picture.looks_behind:
        page.locator("#chat .message-bar [data-act=glass]").click()
        expect(page.locator("#glass .glass-box")).to_be_visible()
    page.locator("#chat .bubble-wrap").evaluate("element => element.scrollTo(0, 0)")


def _ask_documents(page: Page, picture: Picture, words: Catalogue) -> None:
    page.get_by_role("button", name=words.text(picture.language, "app_sample_n_grams")).click()
    expect(page.locator(".doc-status.ready")).to_be_visible(timeout=60_000)
    page.locator("#documents-box textarea").fill("¿Qué es un modelo de n-gramas?")
    page.keyboard.press("Enter")
    mark = page.locator('#documents-chat a[href^="#source-"]').first
    expect(mark).to_be_visible(timeout=60_000)
    expect(page.locator("#documents-box .submit-button")).to_be_visible(timeout=60_000)
    mark.click()
    expect(page.locator("#source mark").first).to_be_visible()


def _ask_agent(page: Page, picture: Picture, words: Catalogue) -> None:
    """What needs no web: a calculation."""
    page.get_by_role("button", name=words.text(picture.language, "app_agent_example_3")).click()
    expect(page.locator("#agent-chat .tr-call")).to_be_visible(timeout=60_000)
    expect(page.locator("#agent-box .submit-button")).to_be_visible(timeout=60_000)
    page.locator("#agent-chat .tr-call summary").click()


def _ask_models(page: Page, picture: Picture, words: Catalogue) -> None:
    """How fast each would write here."""
    page.locator("#md-machine [data-act=measure]").click()
    expect(page.locator(".md-card").first).to_contain_text("tokens/s", timeout=60_000)
    expect(page.locator("#md-catalogue-status progress")).to_have_count(0)


ASKED: dict[str, Callable[[Page, Picture, Catalogue], None]] = {
    "chat": _ask_chat,
    "documents": _ask_documents,
    "agent": _ask_agent,
    "models": _ask_models,
}


def main(folder: Path) -> int:
    """Take all pictures; the exit code."""
    program = find_browser()
    if program is None:
        sys.stderr.write(NO_BROWSER + "\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as data,
        served_app(Path(data), TERTULIA_TEMPERATURE="0", TERTULIA_MAX_ANSWER_TOKENS="256") as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            take(browser, app.url, picture, folder)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
