"""Which passages a collection holds, without their text: what indexes are compared with. The calls block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from errors import CollectionNotFound
from storage.database import Database
from storage.document_records import DocumentStatus
from storage.document_rows import IS_SEARCHABLE, is_collection
from storage.schema import CHUNKS, COLLECTIONS, DOCUMENTS


@dataclass(frozen=True)
class ListedDocument:
    """``is_ready``: all its vectors are there."""

    id: str
    language: str
    is_ready: bool


@dataclass(frozen=True)
class PassageListing:
    """All passages whose words can be searched, of one state of the database.

    ``ids`` ascend; ``document_places`` tells the place of each one's document among ``documents``.
    """

    collection_id: str
    revision: int
    stamp: Mapping[str, Any] | None
    documents: tuple[ListedDocument, ...]
    ids: NDArray[np.int64]
    document_places: NDArray[np.int32]

    @cached_property
    def is_ready(self) -> NDArray[np.bool_]:
        """Of each passage, whether it has vectors."""
        return np.array([one.is_ready for one in self.documents], bool)[self.document_places]

    def of_documents(self, document_ids: tuple[str, ...]) -> NDArray[np.bool_]:
        """Of each passage, whether it is of one of these; all are when none is named."""
        if not document_ids:
            return np.ones(len(self.ids), bool)
        return np.array([one.id in document_ids for one in self.documents], bool)[self.document_places]


class PassageIds:
    """The listing of each owner's collections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self, owner: str, collection_id: str) -> int:
        """Changes with what is listed. Raises CollectionNotFound."""
        statement = select(COLLECTIONS.c.revision).where(is_collection(owner, collection_id))
        with self._database.reading() as connection:
            found = connection.execute(statement).scalar()
        if found is None:
            raise CollectionNotFound
        return int(found)

    def listing(self, owner: str, collection_id: str) -> PassageListing:
        """Raises CollectionNotFound."""
        of_collection = select(COLLECTIONS.c.revision, COLLECTIONS.c.stamp).where(is_collection(owner, collection_id))
        in_collection = (DOCUMENTS.c.collection_id == collection_id) & IS_SEARCHABLE
        columns = select(DOCUMENTS.c.id, DOCUMENTS.c.language, DOCUMENTS.c.status)
        chunks = select(CHUNKS.c.id, CHUNKS.c.document_id).join(DOCUMENTS, DOCUMENTS.c.id == CHUNKS.c.document_id)
        with self._database.reading() as connection:
            row = connection.execute(of_collection).one_or_none()
            if row is None:
                raise CollectionNotFound
            documents = connection.execute(columns.where(in_collection)).all()
            pairs = connection.execute(chunks.where(in_collection).order_by(CHUNKS.c.id)).all()
        place_of = {document.id: place for place, document in enumerate(documents)}
        return PassageListing(
            collection_id,
            row.revision,
            row.stamp,
            tuple(ListedDocument(one.id, one.language, one.status == DocumentStatus.READY) for one in documents),
            np.fromiter((pair[0] for pair in pairs), np.int64, len(pairs)),
            np.fromiter((place_of[pair[1]] for pair in pairs), np.int32, len(pairs)),
        )

    def collection_ids(self) -> frozenset[str]:
        """Of all owners: an index of any other is nobody's."""
        with self._database.reading() as connection:
            return frozenset(connection.execute(select(COLLECTIONS.c.id)).scalars())
