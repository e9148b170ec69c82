"""Nothing that somebody wrote, and no secret, is in a line of the log."""

from __future__ import annotations

import json
import logging
import sys

from safety.log_lines import LogLines


def test_a_line_holds_no_content() -> None:
    try:
        raise ValueError("quokka ana@correo.es")
    except ValueError:
        line = _line("session_hash=abc123 of ana@correo.es\nsk-abcdefghijklmnop12345 Cookie: x=y", sys.exc_info())
    told = json.loads(line)
    assert told["event"] == "[hidden] of [e-mail] [hidden] [hidden]"
    assert (told["level"], told["logger"], told["fault"]) == ("WARNING", "house", "ValueError")
    assert told["place"].startswith("test_log_lines.py:")
    assert told["request"] == "r1"
    assert "quokka" not in line


def test_a_line_of_text_is_one_line() -> None:
    assert "\n" not in _line("one\ntwo", None, is_json=False)


def _line(text: str, fault: object, *, is_json: bool = True) -> str:
    record = logging.LogRecord("house", logging.WARNING, __file__, 1, text, (), fault)  # type: ignore[arg-type]
    record.request_id = "r1"
    return LogLines(is_json=is_json).format(record)
