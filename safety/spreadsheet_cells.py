"""Text of others in the cells of a spreadsheet: never a formula (CWE-1236)."""

from __future__ import annotations

import re

_BEGINS_FORMULA = re.compile(r"[=+\-@\t\r]")
_GUARDED = re.compile(r"'[=+\-@\t\r]")


def guarded(text: str) -> str:
    """``text`` with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{text}" if _BEGINS_FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return text[1:] if _GUARDED.match(text) else text
