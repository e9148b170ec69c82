"""The operator's key of a database, and the row that tells whether it is the right one.

The row holds a salt, and a value that opens under the right key alone. Who has the file can try keys by it: hence a
derivation of pass phrases that is slow. ``is_whole`` says that nothing plain is left.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from errors import DataKeyMissing, DataKeyWrong
from storage.cipher import SALT_BYTES, KeyCipher, key_of
from storage.database import Database
from storage.schema import DATA_KEY
from storage.sqlite_file import reader

FIRST_REVISION = "0007"  # whose tables may hold a key's row
_PLACE = "data_key.proof"
_PROOF = b"tertulia"
_ID = 1
_LOCK = 7_263_112_015  # any number nobody else locks by


@dataclass(frozen=True)
class StoredKey:
    """What is kept of a key, which does not say what it is."""

    salt: bytes
    proof: bytes
    is_whole: bool


def stored_key(database: Database) -> StoredKey | None:
    """None where nothing was ever encrypted. A SQLite file is not touched. Raises SQLAlchemyError or sqlite3.Error."""
    if database.path is None:
        with database.engine.connect() as connection:
            row = connection.execute(select(DATA_KEY)).first()
        return None if row is None else _stored(row)
    with closing(reader(database.path)) as file:
        return key_in(file)


def key_in(file: sqlite3.Connection) -> StoredKey | None:
    """The same of a SQLite file."""
    row = file.execute("SELECT salt, proof, is_whole FROM data_key").fetchone()
    return None if row is None else StoredKey(row[0], row[1], bool(row[2]))


def cipher_for(stored: StoredKey | None, secret: str | None, address: str) -> KeyCipher | None:
    """That of the operator's ``secret``, None where nothing is encrypted. Raises DataKeyMissing or DataKeyWrong."""
    if stored is None:
        return None
    if secret is None:
        raise DataKeyMissing(address=address)
    cipher = KeyCipher(key_of(secret, stored.salt), stored.salt)
    if cipher.tried(stored.proof, _PLACE) != _PROOF:
        raise DataKeyWrong(address=address)
    return cipher


def new_cipher(database: Database, secret: str) -> KeyCipher:
    """Keeps the row of a key that is the first of its database; from then on, no start goes without it.

    Where another process was quicker, it is that one's row which counts. Raises DataKeyWrong then, if keys differ.
    """
    salt = os.urandom(SALT_BYTES)
    cipher = KeyCipher(key_of(secret, salt), salt)
    with database.writing_engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        row = connection.execute(select(DATA_KEY)).first()
        if row is None:
            proof = cipher.seal(_PROOF, _PLACE)
            connection.execute(insert(DATA_KEY).values(id=_ID, salt=salt, proof=proof, is_whole=False))
            return cipher
    others = cipher_for(_stored(row), secret, database.address)
    assert others is not None
    return others


def set_whole(connection: Connection, is_whole: bool) -> None:
    """Say whether all that lies there is encrypted."""
    connection.execute(update(DATA_KEY).values(is_whole=is_whole))


def forget_key(connection: Connection) -> None:
    """Nothing is encrypted any more."""
    connection.execute(delete(DATA_KEY))


def _stored(row: Row[Any]) -> StoredKey:
    return StoredKey(row.salt, row.proof, row.is_whole)
