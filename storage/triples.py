"""Questions with the answers that a collection should give: what its search and its answers are measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select

from errors import DocumentNotFound
from storage.database import Database
from storage.document_rows import require_collection
from storage.records import new_id
from storage.schema import DOCUMENTS, TRIPLES


@dataclass(frozen=True)
class Triple:
    """``source_text`` stands in the text that answers; ``document_id`` is where, None while that is not known."""

    question: str
    answer: str
    source_text: str = ""
    document_id: str | None = None
    id: str = field(default_factory=new_id)


class TripleStore:
    """Triples in the collections of each owner; CollectionNotFound for one that is another's, too. The calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, owner: str, collection_id: str) -> tuple[Triple, ...]:
        """In the order in which they were added."""
        statement = select(*_COLUMNS).where(TRIPLES.c.collection_id == collection_id).order_by(TRIPLES.c.position)
        with self._database.reading() as connection:
            require_collection(connection, owner, collection_id)
            return tuple(Triple(**row._mapping) for row in connection.execute(statement))

    def add(self, owner: str, collection_id: str, *triples: Triple) -> None:
        """Keep all of these or none. Raises DocumentNotFound when one is of a document outside the collection."""
        document_ids = {triple.document_id for triple in triples} - {None}
        there = select(DOCUMENTS.c.id).where(
            DOCUMENTS.c.collection_id == collection_id, DOCUMENTS.c.id.in_(document_ids)
        )
        rows = [{"collection_id": collection_id, **vars(triple)} for triple in triples]
        with self._database.writing() as connection:
            require_collection(connection, owner, collection_id, for_update=True)
            if len(connection.execute(there).all()) < len(document_ids):
                raise DocumentNotFound
            if rows:
                connection.execute(insert(TRIPLES), rows)

    def delete(self, owner: str, collection_id: str, ids: Sequence[str]) -> None:
        """Forget these; one that is gone already is no fault."""
        with self._database.writing() as connection:
            require_collection(connection, owner, collection_id, for_update=True)
            of_them = TRIPLES.c.id.in_(list(ids))
            connection.execute(delete(TRIPLES).where(TRIPLES.c.collection_id == collection_id, of_them))


_COLUMNS = [TRIPLES.c.question, TRIPLES.c.answer, TRIPLES.c.source_text, TRIPLES.c.document_id, TRIPLES.c.id]
