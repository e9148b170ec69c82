"""Who may sign in by a name and a password of their own: a file of names and hashes, which the operator keeps."""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from filelock import FileLock

from errors import (
    AccountNameInvalid,
    AccountPasswordShort,
    AccountTaken,
    AccountUnknown,
    UsersFileBroken,
    UsersFileNotSaved,
)

MIN_PASSWORD = 10
MAX_PASSWORD = 1_000  # hashing what is endless would be work for whoever asks
VERSION = 1
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
OUTSIDE_NAME = re.compile(r"hf:[A-Za-z0-9][A-Za-z0-9._-]{0,95}")  # of who is known elsewhere
HASH = re.compile(r"\$argon2id\$[\x21-\x7e]{20,300}")
SECONDS_FOR_LOCK = 10

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """``generation`` counts how often all sessions were ended. ``hashed`` is "" for who signs in elsewhere."""

    name: str
    hashed: str
    generation: int


@dataclass(frozen=True)
class _Book:
    users: dict[str, Account]
    outside: dict[str, Account]


def account_name(given: str) -> str:
    """``given`` as names are kept: letters have no case. Raises AccountNameInvalid."""
    name = given.strip().lower()
    if not NAME.fullmatch(name):
        raise AccountNameInvalid
    return name


class Accounts:
    """The file at ``path``, read again whenever another program has changed it. Safe in any thread and process."""

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = path
        self._hasher = hasher or PasswordHasher()
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._book = _Book({}, {})
        self._book = self._read()
        self._seen = self._state()

    @property
    def has_any(self) -> bool:
        """Whether anybody has a password here."""
        return bool(self._current().users)

    def names(self) -> list[str]:
        """Of all who have a password here, in order."""
        return sorted(self._current().users)

    def find(self, name: str) -> Account | None:
        """The account of ``name`` as it is now; of somebody known elsewhere, too."""
        book = self._current()
        if OUTSIDE_NAME.fullmatch(name):
            return book.outside.get(name, Account(name, "", 0))
        return book.users.get(name)

    def check(self, name: str, password: str) -> Account | None:
        """The account if the password is its own. Takes as long for a name that nobody has; blocks for a while."""
        nobodys = self._nobodys_hash
        account = self._current().users.get(name.strip().lower())
        try:
            self._hasher.verify(account.hashed if account else nobodys, _plain(password[:MAX_PASSWORD]))
        except (VerificationError, InvalidHashError):
            return None
        return account

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash("nobody has this password")

    def add(self, name: str, password: str) -> str:
        """A new account; its name as it is kept. Raises AccountNameInvalid, AccountTaken, AccountPasswordShort."""
        name = account_name(name)
        check_password(password)

        def added(book: _Book) -> _Book:
            if name in book.users:
                raise AccountTaken(name=name)
            return _Book({**book.users, name: Account(name, self._hasher.hash(_plain(password)), 0)}, book.outside)

        self._change(added)
        return name

    def remove(self, name: str) -> None:
        """Raises AccountUnknown."""
        name = name.strip().lower()

        def removed(book: _Book) -> _Book:
            if name not in book.users:
                raise AccountUnknown
            return _Book({key: account for key, account in book.users.items() if key != name}, book.outside)

        self._change(removed)

    def change_password(self, name: str, password: str) -> Account:
        """Ends all sessions of ``name``. Raises AccountUnknown, AccountPasswordShort."""
        check_password(password)
        hashed = self._hasher.hash(_plain(password))
        return self._renewed(name, hashed)

    def end_sessions(self, name: str) -> Account:
        """Whoever is signed in as ``name`` is not any more, in no browser. Raises AccountUnknown."""
        return self._renewed(name, "")

    def _renewed(self, name: str, hashed: str) -> Account:
        """The next generation, with another hash where one is given."""
        is_outside = OUTSIDE_NAME.fullmatch(name) is not None

        def renewed(book: _Book) -> _Book:
            account = book.outside.get(name, Account(name, "", 0)) if is_outside else book.users.get(name)
            if account is None:
                raise AccountUnknown
            following = {name: Account(name, hashed or account.hashed, account.generation + 1)}
            if is_outside:
                return _Book(book.users, book.outside | following)
            return _Book(book.users | following, book.outside)

        book = self._change(renewed)
        return book.outside[name] if is_outside else book.users[name]

    def _change(self, change: Callable[[_Book], _Book]) -> _Book:
        """Read, change and write while no other program does. Raises UsersFileBroken, UsersFileNotSaved."""
        try:
            with self._lock, FileLock(f"{self._path}.lock", timeout=SECONDS_FOR_LOCK):
                book = change(self._read())
                _write(self._path, book)
                self._book, self._seen = book, self._state()
                return book
        except (OSError, TimeoutError) as error:
            raise UsersFileNotSaved(path=self._path) from error

    def _current(self) -> _Book:
        state = self._state()
        if state != self._seen:
            with self._lock:
                try:
                    self._book = self._read()
                except UsersFileBroken:  # a slip of whoever edits it lets nobody in and nobody out
                    logger.error("the file of accounts cannot be read; the accounts stay as they were")
                self._seen = state
        return self._book

    def _state(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> _Book:
        """Raises UsersFileBroken."""
        try:
            return _book_of(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return _Book({}, {})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UsersFileBroken(path=self._path) from error


def check_password(password: str) -> None:
    """Raises AccountPasswordShort."""
    if len(password) < MIN_PASSWORD or len(password) > MAX_PASSWORD:
        raise AccountPasswordShort(least=MIN_PASSWORD)


def _plain(password: str) -> bytes:
    """The same for the same letters, in whichever way a keyboard puts an accent on them."""
    return unicodedata.normalize("NFC", password).encode(errors="replace")


def _book_of(value: Any) -> _Book:
    """Raises ValueError, TypeError, KeyError or AttributeError for what is no file of ours."""
    if value["version"] != VERSION:
        raise ValueError("another version")
    users = {name: Account(name, kept["hash"], kept["generation"]) for name, kept in value["users"].items()}
    outside = {name: Account(name, "", kept["generation"]) for name, kept in value.get("outside", {}).items()}
    for account in (*users.values(), *outside.values()):
        is_named = (NAME if account.name in users else OUTSIDE_NAME).fullmatch(account.name)
        if not is_named or type(account.generation) is not int or account.generation < 0:
            raise ValueError("a name or a generation")
    if not all(HASH.fullmatch(account.hashed) for account in users.values()):
        raise ValueError("a hash")
    return _Book(users, outside)


def _write(path: Path, book: _Book) -> None:
    """Whole or not at all, for this user alone. Raises OSError."""
    value = {
        "version": VERSION,
        "users": {
            name: {"hash": account.hashed, "generation": account.generation}
            for name, account in sorted(book.users.items())
        },
        "outside": {name: {"generation": account.generation} for name, account in sorted(book.outside.items())},
    }
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
