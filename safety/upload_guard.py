"""Guards what is uploaded: how much and how many files at once, and that their folder does not fill the disk."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safety.page_paths import UPLOAD

MAX_FILES = 10  # a request
SLACK = 100_000  # what surrounds the files
MAX_ROOM = 2_000_000_000  # for all that lies there
SECONDS_KEPT = 3_600  # a handler takes a file at once; this is for who uploads and then thinks
SECONDS_BETWEEN = 600

TOO_MANY = f"At most {MAX_FILES} files at once. / Como máximo {MAX_FILES} archivos a la vez."
TOO_LARGE = "Too much at once. / Demasiado de una vez."
NO_ROOM = "No room for files just now; try again later. / No queda sitio para archivos; inténtalo más tarde."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class UploadRoom:
    """The folder where uploads lie until a handler takes them. ``now`` is as files' times are told."""

    folder: Path
    max_bytes: int = MAX_ROOM
    seconds_kept: float = SECONDS_KEPT
    now: Callable[[], float] = time.time

    def sweep(self) -> int:
        """Delete what lies there for too long, and tell the bytes of the rest."""
        left = 0
        for folder, folders, files in os.walk(self.folder, topdown=False):
            for name in files:
                path = Path(folder, name)
                with suppress(OSError):
                    facts = path.lstat()
                    if abs(self.now() - facts.st_mtime) > self.seconds_kept:  # a clock may have jumped
                        path.unlink()
                    else:
                        left += facts.st_size
            for name in folders:
                with suppress(OSError):
                    Path(folder, name).rmdir()  # the empty ones
        return left

    async def keep_swept(self) -> None:
        """Sweep now and then, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.sweep)
            except OSError as error:
                logger.warning("uploads were not swept: %s", type(error).__name__)
            await asyncio.sleep(SECONDS_BETWEEN)


class _Refused(Exception):
    """``args`` are the sentence and the status."""


class UploadGuard:
    """Pure ASGI middleware: 413 for too much or too many, 507 where ``room`` has none. ``max_file_bytes`` is of one."""

    def __init__(self, app: ASGIApp, room: UploadRoom, max_file_bytes: int) -> None:
        self._app = app
        self._room = room
        self._max_bytes = MAX_FILES * max_file_bytes + SLACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on while counting."""
        if scope["type"] != "http" or scope["path"] != UPLOAD:
            await self._app(scope, receive, send)
            return
        is_answered = False

        async def send_once(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            counting = await self._counting(scope, receive)
            await self._app(scope, counting, send_once)
        except _Refused as refused:
            if not is_answered:
                sentence, status = refused.args
                await PlainTextResponse(sentence, status)(scope, receive, send)

    async def _counting(self, scope: Scope, receive: Receive) -> Receive:
        """Raises _Refused, at once or when more comes."""
        headers = Headers(scope=scope)
        told = headers.get("content-length", "")
        coming = int(told[:20]) if told.isdecimal() else 0
        if coming > self._max_bytes:
            raise _Refused(TOO_LARGE, 413)
        room = self._room.max_bytes - await asyncio.to_thread(self._room.sweep)
        if room <= coming:
            raise _Refused(NO_ROOM, 507)
        _, options = parse_options_header(headers.get("content-type", "").encode("latin-1"))
        divider = b"--" + options.get(b"boundary", b"")
        return _count(receive, min(self._max_bytes, room), divider)


def _count(receive: Receive, max_bytes: int, divider: bytes) -> Receive:
    """A divider stands before each file and after the last, and nowhere else."""
    num_bytes = num_dividers = 0
    end = b""  # of what came before, in which a divider may have begun

    async def counted() -> Message:
        nonlocal num_bytes, num_dividers, end
        message = await receive()
        piece = message.get("body", b"")
        num_bytes += len(piece)
        if num_bytes > max_bytes:
            raise _Refused(TOO_LARGE, 413)
        if len(divider) > 2:
            seen = end + piece
            num_dividers += seen.count(divider)
            end = seen[-(len(divider) - 1) :]
        if num_dividers > MAX_FILES + 1:
            raise _Refused(TOO_MANY, 413)
        return message

    return counted
