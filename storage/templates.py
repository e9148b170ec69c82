"""Prompt templates that owners wrote. What their content means is for ``chains.templates`` to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from errors import TemplateNotFound
from storage.database import Database
from storage.records import new_id, now
from storage.schema import TEMPLATES


@dataclass(frozen=True)
class StoredTemplate:
    """``content`` is JSON."""

    content: Mapping[str, Any]
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)


class TemplateStore:
    """Templates of each owner; TemplateNotFound for one that is another's, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, owner: str) -> tuple[StoredTemplate, ...]:
        """All of them, oldest first."""
        order = (TEMPLATES.c.created_at, TEMPLATES.c.id)
        statement = select(*_COLUMNS).where(TEMPLATES.c.owner == owner).order_by(*order)
        with self._database.reading() as connection:
            return tuple(StoredTemplate(**row._mapping) for row in connection.execute(statement))

    def put(self, owner: str, content: Mapping[str, Any], template_id: str | None = None) -> StoredTemplate:
        """Keep a new template, or new content under the id of an old one."""
        moment = now()
        with self._database.writing() as connection:
            if template_id is None:
                template_id = new_id()
                columns = {"id": template_id, "owner": owner, "content": content}
                connection.execute(insert(TEMPLATES).values(columns | {"created_at": moment, "updated_at": moment}))
            else:
                changed = update(TEMPLATES).where(_is(owner, template_id)).values(content=content, updated_at=moment)
                if not connection.execute(changed).rowcount:
                    raise TemplateNotFound
            row = connection.execute(select(*_COLUMNS).where(_is(owner, template_id))).one()
            return StoredTemplate(**row._mapping)

    def delete(self, owner: str, template_id: str) -> None:
        """Take the template away, for good."""
        with self._database.writing() as connection:
            if not connection.execute(delete(TEMPLATES).where(_is(owner, template_id))).rowcount:
                raise TemplateNotFound


_COLUMNS = [column for column in TEMPLATES.columns if column.name != "owner"]


def _is(owner: str, template_id: str) -> ColumnElement[bool]:
    return (TEMPLATES.c.id == template_id) & (TEMPLATES.c.owner == owner)
