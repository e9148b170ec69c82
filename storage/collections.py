"""Collections of documents of each owner; CollectionNotFound for one that is another's, too. The calls block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Insert, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from errors import CollectionNotFound
from storage.database import Database
from storage.document_records import Collection
from storage.document_rows import COLLECTION_COLUMNS, collection_of, is_collection, require_collection
from storage.schema import COLLECTIONS, DOCUMENTS


class CollectionChange(TypedDict, total=False):
    """What ``CollectionStore.change`` may change."""

    name: str
    settings: Mapping[str, Any]
    stamp: Mapping[str, Any] | None


class CollectionStore:
    """Every owner has one collection to begin with, made when it is first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def default(self, owner: str) -> Collection:
        """The owner's first collection. It has no name until it is given one."""
        statement = select(*COLLECTION_COLUMNS).where(COLLECTIONS.c.owner == owner, COLLECTIONS.c.is_default)
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            with self._database.writing() as connection:
                connection.execute(self._unless_there(_row(owner, Collection("", is_default=True))))
                row = connection.execute(statement).one()
        return collection_of(row)

    def listed(self, owner: str) -> tuple[Collection, ...]:
        """The default one first, then by name; the default one is made when it is not there."""
        self.default(owner)
        statement = select(*COLLECTION_COLUMNS).where(COLLECTIONS.c.owner == owner)
        with self._database.reading() as connection:
            found = [collection_of(row) for row in connection.execute(statement)]
        return tuple(sorted(found, key=lambda one: (not one.is_default, one.name.casefold(), one.created_at)))

    def get(self, owner: str, collection_id: str) -> Collection:
        """What is known of the collection beside its documents."""
        with self._database.reading() as connection:
            return _get(connection, owner, collection_id)

    def create(self, owner: str, name: str) -> Collection:
        """Begin an empty collection."""
        collection = Collection(name)
        with self._database.writing() as connection:
            connection.execute(insert(COLLECTIONS).values(_row(owner, collection)))
            return _get(connection, owner, collection.id)

    def change(self, owner: str, collection_id: str, **fields: Unpack[CollectionChange]) -> None:
        """Change what is named."""
        with self._database.writing() as connection:
            require_collection(connection, owner, collection_id)
            if fields:
                connection.execute(update(COLLECTIONS).where(is_collection(owner, collection_id)).values(**fields))

    def delete(self, owner: str, collection_id: str) -> tuple[str, ...]:
        """Take it away with everything in it, for good; returns the ids of the documents that went with it."""
        held = select(DOCUMENTS.c.id).where(DOCUMENTS.c.collection_id == collection_id).order_by(DOCUMENTS.c.id)
        with self._database.writing() as connection:
            require_collection(connection, owner, collection_id, for_update=True)
            document_ids = tuple(connection.execute(held).scalars())
            connection.execute(delete(COLLECTIONS).where(is_collection(owner, collection_id)))
        return document_ids

    def _unless_there(self, row: dict[str, Any]) -> Insert:
        """Adds nothing when another made it at the same time."""
        if self._database.is_sqlite:
            return sqlite.insert(COLLECTIONS).values(row).on_conflict_do_nothing()
        return postgresql.insert(COLLECTIONS).values(row).on_conflict_do_nothing()


def _get(connection: Connection, owner: str, collection_id: str) -> Collection:
    row = connection.execute(select(*COLLECTION_COLUMNS).where(is_collection(owner, collection_id))).one_or_none()
    if row is None:
        raise CollectionNotFound
    return collection_of(row)


def _row(owner: str, collection: Collection) -> dict[str, Any]:
    return {"owner": owner} | {column.name: getattr(collection, column.name) for column in COLLECTION_COLUMNS}
