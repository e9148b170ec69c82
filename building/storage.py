"""The database, opened with the operator's key where there is one, and ``app.py --decrypt-data``."""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from building.console import Console
from building.folders import make_folders
from errors import DataKeyFileUnreadable, DataKeyShort, DataNotEncrypted
from settings import Settings
from storage.folder_lock import lock_folder

if TYPE_CHECKING:
    from storage.database import Database

LEAST_CHARACTERS = 12  # of a pass phrase


def open_storage(settings: Settings, console: Console, url: str, backup_dir: Path) -> Database:
    """The database at ``url``, brought up to date and, with a key, encrypted. Raises a StartError."""
    from storage.opening import open_database
    from storage.sealing import plain_backups

    key = data_key(settings)
    if key is not None and not settings.parked_bytes:
        shutil.rmtree(settings.data_dir / "parked", ignore_errors=True)  # of the time before there was a key
    database = open_database(url, backup_dir, _migrate, key, partial(console.say, "sealing"))
    if key is not None and (names := [path.name for path in plain_backups(database, backup_dir)]):
        console.say("plain_backups", folder=backup_dir, names=", ".join(names))
    return database


def open_trial_storage(folder: Path) -> Database:
    """A new database in ``folder``, which goes with it: nothing in it is encrypted."""
    from storage.opening import open_database

    return open_database(f"sqlite:///{folder / 'trial.sqlite'}", folder, _migrate)


def console_database(settings: Settings) -> Path:
    """Of evaluations that are begun at the console."""
    return settings.data_dir.absolute() / "console.sqlite"


def decrypt_data(settings: Settings, console: Console) -> int:
    """Returns the exit code. Raises a StartError, DataNotEncrypted where there is nothing to do."""
    from storage.opening import decrypt_database

    key, backup_dir = data_key(settings), settings.data_dir / "backups"
    make_folders(settings)
    with lock_folder(settings.data_dir):
        if (path := console_database(settings)).exists():
            with suppress(DataNotEncrypted):  # nothing was evaluated with a key
                decrypt_database(f"sqlite:///{path}", backup_dir, _migrate, key)
        decrypt_database(settings.database, backup_dir, _migrate, key)
    console.say("decrypted")
    return 0


def data_key(settings: Settings) -> str | None:
    """The operator's, if there is one. Raises DataKeyFileUnreadable or DataKeyShort."""
    if settings.data_key is not None:
        given = settings.data_key.get_secret_value().strip()
    elif settings.data_key_file is not None:
        try:
            given = settings.data_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DataKeyFileUnreadable(path=settings.data_key_file) from error
    else:
        return None
    if len(given) < LEAST_CHARACTERS:
        raise DataKeyShort(least=LEAST_CHARACTERS)
    return given


def _migrate(database: Database) -> None:
    from storage.migrating import migrate

    migrate(database)
