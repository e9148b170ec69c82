"""The text of documents, whole by page and cut into chunks, and the vectors of those. The calls block.

Vectors lie in 16 bits a number, which changes no order that anybody could notice, and come back in 32, of unit
length again. What there is a lot of is read in blocks, each in a transaction of its own: what was deleted between
two of them is left out, and as no id is ever used again, nothing else can come in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, exists, insert, select, update

from errors import DocumentNotFound
from storage.database import Database
from storage.document_records import Chunk, DocumentStatus, Page, Passage, PassageVectors, Vector
from storage.document_rows import (
    CHUNKS_WITH_OWNER,
    IS_READY,
    IS_SEARCHABLE,
    count_revision,
    require_collection,
    require_document,
)
from storage.packed_vectors import num_numbers, pack, unpack
from storage.schema import CHUNKS, COLLECTIONS, DOCUMENTS, PAGES, VECTORS, WINDOW_VECTORS

BLOCK_SIZE = 2_000
_PAGE_COLUMNS = [PAGES.c.number, PAGES.c.text, PAGES.c.label]
_HAS_VECTOR = exists().where(VECTORS.c.chunk_id == CHUNKS.c.id)


class PassageStore:
    """Pages, chunks and vectors of the documents of each owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- text --------------------------------------------------------------------------------------------------------

    def put_text(self, owner: str, document_id: str, pages: Sequence[Page], chunks: Sequence[Chunk]) -> None:
        """Put this in the place of all the text that was kept of the document, and forget its vectors.

        From here on it is INDEXING, and its words can be searched.
        """
        page_rows = [{"document_id": document_id, **vars(page)} for page in pages]
        chunk_rows = [{"document_id": document_id, **vars(chunk)} for chunk in chunks]
        counts = {"num_pages": len(pages), "num_chunks": len(chunks)}
        with self._database.writing() as connection:
            collection_id = require_document(connection, owner, document_id, for_update=True)
            for table, rows in ((PAGES, page_rows), (CHUNKS, chunk_rows)):
                connection.execute(delete(table).where(table.c.document_id == document_id))
                if rows:
                    connection.execute(insert(table), rows)
            indexing = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
            connection.execute(indexing.values(status=DocumentStatus.INDEXING, **counts))
            count_revision(connection, collection_id)

    def pages(self, owner: str, document_id: str) -> tuple[Page, ...]:
        """In their order. Raises DocumentNotFound."""
        statement = select(*_PAGE_COLUMNS).where(PAGES.c.document_id == document_id).order_by(PAGES.c.number)
        with self._database.reading() as connection:
            require_document(connection, owner, document_id)
            return tuple(Page(**row._mapping) for row in connection.execute(statement))

    def page(self, owner: str, document_id: str, number: int) -> Page:
        """Raises DocumentNotFound, also when it has no such page."""
        statement = select(*_PAGE_COLUMNS).where(PAGES.c.document_id == document_id, PAGES.c.number == number)
        with self._database.reading() as connection:
            require_document(connection, owner, document_id)
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise DocumentNotFound
        return Page(**row._mapping)

    # --- passages ----------------------------------------------------------------------------------------------------

    def passages(self, owner: str, collection_id: str) -> Iterator[Passage]:
        """Those whose words can be searched, in the order of their ids. Raises CollectionNotFound, before the first."""
        statement = _chunk_ids(collection_id).where(IS_SEARCHABLE)
        blocks = self._blocks(owner, collection_id, statement)
        return (passage for block in blocks for passage in self._passages(owner, block))

    def by_ids(self, owner: str, ids: Sequence[int]) -> tuple[Passage, ...]:
        """In the order of ``ids``, without those that cannot be searched or are another's."""
        found = {passage.id: passage for passage in self._passages(owner, ids)}
        return tuple(found[one] for one in ids if one in found)

    def _passages(self, owner: str, ids: Sequence[int]) -> list[Passage]:
        statement = _passages().where(_is_among(owner, ids), IS_SEARCHABLE)
        with self._database.reading() as connection:
            return [_passage_of(row) for row in connection.execute(statement.order_by(CHUNKS.c.id))]

    # --- vectors -----------------------------------------------------------------------------------------------------

    def without_vectors(self, owner: str, document_id: str) -> tuple[Passage, ...]:
        """What of the document is still to be embedded, in the order of the text. Raises DocumentNotFound."""
        statement = _passages().where(DOCUMENTS.c.id == document_id, ~_HAS_VECTOR).order_by(CHUNKS.c.id)
        with self._database.reading() as connection:
            require_document(connection, owner, document_id)
            return tuple(_passage_of(row) for row in connection.execute(statement))

    def put_vectors(self, owner: str, document_id: str, vectors: Mapping[int, PassageVectors]) -> None:
        """Keep these in the place of others, by passage id. Passages that the document no longer has are passed over:
        its text was replaced while they were embedded."""
        with self._database.writing() as connection:
            require_document(connection, owner, document_id, for_update=True)
            for ids in _in_blocks(list(vectors)):
                has_them = select(CHUNKS.c.id).where(CHUNKS.c.document_id == document_id, CHUNKS.c.id.in_(ids))
                there = connection.execute(has_them).scalars().all()
                for table, kind in ((VECTORS, "whole"), (WINDOW_VECTORS, "windows")):
                    connection.execute(delete(table).where(table.c.chunk_id.in_(there)))
                    rows = [{"chunk_id": one, "packed": pack(getattr(vectors[one], kind))} for one in there]
                    if rows:
                        connection.execute(insert(table), rows)

    def finish(self, owner: str, document_id: str) -> bool:
        """Make the document READY, unless something of it has no vector: then nothing changes. Returns whether."""
        lacks_some = select(CHUNKS.c.id).where(CHUNKS.c.document_id == document_id, ~_HAS_VECTOR).limit(1)
        with self._database.writing() as connection:
            collection_id = require_document(connection, owner, document_id, for_update=True)
            if connection.execute(lacks_some).scalar() is not None:
                return False
            ready = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
            connection.execute(ready.values(status=DocumentStatus.READY, fault=None, fault_values={}))
            count_revision(connection, collection_id)
        return True

    def forget_vectors(self, owner: str, collection_id: str) -> None:
        """Of all documents of the collection; those that were READY are INDEXING. Raises CollectionNotFound."""
        in_collection = DOCUMENTS.c.collection_id == collection_id
        of_collection = select(CHUNKS.c.id).join(DOCUMENTS, DOCUMENTS.c.id == CHUNKS.c.document_id).where(in_collection)
        with self._database.writing() as connection:
            require_collection(connection, owner, collection_id, for_update=True)
            for table in (VECTORS, WINDOW_VECTORS):
                connection.execute(delete(table).where(table.c.chunk_id.in_(of_collection)))
            connection.execute(update(DOCUMENTS).where(in_collection, IS_READY).values(status=DocumentStatus.INDEXING))
            count_revision(connection, collection_id)

    def vectors(self, owner: str, ids: Sequence[int]) -> dict[int, PassageVectors]:
        """By passage id, without those of documents that are not READY or are another's."""
        with_vectors = CHUNKS_WITH_OWNER.join(VECTORS, VECTORS.c.chunk_id == CHUNKS.c.id)
        with_vectors = with_vectors.join(WINDOW_VECTORS, WINDOW_VECTORS.c.chunk_id == CHUNKS.c.id)
        columns = [CHUNKS.c.id, VECTORS.c.packed.label("whole"), WINDOW_VECTORS.c.packed.label("windows")]
        statement = select(*columns).select_from(with_vectors).where(_is_among(owner, ids), IS_READY)
        with self._database.reading() as connection:
            return _unpacked(connection.execute(statement).all())

    def all_vectors(self, owner: str, collection_id: str) -> Iterator[tuple[list[int], Vector]]:
        """The whole vectors of READY documents in blocks: the ids, ascending, and an array of (len(ids), dimension).

        Raises CollectionNotFound, before the first block.
        """
        blocks = self._blocks(owner, collection_id, _chunk_ids(collection_id).where(IS_READY))
        return (block for ids in blocks if (block := self._whole_vectors(ids))[0])

    def _whole_vectors(self, ids: Sequence[int]) -> tuple[list[int], Vector]:
        statement = select(VECTORS.c.chunk_id, VECTORS.c.packed).where(VECTORS.c.chunk_id.in_(ids))
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(VECTORS.c.chunk_id)).all()
        dimension = num_numbers(rows[0].packed) if rows else 1
        return [row.chunk_id for row in rows], unpack((row.packed for row in rows), dimension)

    def _blocks(self, owner: str, collection_id: str, statement: Select[Any]) -> Iterator[Sequence[int]]:
        with self._database.reading() as connection:
            require_collection(connection, owner, collection_id)
            return _in_blocks(connection.execute(statement).scalars().all())


def _in_blocks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many at once as a statement may have parameters, and no more memory than need be."""
    return (ids[start : start + BLOCK_SIZE] for start in range(0, len(ids), BLOCK_SIZE))


def _is_among(owner: str, ids: Sequence[int]) -> ColumnElement[bool]:
    """Owners are compared as an expression that no index knows: SQLite would go through all chunks of the owner, in the
    belief that they are fewer than the ids."""
    return CHUNKS.c.id.in_(ids) & (COLLECTIONS.c.owner.concat("") == owner)


def _chunk_ids(collection_id: str) -> Select[Any]:
    statement = select(CHUNKS.c.id).join(DOCUMENTS, DOCUMENTS.c.id == CHUNKS.c.document_id)
    return statement.where(DOCUMENTS.c.collection_id == collection_id).order_by(CHUNKS.c.id)


def _passages() -> Select[Any]:
    of_document = [DOCUMENTS.c.name.label("document_name"), DOCUMENTS.c.language]
    return select(*CHUNKS.columns, *of_document).select_from(CHUNKS_WITH_OWNER)


def _passage_of(row: Row[Any]) -> Passage:
    fields = dict(row._mapping)
    known = {name: fields.pop(name) for name in ("id", "document_id", "document_name", "language")}
    headings, windows = tuple(fields["headings"]), tuple(tuple(window) for window in fields["windows"])
    return Passage(**known, chunk=Chunk(**fields | {"headings": headings, "windows": windows}))


def _unpacked(rows: Sequence[Row[Any]]) -> dict[int, PassageVectors]:
    """``rows`` of a chunk's id, its whole vector and those of its windows."""
    found: dict[int, PassageVectors] = {}
    by_dimension = sorted(rows, key=_dimension)
    for dimension, group in groupby(by_dimension, key=_dimension):
        of_one_kind = list(group)
        wholes = unpack((row.whole for row in of_one_kind), dimension)
        windows = unpack((row.windows for row in of_one_kind), dimension)
        start = 0
        for row, whole in zip(of_one_kind, wholes, strict=True):
            end = start + num_numbers(row.windows) // dimension
            found[row.id] = PassageVectors(whole, windows[start:end])
            start = end
    return found


def _dimension(row: Row[Any]) -> int:
    return num_numbers(row.whole)
