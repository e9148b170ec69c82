"""Lines of the log that hold nothing of what people write: personal data hidden, faults by kind and place alone."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from safety.personal_data import mask

MAX_EVENT_CHARACTERS = 1_000
MAX_READ_CHARACTERS = 20_000
CUT = " … "
SECRETS = re.compile(
    r"(?i:\b(?:cookie|set-cookie|authorization|session_hash|session|token|password|api[_-]?key|secret)\b[\"']?\s{0,2}[=:]"
    r"\s{0,2}(?:bearer |basic )?)[^\s,;&}]{1,1000}|\b(?:sk|gsk|xai|hf|tvly|AIza|ghp|pk)[-_]?[A-Za-z0-9_-]{16,200}"
)
HIDDEN = "[hidden]"


class LogLines(logging.Formatter):
    """One line for each record, as JSON or as text. ``request_id`` stands in it where the record has one."""

    def __init__(self, *, is_json: bool) -> None:
        super().__init__()
        self._is_json = is_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"time": moment, "level": record.levelname, "logger": record.name, "event": _event(record)}
        if request_id := getattr(record, "request_id", None):
            told["request"] = str(request_id)
        if record.exc_info and record.exc_info[0] is not None:
            told["fault"] = record.exc_info[0].__name__
            told["place"] = _place(record.exc_info[2])
        return json.dumps(told, ensure_ascii=False) if self._is_json else " ".join(told.values())


def _event(record: logging.LogRecord) -> str:
    """Never more than one line: what has line ends could pose as another record."""
    text = SECRETS.sub(HIDDEN, record.getMessage()[:MAX_READ_CHARACTERS])
    line = " ".join(mask(text).split())
    if len(line) <= MAX_EVENT_CHARACTERS:
        return line
    begin = MAX_EVENT_CHARACTERS // 4  # of a trace the end tells more
    return f"{line[:begin]}{CUT}{line[begin + len(CUT) - MAX_EVENT_CHARACTERS :]}"


def _place(trace: TracebackType | None) -> str:
    """Where the fault arose; its words might quote somebody."""
    frames = traceback.extract_tb(trace)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
