"""What the operator can look up later: who came in, and who deleted or changed what. Never what anybody wrote."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Protocol

LOGIN = "login:"  # begins the owner id of who signed in by a name; no id of a cookie holds a colon
MAX_BYTES = 2_000_000
FILES_KEPT = 5
LONGEST_FACT = 200

logger = logging.getLogger(__name__)


class Event(StrEnum):
    """What is noted."""

    SIGN_IN = "sign_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_OUT = "sign_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    USER_ADDED = "user_added"
    USER_REMOVED = "user_removed"
    CONVERSATION_DELETED = "conversation_deleted"
    DOCUMENT_DELETED = "document_deleted"
    DATA_DELETED = "data_deleted"
    MODEL_ADDED = "model_added"
    MODEL_DELETED = "model_deleted"
    MODEL_SWITCHED = "model_switched"
    OPERATOR_IN = "operator_in"
    OPERATOR_CHOICE = "operator_choice"
    SHARE_OPENED = "share_opened"
    SHARE_CLOSED = "share_closed"
    KEY_TYPED = "key_typed"


class Audit(Protocol):
    """Takes note of an event. Blocks for as long as a disk takes; never fails."""

    def note(self, event: Event, **facts: object) -> None:
        """``facts`` are who did it (``who``), from where (``address``) and to what, never content."""


class NoAudit:
    """For whoever keeps none."""

    def note(self, event: Event, **facts: object) -> None:
        """Nothing."""


def who_is(owner: str) -> str:
    """The name of who signed in; of anybody else a short hash, by which no cookie can be made."""
    if owner.startswith(LOGIN):
        return owner.removeprefix(LOGIN)
    return f"#{hashlib.sha256(owner.encode(errors='replace')).hexdigest()[:12]}" if owner else ""


class AuditLog:
    """A line of JSON for each event, on the disk before ``note`` returns; the file is renamed once it is long.

    What cannot be written is passed over: a full disk must not keep anybody from deleting.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = Lock()

    def note(self, event: Event, **facts: object) -> None:
        """Append one line."""
        told = {name: str(value)[:LONGEST_FACT] for name, value in facts.items() if value not in ("", None)}
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": str(event), **told})
        try:
            with self._lock:
                self._append(line.encode("ascii") + b"\n")
        except OSError as error:
            logger.warning("an event was not noted: %s", type(error).__name__)

    def _append(self, line: bytes) -> None:
        self._rotate(len(line))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if os.write(descriptor, line) < len(line):  # the disk is full: half a line would spoil the next one
                os.ftruncate(descriptor, size)
                raise OSError("not written whole")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _rotate(self, num_bytes: int) -> None:
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return
        if size + num_bytes <= self._max_bytes:
            return
        for number in range(FILES_KEPT - 1, 0, -1):
            with suppress(FileNotFoundError):
                os.replace(self._older(number), self._older(number + 1))
        os.replace(self._path, self._older(1))

    def _older(self, number: int) -> Path:
        return self._path.with_suffix(f".{number}{self._path.suffix}")
