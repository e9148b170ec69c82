"""The files of documents, each under the document's id, which nobody can guess; the given name is a label alone."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from errors import StorageFailed, StorageFull
from safety.shown_text import INVISIBLE
from safety.surrogates import without_surrogates

MAX_NAME_CHARACTERS = 120
MAX_ENDING_CHARACTERS = 12
UNFINISHED = ".part"
PIECE_BYTES = 1 << 20
BLANKS = re.compile(r"\s+")
NAMELESS = "–"


class FileTooLarge(Exception):
    """There is more of it than was allowed. Nothing of it was kept."""


@dataclass(frozen=True)
class KeptFile:
    """What is known of a file that was kept. ``content_hash`` is SHA-256 in hex."""

    num_bytes: int
    content_hash: str


class DocumentFiles:
    """A folder for this user alone. Files younger than ``spared_s`` may be another process's at work."""

    def __init__(self, folder: Path, spared_s: float = 0.0) -> None:
        self._folder = folder
        self._spared_s = spared_s

    def path(self, document_id: str) -> Path:
        return self._folder / document_id

    def keep_copy(self, document_id: str, source: Path, max_bytes: int) -> KeptFile:
        """Raises FileTooLarge, StorageFull or StorageFailed."""
        try:
            with source.open("rb") as file:
                return self._keep(document_id, iter(lambda: file.read(PIECE_BYTES), b""), max_bytes)
        except OSError as error:
            raise _storage_error(error) from error

    def keep(self, document_id: str, content: bytes) -> KeptFile:
        """Raises StorageFull or StorageFailed."""
        try:
            return self._keep(document_id, [content], len(content))
        except OSError as error:
            raise _storage_error(error) from error

    def remove(self, document_ids: Iterable[str]) -> None:
        """What is not there is gone already."""
        for document_id in document_ids:
            self.path(document_id).unlink(missing_ok=True)

    def remove_others(self, document_ids: Collection[str]) -> None:
        """Remove what no row speaks of: a program that was killed left it."""
        if self._folder.is_dir():
            unknown = [path for path in list(self._folder.iterdir()) if path.name not in document_ids]
            self.remove(path.name for path in unknown if not self._is_spared(path))

    def _is_spared(self, path: Path) -> bool:
        try:
            return bool(self._spared_s) and time.time() - path.stat().st_mtime < self._spared_s
        except OSError:  # it has just been renamed or removed by whoever it belongs to
            return True

    def _keep(self, document_id: str, pieces: Iterable[bytes], max_bytes: int) -> KeptFile:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self.path(document_id + UNFINISHED)
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                kept = _write(file, pieces, max_bytes)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path(document_id))
        finally:
            unfinished.unlink(missing_ok=True)
        return kept


def label_of(name: str) -> str:
    """``name`` as it is shown: without folders and characters that nobody sees, its ending kept when it is cut."""
    name = unicodedata.normalize("NFC", without_surrogates(name)).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return title_of(name)


def title_of(text: str) -> str:
    """``text`` in one line of at most 120 characters, without those that nobody sees."""
    text = unicodedata.normalize("NFC", without_surrogates(text))
    text = BLANKS.sub(" ", INVISIBLE.sub("", BLANKS.sub(" ", text))).strip()
    if len(text) <= MAX_NAME_CHARACTERS:
        return text or NAMELESS
    stem, dot, ending = text.rpartition(".")
    kept = f".{ending}" if dot and stem and len(ending) <= MAX_ENDING_CHARACTERS else ""
    return text[: MAX_NAME_CHARACTERS - len(kept) - 1].rstrip() + "…" + kept


def _write(file: BinaryIO, pieces: Iterable[bytes], max_bytes: int) -> KeptFile:
    digest = hashlib.sha256()
    num_bytes = 0
    for piece in pieces:
        num_bytes += len(piece)
        if num_bytes > max_bytes:
            raise FileTooLarge
        digest.update(piece)
        file.write(piece)
    return KeptFile(num_bytes, digest.hexdigest())


def _storage_error(error: OSError) -> StorageFull | StorageFailed:
    return StorageFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageFailed()
