"""The source of a sentence: a page of a document with the passage marked, as a picture and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from components.catalogue import Catalogue
from components.icons import icon
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from safety.shown_text import INVISIBLE
from storage.document_records import Document, Page

MOST_BEFORE, MOST_AFTER = 12_000, 24_000  # characters of a page around the passage: some pages are whole books
PICTURE_WIDTH = 1_200
HAS_PICTURES = ("pdf",)


@dataclass(frozen=True)
class Place:
    """What to mark of a page: ``text[start:end]``; nothing when both are 0.

    ``number`` is the one the passage was given under, ``score`` how well it supports the sentence or answers.
    """

    page: int = 1
    start: int = 0
    end: int = 0
    number: int = 0
    headings: Sequence[str] = ()
    score: float | None = None


def source_view(document: Document, page: Page, place: Place, catalogue: Catalogue, language: str) -> str:
    """``page`` of ``document`` as HTML."""
    return _SourceView(document, page, place, LocalText(catalogue, language)).html()


def source_empty(catalogue: Catalogue, language: str) -> str:
    """Before a source was opened."""
    text = LocalText(catalogue, language)
    return f'<div class="source-empty"><p>{text.html("app_source_empty")}</p></div>'


def source_gone(name: str, catalogue: Catalogue, language: str) -> str:
    """The document was deleted, and nothing of it is shown any more."""
    text = LocalText(catalogue, language)
    return f'<div class="source-empty"><p>{shown_line(text.say("app_source_gone", name=name))}</p></div>'


class _SourceView:
    def __init__(self, document: Document, page: Page, place: Place, text: LocalText) -> None:
        self._document = document
        self._page = page
        self._place = place
        self._text = text
        self._has_picture = document.kind in HAS_PICTURES
        self._start = max(0, min(place.start, len(page.text)))
        self._end = max(self._start, min(place.end, len(page.text)))

    def html(self) -> str:
        picture = self._picture() if self._has_picture else ""
        attributes = (
            f'class="source-view" data-bridge="reading" data-document="{escape(self._document.id)}" '
            f'data-page="{self._page.number}" data-has-picture="{str(self._has_picture).lower()}"'
        )
        return replaced_whole(attributes, self._head() + self._tools() + picture + self._page_text())

    def _head(self) -> str:
        number = f'<b class="sv-number">[{self._place.number}]</b> ' if self._place.number else ""
        place = self._text.html("app_source_page", page=self._page.number, pages=max(self._document.num_pages, 1))
        label = shown_line(self._page.label)
        facts = [place, *([label] if label else [])]
        if self._place.score is not None:
            facts.append(self._text.html("app_source_score", score=self._text.percent(self._place.score)))
        headings = " › ".join(map(shown_line, self._place.headings))
        path = f'<p class="sv-path" dir="auto">{headings}</p>' if headings else ""
        address = self._address() if self._document.source else ""
        return (
            f'<h3 dir="auto">{number}{shown_line(self._document.name)}</h3>'
            f'<p class="sv-facts">{" · ".join(facts)}</p>{address}{path}'
        )

    def _address(self) -> str:
        """Shown and not followed: pages change, and what was read is here."""
        return f'<p class="sv-address" dir="ltr">{shown_line(self._document.source)}</p>'

    def _tools(self) -> str:
        number, last = self._page.number, max(self._document.num_pages, 1)
        steps = (
            (self._step("previous", ("app_source_previous", "app_source_previous_none"), number - 1, number > 1)
             + self._step("next", ("app_source_next", "app_source_next_none"), number + 1, number < last))
            if last > 1
            else ""
        )  # fmt: skip
        back = self._back() if self._end > self._start else ""
        switch = self._switch() if self._has_picture else ""
        name = self._text.html("app_source_download")
        download = (
            f'<a class="tool" download href="./documents/{escape(self._document.id)}/file" title="{name}" '
            f'aria-label="{name}">{icon("download")}</a>'
        )
        return f'<div class="sv-tools">{steps}{switch}<span class="sv-rest"></span>{back}{download}</div>'

    def _step(self, shape: str, keys: tuple[str, str], page: int, is_there: bool) -> str:
        """``keys`` are its name, and the one where there is no such page."""
        name = self._text.html(keys[0] if is_there else keys[1])
        state = f'data-act="source" data-page="{page}"' if is_there else 'data-act="source" aria-disabled="true"'
        return (
            f'<button type="button" class="tool" {state} data-document="{escape(self._document.id)}" '
            f'title="{name}" aria-label="{name}">{icon(shape)}</button>'
        )

    def _back(self) -> str:
        return (
            f'<button type="button" class="sv-button" data-act="to_passage">'
            f"{self._text.html('app_source_to_passage')}</button>"
        )

    def _switch(self) -> str:
        picture, text = self._text.html("app_source_picture"), self._text.html("app_source_text")
        return (
            f'<span class="sv-switch" role="group" aria-label="{self._text.html("app_source_how")}">'
            f'<button type="button" data-act="as_picture" aria-pressed="true">{picture}</button>'
            f'<button type="button" data-act="as_text" aria-pressed="false">{text}</button></span>'
        )

    def _picture(self) -> str:
        query = urlencode({"start": self._start, "end": self._end, "width": PICTURE_WIDTH})
        address = f"./documents/{self._document.id}/pages/{self._page.number}.png?{query}"
        passage = " ".join(INVISIBLE.sub("", self._page.text[self._start : self._end]).split())
        if passage:
            alternative = self._text.html("app_source_alt", page=self._page.number, passage=passage)
        else:
            alternative = self._text.html("app_source_alt_page", page=self._page.number, name=self._document.name)
        return (
            f'<figure class="sv-picture loading"><p class="sv-wait" role="status"><i></i>'
            f'{self._text.html("app_source_drawing")}</p><button type="button" class="sv-zoom" data-act="zoom" '
            f'aria-pressed="false" title="{self._text.html("app_source_zoom")}">'
            f'<img src="{escape(address)}" alt="{alternative}"></button>'
            f'<figcaption class="sv-failed" role="alert" hidden>{self._text.html("app_source_not_drawn")}</figcaption>'
            f"</figure>"
        )

    def _page_text(self) -> str:
        text, start, end = self._page.text, self._start, self._end
        first, last = max(0, start - MOST_BEFORE), min(len(text), max(end, start) + MOST_AFTER)
        inside = _plain(text[start:end])
        shown = f"<mark>{inside}</mark>" if inside else ""
        before = '<span class="sv-cut">…</span>' if first else ""
        after = '<span class="sv-cut">…</span>' if last < len(text) else ""
        body = f"{before}{_plain(text[first:start])}{shown}{_plain(text[end:last])}{after}"
        if not text.strip():
            body = f'<em class="sv-nothing">{self._text.html("app_source_page_empty")}</em>'
        name = self._text.html("app_source_text_name", page=self._page.number)
        return f'<div class="sv-text" role="region" aria-label="{name}" tabindex="0" dir="auto">{body}</div>'


def _plain(text: str) -> str:
    """Spaces and lines stay as they are; the stylesheet shows them."""
    return escape(INVISIBLE.sub("", text))
