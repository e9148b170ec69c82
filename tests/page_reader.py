"""A reader of the page in a real browser, and what they can do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from components.catalogue import Catalogue

LOCALES = {"en": "en-GB", "es": "es-CL"}
PHONE = (360, 740)
DESKTOP = (1280, 800)
# Gradio writes this when a page is left while a stream is open; there is nobody left to read it.
LEAVING = re.compile("AbortError|Connection errored out|net::ERR_ABORTED")
# And these while it is left: the stream is cut, and asked for once more when the server has forgotten it; what had come
# of it by then is put together with what its client has just thrown away.
LEFT = re.compile(
    "network error|Unexpected error 404: Not Found|net::ERR_INCOMPLETE_CHUNKED_ENCODING"
    "|Unexpected client exception TypeError: Cannot read properties of undefined"
)
# Gradio's client asks both by an undefined name that an event be left which the server had not numbered yet.
UNKNOWN_YET = ("/gradio_api/cancel", "/gradio_api/reset")

catalogue = Catalogue.load()


@dataclass
class Reader:
    """One browser at the page, and what went wrong in it."""

    page: Page
    url: str
    language: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self.note_message)
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.page.on("request", lambda request: self.note_request(request.url))

    def note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(UNKNOWN_YET):
            self.note(message.text)

    def note(self, fault: str) -> None:
        if not LEAVING.search(fault):
            self.faults.append(fault)

    def note_request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"left for {url}")

    def open(self, path: str = "") -> Reader:
        self.go_to(self.url + path)
        return self.settle()

    def go_to(self, address: str) -> None:
        with self.leaving():
            self.page.goto(address, wait_until="domcontentloaded")

    def reload(self) -> Reader:
        self.come_back()
        return self.settle()

    def come_back(self) -> None:
        with self.leaving():
            self.page.reload(wait_until="domcontentloaded")

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Nobody is left to read what the page says of its streams meanwhile."""
        num_before = len(self.faults)
        yield
        self.faults[num_before:] = [fault for fault in self.faults[num_before:] if not LEFT.search(fault)]

    def settle(self) -> Reader:
        """The chip is filled by the load event: once it is there, the conversation is too."""
        expect(self.page.locator("#model .chip")).to_be_visible(timeout=30_000)
        expect(self.page.locator("#status[role=status]")).to_have_count(1)
        return self

    def ask(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def hear(self, text: str) -> str:
        """Ask, wait for the end of the answer, and return it as it is read."""
        self.ask(text)
        expect(self.questions.last).to_contain_text(text.split("\n")[0], timeout=30_000)
        self.expect_done()
        return self.text

    def say(self, key: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return catalogue.text(self.language, key, **values)

    # --- messages ----------------------------------------------------------------------------------------------------

    @property
    def box(self) -> Locator:
        return self.page.locator("#box textarea")

    @property
    def status(self) -> Locator:
        return self.page.locator("#status")

    @property
    def questions(self) -> Locator:
        return self.page.locator("#chat .user-row")

    @property
    def answer(self) -> Locator:
        return self.page.locator("#chat .bot-row").last

    @property
    def text(self) -> str:
        """The last answer, without what can be done with it."""
        return str(self.answer.locator(".message-content").last.inner_text()).strip()

    @property
    def stop(self) -> Locator:
        return self.page.locator("#box .stop-button")

    def expect_done(self) -> None:
        """Nothing is being written any more, and the bars under the messages can be used."""
        expect(self.page.locator("#box .submit-button")).to_be_visible(timeout=30_000)
        expect(self.status).to_contain_text(self.say("app_status_done"), timeout=30_000)
        expect(self.page.locator("#chat .message-bar[inert]")).to_have_count(0, timeout=30_000)

    def button(self, action: str) -> Locator:
        """The last button with this ``data-act`` in the bars under the messages."""
        return self.page.locator(f"#chat .message-bar [data-act={action}]").last

    def do(self, action: str) -> None:
        self.button(action).click()

    def edit(self, text: str) -> None:
        """Put ``text`` in the place of the last question and send it."""
        self.do("edit")
        form = self.page.locator("#chat .edit-message")
        form.locator("textarea").fill(text)
        form.locator(".send").click()

    # --- sides -------------------------------------------------------------------------------------------------------

    @property
    def entries(self) -> Locator:
        """The conversations of the sidebar, by their titles."""
        return self.page.locator("#entries .entry button.title")

    def open_side(self, name: str) -> Locator:
        """The ``sidebar`` or the ``panel``, opened unless it is."""
        side = self.page.locator(f"#{name}")
        if not side.is_visible():
            self.page.locator(f"#room [data-action={name}]").click()
        expect(side).to_be_visible()
        return side

    def close_side(self, name: str) -> None:
        self.page.locator(f"#{name} [data-action={name}]").click()
        expect(self.page.locator(f"#{name}")).to_be_hidden()

    def open_panel(self, tab: str) -> Locator:
        """The panel with its tab ``glass``, ``memory``, ``settings``, ``notes`` or ``templates`` on top."""
        panel = self.open_side("panel")
        self.page.locator(f"#panel-tabs [role=tab][data-tab-id={tab}]").click()
        return panel

    def open_menu(self, title: str) -> Locator:
        """The menu of the conversation with this title, in the sidebar that is open."""
        entry = self.page.locator("#entries .entry").filter(has_text=title).first
        entry.locator(".more").click()
        menu = self.page.locator("#sidebar .conversation-menu")
        expect(menu).to_be_visible()
        return menu

    def begin_another(self) -> None:
        """A new conversation, from the sidebar."""
        self.open_side("sidebar").locator("#new").click()
        expect(self.page.locator("#chat .message-row")).to_have_count(0)


Open = Callable[..., Reader]
