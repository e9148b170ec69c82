"""Which collection is open, what can be done with it, and what it takes, in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from components.catalogue import Catalogue
from components.icons import icon
from components.local_text import LocalText
from components.replaced_whole import replaced_whole
from components.shown_line import shown_line
from storage.document_records import Collection


def collection_name(collection: Collection, text: LocalText) -> str:
    """As somebody wrote it; the default collection has none until somebody gives it one."""
    return collection.name.strip() or text.say("app_collection_default")


def collection_head(
    collections: Sequence[Collection], current: Collection, num_documents: int, catalogue: Catalogue, language: str
) -> str:
    """The chooser, and what makes, renames and deletes a collection."""
    text = LocalText(catalogue, language)
    options = "".join(
        f'<option value="{escape(collection.id)}"{" selected" if collection.id == current.id else ""}>'
        f"{shown_line(collection_name(collection, text))}</option>"
        for collection in collections
    )
    values = {"name": collection_name(current, text), "count": text.count(num_documents)}
    question = shown_line(text.say("app_collection_delete_sure", **values))
    label = text.html("app_collection")
    asks = f' data-ask="{text.html("app_collection_name")}"'
    tools = (
        _tool("create", "add", text.html("app_collection_create"), asks)
        + _tool("rename", "edit", text.html("app_collection_rename"), f'{asks} data-given="{shown_line(current.name)}"')
        + _tool("delete_collection", "delete", text.html("app_collection_delete"), f' data-sure="{question}"')
    )
    return replaced_whole(
        'class="collection-head" data-bridge="library"',
        f'<select id="collection-chooser" aria-label="{label}" title="{label}">{options}</select>{tools}',
    )


def outdated_offer(catalogue: Catalogue, language: str) -> str:
    """Says that the vectors do not fit the settings any more, and offers to make them anew."""
    text = LocalText(catalogue, language)
    return (
        f'<div class="library-offer" data-bridge="library"><p>{text.html("app_collection_outdated")}</p>'
        f'<button type="button" data-act="reindex_all">{text.html("app_collection_reindex")}</button></div>'
    )


def _tool(action: str, shape: str, name: str, attributes: str) -> str:
    return (
        f'<button type="button" class="tool" data-act="{action}"{attributes} title="{name}" '
        f'aria-label="{name}">{icon(shape)}</button>'
    )
