"""Brings the tables of a database up to date. Imported only when that is needed: alembic takes half a second."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from errors import DatabaseDamaged
from storage.database import Database

_LOCK = 7_263_112_014  # any number nobody else locks by


def migrate(database: Database, revision: str = "head") -> None:
    """Go up to ``revision``, all the way or not at all, whatever ends the program in between.

    Raises SQLAlchemy's errors as they are, for the opening to judge.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _leave_references_alone(connection)
        try:
            with connection.begin():
                if not database.is_sqlite:  # two replicas may be starting
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
                _check_references(connection, database)
        finally:
            connection.invalidate()  # its pragma is not that of the others


def _leave_references_alone(connection: Connection) -> None:
    """SQLite changes a table by making it anew: with references on, dropping the old one would empty its children."""
    driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    driver_connection.execute("PRAGMA foreign_keys = OFF")


def _check_references(connection: Connection, database: Database) -> None:
    if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise DatabaseDamaged(address=database.address)
