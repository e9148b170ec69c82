"""The documents of each owner in their collections: what may come in, and what goes, with everything that was made of
it. All but ``add_addresses`` block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from errors import (
    DocumentAlreadyHere,
    DocumentTooLarge,
    NoRoomForDocuments,
    TertuliaError,
    TooManyDocuments,
)
from rag.document_files import FileTooLarge, KeptFile, label_of, title_of
from rag.document_work import Stores
from rag.indexing import Indexer
from rag.reading.kinds import kind_of
from rag.settings import CollectionSettings
from rag.web_files import web_file
from safety.web_address import Fetched
from storage.document_records import Collection, Document, DocumentStatus
from storage.documents import DocumentChange

MEGABYTE = 1_000_000
MAX_FETCHED_AT_ONCE = 4

Fetch = Callable[[str], Awaitable[Fetched]]


@dataclass(frozen=True)
class Limits:
    """What may be kept, in megabytes and in number."""

    file_megabytes: int = 20
    owner_megabytes: int = 200
    owner_documents: int = 50
    all_megabytes: int = 2_000


DEFAULT_LIMITS = Limits()


class Library:
    """What is another's is CollectionNotFound or DocumentNotFound, as if it never was.

    ``on_deleted`` is told the owner and the collection, so that whoever keeps something made of it lets that go.
    """

    def __init__(
        self,
        stores: Stores,
        indexer: Indexer,
        fetch: Fetch,
        limits: Limits = DEFAULT_LIMITS,
        on_deleted: Callable[[str, str], None] = lambda owner, collection_id: None,
    ) -> None:
        self._stores = stores
        self._indexer = indexer
        self._fetch = fetch
        self._limits = limits
        self._on_deleted = on_deleted
        self._lock = threading.RLock()  # whoever decides what is kept, and what is indexed, does so alone

    def start(self) -> None:
        """Remove files that a killed program left behind, and go on with what it had begun. To be called once."""
        self._stores.files.remove_others(self._stores.documents.ids())
        self._indexer.resume()

    # --- collections -------------------------------------------------------------------------------------------------

    def collections(self, owner: str) -> tuple[Collection, ...]:
        """The default one first; it has no name until it is given one."""
        return self._stores.collections.listed(owner)

    def collection(self, owner: str, collection_id: str) -> Collection:
        return self._stores.collections.get(owner, collection_id)

    def create(self, owner: str, name: str) -> Collection:
        return self._stores.collections.create(owner, title_of(name))

    def rename(self, owner: str, collection_id: str, name: str) -> None:
        self._stores.collections.change(owner, collection_id, name=title_of(name))

    def change_settings(self, owner: str, collection_id: str, settings: CollectionSettings) -> None:
        """They hold for what is indexed when there are no vectors; else from ``reindex_collection`` on."""
        with self._lock:
            self._stores.collections.change(owner, collection_id, settings=settings.model_dump())
            self._forget_stamp_if_empty(owner, collection_id)
        self._indexer.touch(owner)

    def reindex_collection(self, owner: str, collection_id: str) -> None:
        """Index everything in it anew, by its settings. Its words are found meanwhile."""
        with self._lock:
            documents = self.documents(owner, collection_id)
            self._indexer.drop(document.id for document in documents)
            self._stores.passages.forget_vectors(owner, collection_id)
            self._stores.collections.change(owner, collection_id, stamp=None)
            for document in reversed(self.documents(owner, collection_id)):
                if document.status is DocumentStatus.FAILED:
                    self._begin_anew(owner, document)
                else:
                    self._indexer.add(owner, document)

    def delete_collection(self, owner: str, collection_id: str) -> None:
        with self._lock:
            self._indexer.drop(document.id for document in self.documents(owner, collection_id))
            document_ids = self._stores.collections.delete(owner, collection_id)
        self._stores.files.remove(document_ids)
        self._on_deleted(owner, collection_id)
        self._indexer.touch(owner)

    # --- documents ---------------------------------------------------------------------------------------------------

    def documents(self, owner: str, collection_id: str) -> tuple[Document, ...]:
        """The newest first."""
        return self._stores.documents.listed(owner, collection_id)

    def file(self, owner: str, document_id: str) -> Path:
        """Where the file is kept, under a name that says nothing of what it is."""
        self._stores.documents.get(owner, document_id)
        return self._stores.files.path(document_id)

    def add_file(self, owner: str, collection_id: str, path: Path, name: str) -> Document:
        """Keep a copy of the file and have it indexed. What failed before is replaced by the same content.

        Raises DocumentRefused when it can be told from its size and beginning, TooManyDocuments, NoRoomForDocuments.
        """
        self._stores.collections.get(owner, collection_id)
        label = label_of(name)
        document = Document(collection_id, label, kind_of(path, label))
        limit = self._limits.file_megabytes
        try:
            file = self._stores.files.keep_copy(document.id, path, limit * MEGABYTE)
        except FileTooLarge as error:
            raise DocumentTooLarge(name=label, limit=limit) from error
        return self._admit(owner, document, file)

    async def add_addresses(
        self, owner: str, collection_id: str, addresses: Sequence[str]
    ) -> list[Document | TertuliaError]:
        """Fetch what is at each address and have it indexed: for each a document, or why there is none."""
        await asyncio.to_thread(self._stores.collections.get, owner, collection_id)
        turns = asyncio.Semaphore(MAX_FETCHED_AT_ONCE)

        async def add(address: str) -> Document | TertuliaError:
            async with turns:
                try:
                    await asyncio.to_thread(self._check_room, owner, 0)
                    return await asyncio.to_thread(self._add_fetched, owner, collection_id, await self._fetch(address))
                except TertuliaError as error:
                    return error

        return list(await asyncio.gather(*(add(address) for address in addresses)))

    def reindex(self, owner: str, document_id: str) -> None:
        """Read the document's file again and index it anew; a web page as it was when it was fetched."""
        with self._lock:
            document = self._stores.documents.get(owner, document_id)
            self._indexer.drop([document_id])
            self._begin_anew(owner, document)

    def cancel(self, owner: str, document_id: str) -> None:
        """Stop indexing it; it stays in the list as one that failed."""
        with self._lock:
            self._indexer.cancel(owner, document_id)

    def delete(self, owner: str, document_id: str) -> None:
        """Its row, its text and vectors, then its file: should that be left, the next start removes it."""
        with self._lock:
            collection_id = self._delete(owner, self._stores.documents.get(owner, document_id))
            self._forget_stamp_if_empty(owner, collection_id)
        self._on_deleted(owner, collection_id)
        self._indexer.touch(owner)

    # --- ways in -----------------------------------------------------------------------------------------------------

    def _add_fetched(self, owner: str, collection_id: str, fetched: Fetched) -> Document:
        found = web_file(fetched)
        document = Document(collection_id, found.name, found.kind, source=fetched.url)
        return self._admit(owner, document, self._stores.files.keep(document.id, found.content))

    def _admit(self, owner: str, document: Document, file: KeptFile) -> Document:
        """Its row, and its place in the queue, if there is room for it and it is new. Else its file is removed."""
        document = replace(document, num_bytes=file.num_bytes, content_hash=file.content_hash)
        try:
            with self._lock:
                self._make_way(owner, document)
                self._check_room(owner, file.num_bytes)
                self._stores.documents.add(owner, document)
                self._indexer.add(owner, document)
        except TertuliaError:
            self._stores.files.remove([document.id])
            raise
        return document

    def _make_way(self, owner: str, document: Document) -> None:
        """Raises DocumentAlreadyHere when the collection has it already; one that failed is deleted."""
        for other in self.documents(owner, document.collection_id):
            is_same = other.content_hash == document.content_hash or (other.source and other.source == document.source)
            if is_same and other.status is not DocumentStatus.FAILED:
                raise DocumentAlreadyHere(name=document.name, existing=other.name)
            if is_same:
                self._delete(owner, other)

    def _check_room(self, owner: str, num_bytes: int) -> None:
        num, used = self._stores.documents.usage(owner)
        if num >= self._limits.owner_documents:
            raise TooManyDocuments(limit=self._limits.owner_documents)
        total = self._stores.documents.total_bytes()
        for limit, taken in ((self._limits.owner_megabytes, used), (self._limits.all_megabytes, total)):
            if taken + num_bytes > limit * MEGABYTE:
                raise NoRoomForDocuments(limit=limit)

    # --- the caller holds the lock -----------------------------------------------------------------------------------

    def _begin_anew(self, owner: str, document: Document) -> None:
        anew = DocumentChange(status=DocumentStatus.PENDING, fault=None, fault_values={})
        self._stores.documents.change(owner, document.id, **anew)
        self._indexer.add(owner, self._stores.documents.get(owner, document.id))

    def _delete(self, owner: str, document: Document) -> str:
        self._indexer.drop([document.id])
        self._stores.documents.delete(owner, document.id)
        self._stores.files.remove([document.id])
        return document.collection_id

    def _forget_stamp_if_empty(self, owner: str, collection_id: str) -> None:
        if not self.documents(owner, collection_id):
            self._stores.collections.change(owner, collection_id, stamp=None)


def addresses_in(text: str) -> list[str]:
    """One a line, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
