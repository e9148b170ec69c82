"""What is known of each document beside its text. DocumentNotFound for one that is another's, too. The calls block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, delete, func, insert, select, update

from errors import DocumentNotFound
from storage.database import Database
from storage.document_records import Document, DocumentStatus
from storage.document_rows import (
    DOCUMENT_COLUMNS,
    WITH_COLLECTION,
    count_revision,
    document_of,
    document_row,
    is_document,
    require_collection,
    require_document,
)
from storage.schema import COLLECTIONS, DOCUMENTS

_OF_PASSAGES = {"status", "name", "language"}  # a change of these is one of what a search finds


class DocumentChange(TypedDict, total=False):
    """What ``DocumentStore.change`` may change."""

    status: DocumentStatus
    fault: str | None
    fault_values: Mapping[str, Any]
    num_pages: int
    num_chunks: int
    language: str
    name: str
    content_hash: str
    num_bytes: int
    kind: str


class DocumentStore:
    """Documents in the collections of each owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, document: Document) -> None:
        """Keep a new document. Raises CollectionNotFound."""
        with self._database.writing() as connection:
            require_collection(connection, owner, document.collection_id, for_update=True)
            connection.execute(insert(DOCUMENTS).values(document_row(document)))

    def get(self, owner: str, document_id: str) -> Document:
        """What is known of the document beside its text."""
        with self._database.reading() as connection:
            row = connection.execute(_documents().where(is_document(owner, document_id))).one_or_none()
        if row is None:
            raise DocumentNotFound
        return document_of(row)

    def listed(self, owner: str, collection_id: str) -> tuple[Document, ...]:
        """Those of one collection, the newest first. Raises CollectionNotFound."""
        statement = _documents().where(DOCUMENTS.c.collection_id == collection_id)
        with self._database.reading() as connection:
            require_collection(connection, owner, collection_id)
            rows = connection.execute(statement.order_by(DOCUMENTS.c.created_at.desc(), DOCUMENTS.c.id.desc()))
            return tuple(document_of(row) for row in rows)

    def same(self, owner: str, collection_id: str, content_hash: str) -> Document | None:
        """The oldest document of the collection with this content, whatever became of it. Raises CollectionNotFound."""
        statement = _documents().where(
            DOCUMENTS.c.collection_id == collection_id, DOCUMENTS.c.content_hash == content_hash
        )
        with self._database.reading() as connection:
            require_collection(connection, owner, collection_id)
            row = connection.execute(statement.order_by(DOCUMENTS.c.created_at, DOCUMENTS.c.id).limit(1)).one_or_none()
        return None if row is None else document_of(row)

    def change(self, owner: str, document_id: str, **fields: Unpack[DocumentChange]) -> None:
        """Change what is named."""
        with self._database.writing() as connection:
            collection_id = require_document(connection, owner, document_id, for_update=True)
            if fields:
                connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == document_id).values(**fields))
            if _OF_PASSAGES & fields.keys():
                count_revision(connection, collection_id)

    def delete(self, owner: str, document_id: str) -> None:
        """Take the document away, for good, with its text, its vectors and the triples that were drawn from it."""
        with self._database.writing() as connection:
            collection_id = require_document(connection, owner, document_id, for_update=True)
            connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.id == document_id))
            count_revision(connection, collection_id)

    def unfinished(self) -> tuple[tuple[str, Document], ...]:
        """At the start of the program: what of any owner is still to be indexed, the oldest first, each with its
        owner."""
        statement = (
            select(COLLECTIONS.c.owner.label("owner"), *DOCUMENT_COLUMNS)
            .select_from(WITH_COLLECTION)
            .where(DOCUMENTS.c.status.in_([DocumentStatus.PENDING, DocumentStatus.INDEXING]))
            .order_by(DOCUMENTS.c.created_at, DOCUMENTS.c.id)
        )
        with self._database.reading() as connection:
            rows = [dict(row._mapping) for row in connection.execute(statement)]
        return tuple((row.pop("owner"), Document(**row | {"status": DocumentStatus(row["status"])})) for row in rows)

    def ids(self) -> frozenset[str]:
        """Of the documents of all owners."""
        with self._database.reading() as connection:
            return frozenset(connection.execute(select(DOCUMENTS.c.id)).scalars())

    def usage(self, owner: str) -> tuple[int, int]:
        """How many documents the owner has, and of how many bytes."""
        statement = select(func.count(), func.sum(DOCUMENTS.c.num_bytes)).select_from(WITH_COLLECTION)
        with self._database.reading() as connection:
            num, num_bytes = connection.execute(statement.where(COLLECTIONS.c.owner == owner)).one()
        return num, int(num_bytes or 0)

    def total_bytes(self) -> int:
        """Of the documents of all owners."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.sum(DOCUMENTS.c.num_bytes))).scalar() or 0)


def _documents() -> Select[Any]:
    return select(*DOCUMENT_COLUMNS).select_from(WITH_COLLECTION)
