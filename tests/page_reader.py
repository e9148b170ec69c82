"""A reader of the page in a real browser, and what they can do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from components.catalogue import Catalogue

LOCALES = {"en": "en-GB", "es": "es-CL"}
PHONE = (360, 740)
DESKTOP = (1280, 800)
# Gradio writes this when a page is left while a stream is open; there is nobody left to read it.
LEAVING = re.compile("AbortError|Connection errored out|net::ERR_ABORTED")

catalogue = Catalogue.load()


@dataclass
class Reader:
    """One browser at the page, and what went wrong in it."""

    page: Page
    url: str
    language: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda message: self.note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.page.on("request", lambda request: self.note_request(request.url))

    def note(self, fault: str) -> None:
        if not LEAVING.search(fault):
            self.faults.append(fault)

    def note_request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"left for {url}")

    def open(self, path: str = "") -> Reader:
        self.page.goto(self.url + path, wait_until="domcontentloaded")
        return self.settle()

    def reload(self) -> Reader:
        self.page.reload(wait_until="domcontentloaded")
        return self.settle()

    def settle(self) -> Reader:
        """The chip is filled by the load event: once it is there, the conversation is too."""
        expect(self.page.locator("#model .chip")).to_be_visible(timeout=30_000)
        expect(self.page.locator("#status[role=status]")).to_have_count(1)
        return self

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def say(self, key: str, **values: object) -> str:
        return catalogue.text(self.language, key, **values)

    @property
    def box(self) -> Any:
        return self.page.locator("#box textarea")

    @property
    def status(self) -> Any:
        return self.page.locator("#status")

    @property
    def answer(self) -> Any:
        return self.page.locator("#chat .bot-row").last

    def expect_done(self) -> None:
        expect(self.page.locator("#box .submit-button")).to_be_visible(timeout=30_000)
        expect(self.status).to_contain_text(self.say("app_status_done"))


Open = Callable[..., Reader]
