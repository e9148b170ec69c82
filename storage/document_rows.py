"""Rows of collections and documents as records, and the one question that every call about them begins with: whose.

What is to be changed is asked for with the rows locked, the collection's first: in PostgreSQL, others who want to
change anything in the same collection wait from there on. SQLite has one writer anyway.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from errors import CollectionNotFound, DocumentNotFound
from storage.document_records import Collection, Document, DocumentStatus
from storage.schema import CHUNKS, COLLECTIONS, DOCUMENTS

COLLECTION_COLUMNS = [column for column in COLLECTIONS.columns if column.name != "owner"]
DOCUMENT_COLUMNS = list(DOCUMENTS.columns)
WITH_COLLECTION = COLLECTIONS.join(DOCUMENTS, DOCUMENTS.c.collection_id == COLLECTIONS.c.id)
CHUNKS_WITH_OWNER = WITH_COLLECTION.join(CHUNKS, CHUNKS.c.document_id == DOCUMENTS.c.id)

# Words can be searched as soon as the text is read. A PENDING document may still hold the text of an earlier time.
IS_SEARCHABLE = DOCUMENTS.c.status.in_([DocumentStatus.INDEXING, DocumentStatus.READY])
IS_READY = DOCUMENTS.c.status == DocumentStatus.READY


def collection_of(row: Row[Any]) -> Collection:
    return Collection(**row._mapping)


def document_of(row: Row[Any]) -> Document:
    fields = dict(row._mapping)
    return Document(**fields | {"status": DocumentStatus(fields["status"])})


def document_row(document: Document) -> dict[str, Any]:
    return {column.name: getattr(document, column.name) for column in DOCUMENT_COLUMNS}


def is_collection(owner: str, collection_id: str) -> ColumnElement[bool]:
    return (COLLECTIONS.c.id == collection_id) & (COLLECTIONS.c.owner == owner)


def is_document(owner: str, document_id: str) -> ColumnElement[bool]:
    """In a statement from WITH_COLLECTION."""
    return (DOCUMENTS.c.id == document_id) & (COLLECTIONS.c.owner == owner)


def require_collection(connection: Connection, owner: str, collection_id: str, *, for_update: bool = False) -> None:
    """Raises CollectionNotFound."""
    statement = select(COLLECTIONS.c.id).where(is_collection(owner, collection_id))
    if connection.execute(_locking(statement, for_update)).scalar() is None:
        raise CollectionNotFound


def require_document(connection: Connection, owner: str, document_id: str, *, for_update: bool = False) -> str:
    """The id of its collection. Raises DocumentNotFound."""
    statement = select(COLLECTIONS.c.id, DOCUMENTS.c.id).select_from(WITH_COLLECTION)
    statement = statement.where(is_document(owner, document_id))
    row = connection.execute(_locking(statement, for_update)).one_or_none()
    if row is None:
        raise DocumentNotFound
    return str(row[0])


def count_revision(connection: Connection, collection_id: str) -> None:
    """What can be found in the collection is different now."""
    counted = update(COLLECTIONS).where(COLLECTIONS.c.id == collection_id)
    connection.execute(counted.values(revision=COLLECTIONS.c.revision + 1))


def _locking(statement: Select[Any], for_update: bool) -> Select[Any]:
    return statement.with_for_update() if for_update else statement
