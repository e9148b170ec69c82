"""How values lie in the columns of either database, and how text is folded to be searched."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """``text`` as every database takes it: NUL, which PostgreSQL refuses, and halves of surrogate pairs, which have
    no bytes in UTF-8, become U+FFFD each."""
    return _NOT_STORABLE.sub(_REPLACEMENT, str(text))


def folded(text: str) -> str:
    """``text`` without case and accents: two texts that fold to the same are the same to a search."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


class StorableText(TypeDecorator[str]):
    """Text that went through ``storable``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """Mappings, lists and what JSON knows besides. In ASCII, so that strings come back exactly, whatever they hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def to_json(value: Any) -> str:
    """``value`` in ASCII; any mapping counts as an object."""
    return json.dumps(value, separators=(",", ":"), default=dict)


class Moment(TypeDecorator[datetime]):
    """An aware time, given back in UTC. SQLite keeps no zone, so UTC is what it is given."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
