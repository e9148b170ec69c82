"""Everything that is kept of an owner as files in a ZIP: what "download my data" gives."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chains.exports.conversation_json import to_json
from chains.exports.streamed_zip import Entry
from components.services import DataRoom, Services
from errors import CollectionNotFound, ConversationNotFound, DocumentNotFound, EvaluationNotFound
from storage.document_records import Document
from storage.records import now

PIECE_BYTES = 1 << 16
MAX_STEM = 60
ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


class DataArchive:
    """Reads while it is written: what is deleted meanwhile is left out. All of it blocks."""

    def __init__(self, services: Services, data: DataRoom) -> None:
        self._services = services
        self._data = data

    def entries(self, owner: str, language: str) -> Iterator[Entry]:
        """One file after the other."""
        chat, models = self._services.chat, self._services.models
        yield self._text("README.txt", self._services.catalogue.text(language, "app_data_readme"))
        yield from self._conversations(owner)
        yield self._json("notes.json", [asdict(note) for note in chat.notes.listed(owner)])
        yield self._text("templates.yaml", chat.templates.export_yaml(owner, language, None))
        yield from self._collections(owner)
        yield from self._evaluations(owner)
        yield self._json("votes.json", [asdict(vote) for vote in models.comparing.votes.listed(owner)])

    def _conversations(self, owner: str) -> Iterator[Entry]:
        conversations = self._services.chat.conversations  # an id is enough, whatever the room
        for number, conversation_id in enumerate(self._data.holdings.conversations(owner), start=1):
            try:
                shown = conversations.shown(owner, conversation_id)
                records = conversations.records(owner, conversation_id)
            except ConversationNotFound:
                continue
            content = to_json(shown.conversation, shown.tree.messages, records)
            name = f"conversations/{shown.conversation.room}-{number:04d}-{safe_stem(shown.conversation.title)}.json"
            yield self._text(name, content, shown.conversation.updated_at)

    def _collections(self, owner: str) -> Iterator[Entry]:
        documents = self._services.documents
        for number, collection_id in enumerate(self._data.holdings.collections(owner), start=1):
            try:
                collection = documents.library.collection(owner, collection_id)
                listed = documents.library.documents(owner, collection_id)[::-1]
                triples = documents.measuring.triples.listed(owner, collection_id)
            except CollectionNotFound:
                continue
            folder = f"documents/{number:02d}-{safe_stem(collection.name)}"
            names = {each.id: file_name(place, each) for place, each in enumerate(listed, start=1)}
            told = [asdict(each) | {"file": names[each.id]} for each in listed]
            content = {"name": collection.name, "settings": collection.settings, "documents": told}
            content["questions"] = [asdict(triple) for triple in triples]
            yield self._json(f"{folder}/collection.json", content)
            for each in listed:
                try:
                    path = documents.library.file(owner, each.id)
                except DocumentNotFound:
                    continue
                if path.is_file():
                    yield Entry(f"{folder}/{names[each.id]}", _pieces(path), each.created_at)

    def _evaluations(self, owner: str) -> Iterator[Entry]:
        store = self._services.models.evaluating.store
        for number, one in enumerate(reversed(store.listed(owner)), start=1):
            try:
                content = store.content(owner, one.id)
                outcomes = [asdict(outcome) for outcome in store.outcomes(owner, one.id)]
            except EvaluationNotFound:
                continue
            whole = asdict(one) | {"content": content, "outcomes": outcomes}
            yield self._json(f"evaluations/{number:03d}-{safe_stem(one.name)}.json", whole)

    def _json(self, name: str, content: Any) -> Entry:
        return self._text(name, json.dumps(content, ensure_ascii=False, indent=1, default=_plain))

    def _text(self, name: str, content: str, moment: datetime | None = None) -> Entry:
        return Entry(name, [content.encode("utf-8", errors="replace")], moment or now())


def safe_stem(label: str) -> str:
    """Something of ``label`` that is a name of a file everywhere: its letters without accents, and nothing else."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", errors="ignore").decode()
    return NOT_IN_NAMES.sub("-", plain).strip("-")[:MAX_STEM].strip("-") or "untitled"


def file_name(place: int, document: Document) -> str:
    """By its place, what it was called, and its ending."""
    ending = ENDING.search(document.name)
    stem = document.name[: ending.start()] if ending else document.name
    return f"{place:03d}-{safe_stem(stem)}{ending[0].lower() if ending else ''}"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
