"""How values lie in the columns of either database, and how text is folded to be searched."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from storage.cipher import as_text, cipher_of, from_text

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


class Sealed(TypeDecorator[Any]):
    """What people write: where the database has a cipher, it lies there encrypted. ``place`` is its table and column.

    Nothing can be asked of such a column in SQL but its value.
    """

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        cipher, text = cipher_of(dialect), self._written(value)
        return as_text(cipher.seal(text.encode(), self.place)) if cipher.is_sealing else text

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:  # of a row that an outer join did not find
            return None
        cipher = cipher_of(dialect)
        return self._read(cipher.open(from_text(value), self.place).decode() if cipher.is_sealing else value)

    def _written(self, value: Any) -> str:
        return storable(value)

    def _read(self, text: str) -> Any:
        return text


class SealedJson(Sealed):
    """As ``Json``."""

    cache_ok = True

    def _written(self, value: Any) -> str:
        return to_json(value)

    def _read(self, text: str) -> Any:
        return json.loads(text)


class SealedBytes(TypeDecorator[bytes]):
    """As ``Sealed``, of bytes."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).seal(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).open(value, self.place)


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
