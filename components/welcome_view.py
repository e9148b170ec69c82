"""What stands in the Documents room before the first question: what it is for, and what to ask or to do first."""

from __future__ import annotations

from collections.abc import Sequence

from components.catalogue import Catalogue
from components.local_text import LocalText
from components.shown_line import shown_line
from storage.document_records import Document, DocumentStatus

EXAMPLES = ("app_ask_example_1", "app_ask_example_2", "app_ask_example_3")


def welcome_view(documents: Sequence[Document], catalogue: Catalogue, language: str) -> str:
    """As HTML. The newest document that can be asked stands in the first example."""
    text = LocalText(catalogue, language)
    title = f"<h1>{text.html('app_documents_welcome')}</h1><p>{text.html('app_documents_sentence')}</p>"
    return f'<div class="hello" data-bridge="reading">{title}{_next(documents, text)}</div>'


def _next(documents: Sequence[Document], text: LocalText) -> str:
    ready = [one for one in documents if one.status is DocumentStatus.READY or one.num_chunks]
    if ready:
        shown = "".join(_example(text.say(key, name=ready[0].name)) for key in EXAMPLES)
        return f'<p class="note">{text.html("app_documents_note")}</p><div class="ask-examples">{shown}</div>'
    if any(one.status in (DocumentStatus.PENDING, DocumentStatus.INDEXING) for one in documents):
        return f'<p class="first-step" role="status">{text.html("app_documents_being_read")}</p>'
    button = (
        f'<button type="button" class="first" data-act="to_library">{text.html("app_documents_open_library")}</button>'
    )
    return f'<p class="first-step">{text.html("app_documents_first_step")}</p>{button}'


def _example(question: str) -> str:
    shown = shown_line(question)
    return f'<button type="button" class="example" data-act="ask" data-text="{shown}" dir="auto">{shown}</button>'
