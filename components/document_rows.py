"""The documents of a collection as a list of rows, in HTML; ``assets/library.js`` keeps what is ticked in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from zlib import crc32

from components.catalogue import Catalogue
from components.icons import icon
from components.local_text import LocalText
from components.shown_line import shown_line
from rag.document_work import Progress
from rag.sample_texts import SAMPLES
from storage.document_records import Document, DocumentStatus

MEGABYTE = 1_000_000
KNOWN_LANGUAGES = ("en", "es")
BUSY = (DocumentStatus.PENDING, DocumentStatus.INDEXING)
SECONDS_OF_A_MINUTE = 60
ProgressOf = Callable[[str], Progress | None]


def document_rows(documents: Sequence[Document], progress: ProgressOf, catalogue: Catalogue, language: str) -> str:
    """``documents`` in the order given; of those being indexed ``progress`` tells by id how far they are."""
    rows = _Rows(LocalText(catalogue, language))
    if not documents:
        return rows.nothing()
    listed = "".join(rows.row(document, progress(document.id)) for document in documents)
    return rows.chosen() + f'<div class="docs" role="list" data-bridge="library">{listed}</div>'


class _Rows:
    """Rows in one language."""

    def __init__(self, text: LocalText) -> None:
        self._text = text

    def row(self, document: Document, progress: Progress | None) -> str:
        """One document. Its tag is named after it, so that Gradio never lays one document over another."""
        tag = f"doc-{crc32(document.id.encode()):08x}"
        identity = escape(document.id)
        is_open = document.num_pages > 0
        inside = (
            self._pick(document)
            + self._name(document, is_open=is_open)
            + f'<p class="doc-meta">{self._meta(document)}</p>'
            + self._status(document, progress)
            + f'<span class="doc-tools">{self._tools(document)}</span>'
        )
        return (
            f'<{tag} class="doc" role="listitem" data-document="{identity}" data-status="{document.status}">'
            f"{inside}</{tag}>"
        )

    def chosen(self) -> str:
        """Filled and shown by the page's script while some are ticked."""
        few = escape(self._text.say("app_documents_chosen", count="{count}", total="{total}"))
        every = self._text.html("app_documents_ask_all")
        return (
            f'<p class="docs-chosen" data-words="{few}" hidden><span></span>'
            f'<button type="button" data-bridge="library" data-act="ask_all">{every}</button></p>'
        )

    def nothing(self) -> str:
        """The empty state: one sentence, and three texts to begin with."""
        samples = "".join(f"<li>{self._sample(name)}</li>" for name in SAMPLES)
        return (
            f'<div class="docs-none" data-bridge="library"><p>{self._text.html("app_documents_none")}</p>'
            f"<ul>{samples}</ul></div>"
        )

    def _sample(self, name: str) -> str:
        title = self._text.html(f"app_sample_{name}")
        return f'<button type="button" class="doc-sample" data-act="sample" data-name="{name}">{title}</button>'

    def _pick(self, document: Document) -> str:
        name = shown_line(self._text.say("app_document_pick", name=document.name))
        return (
            f'<label class="doc-pick" title="{name}"><input type="checkbox" data-pick="{escape(document.id)}" '
            f'aria-label="{name}"></label>'
        )

    def _name(self, document: Document, *, is_open: bool) -> str:
        name = f'<span dir="auto">{shown_line(document.name)}</span>'
        if not is_open:
            return f'<span class="doc-name">{name}</span>'
        hint = shown_line(self._text.say("app_document_open", name=document.name))
        return f'<button type="button" class="doc-name" data-act="open" title="{hint}">{name}</button>'

    def _meta(self, document: Document) -> str:
        facts = [self._kind(document)]
        if document.num_pages:
            facts.append(self._counted("page", document.num_pages))
        if document.num_chunks:
            facts.append(self._counted("chunk", document.num_chunks))
        facts.append(self._size(document.num_bytes))
        if document.language:
            is_known = document.language in KNOWN_LANGUAGES
            key = f"app_document_language_{document.language}"
            facts.append(self._text.say(key) if is_known else document.language[:3].upper())
        day = document.created_at
        month = self._text.say(f"app_month_{day.month}")
        month = month.lower() if self._text.language == "es" else month
        facts.append(self._text.say("app_document_added", day=day.day, month=month, year=day.year))
        return " · ".join(f"<span>{escape(fact)}</span>" for fact in facts)

    def _kind(self, document: Document) -> str:
        return self._text.say("app_document_kind_web") if document.source else document.kind.upper()[:8]

    def _size(self, num_bytes: int) -> str:
        if num_bytes >= MEGABYTE:
            return f"{self._text.decimal(num_bytes / MEGABYTE, 1)} MB"
        return f"{self._text.count(max(1, num_bytes // 1_000))} kB"

    def _counted(self, what: str, number: int) -> str:
        many = "one" if number == 1 else "many"
        return self._text.say(f"app_document_{what}_{many}", count=self._text.count(number))

    def _status(self, document: Document, progress: Progress | None) -> str:
        if document.status is DocumentStatus.FAILED:
            return f'<p class="doc-status failed">{shown_line(self._fault(document))}</p>'
        if document.status is DocumentStatus.READY:
            return f'<p class="doc-status ready">{self._text.html("app_document_ready")}</p>'
        if progress is None or not progress.total:
            key = "app_document_pending" if progress is None else f"app_document_{progress.stage}_first"
            return f'<p class="doc-status">{self._text.html(key)}</p>'
        sentence = self._progress(progress)
        return (
            f'<p class="doc-status"><progress max="{progress.total}" value="{progress.done}" '
            f'aria-label="{sentence}"></progress><span>{sentence}</span></p>'
        )

    def _progress(self, progress: Progress) -> str:
        done, total = self._text.count(progress.done), self._text.count(progress.total)
        sentence = self._text.say(f"app_document_{progress.stage}", done=done, total=total)
        if progress.seconds_left is None:
            return escape(sentence)
        seconds = max(1, round(progress.seconds_left))
        if seconds < SECONDS_OF_A_MINUTE:
            left = self._text.say("app_seconds_left", seconds=seconds)
        else:
            left = self._text.say("app_minutes_left", minutes=round(seconds / SECONDS_OF_A_MINUTE))
        return escape(f"{sentence} · {left}")

    def _fault(self, document: Document) -> str:
        values = {"name": document.name, **document.fault_values}
        try:
            return self._text.say(document.fault or "app_document_failed", **values)
        except KeyError:  # kept by another version, which had other sentences
            return self._text.say("app_document_failed", **values)

    def _tools(self, document: Document) -> str:
        if document.status in BUSY:
            return self._tool("cancel", "close", "app_document_cancel", document)
        again = self._tool("reindex", "again", "app_document_reindex", document)
        question = shown_line(self._text.say("app_document_delete_sure", name=document.name))
        return again + self._tool("delete", "delete", "app_document_delete", document, f' data-sure="{question}"')

    def _tool(self, action: str, shape: str, key: str, document: Document, attributes: str = "") -> str:
        name = shown_line(self._text.say(key, name=document.name))
        return (
            f'<button type="button" class="tool" data-act="{action}"{attributes} title="{name}" '
            f'aria-label="{name}">{icon(shape)}</button>'
        )
