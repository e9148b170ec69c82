"""Where the log goes: to the console and, when a file is named, there too; never what somebody wrote."""

from __future__ import annotations

import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from errors import FolderNotWritable
from safety.log_lines import LogLines
from settings import Settings

MAX_BYTES = 10_000_000  # of a file
KEPT_FILES = 5  # older ones
FOR_ITS_OWNER = 0o600
OF_SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access")  # which bring handlers of their own


class OwnersFile(RotatingFileHandler):
    """Nobody else may read it."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(FOR_ITS_OWNER)
        Path(self.baseFilename).chmod(FOR_ITS_OWNER)
        return super()._open()


def open_log(settings: Settings) -> None:
    """From now on every line is one of LogLines. Raises FolderNotWritable."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if settings.log_file is not None:
        try:
            handlers.append(OwnersFile(settings.log_file, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8"))
        except OSError as error:
            raise FolderNotWritable(path=settings.log_file.parent, setting="TERTULIA_LOG_FILE") from error
    for handler in handlers:
        handler.setFormatter(LogLines(is_json=settings.log_format == "json"))
    logging.basicConfig(handlers=handlers, level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # its report would hold the line as it was


def take_servers_log() -> None:
    """The web server's lines go the same way: its own would hold the words of faults. Call when it has been started."""
    for name in OF_SERVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
