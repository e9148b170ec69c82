"""Text files of any encoding: notes, Markdown, source code, JSON. Runs in the sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from rag.reading.pages import Pages, check_num_characters, clean

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
SAMPLE_BYTES = 100_000  # enough to tell an encoding by
WESTERN = re.compile("[áéíóúüñçàèìòùâêîôûëïäöåæøœßãõýÁÉÍÓÚÜÑÇÀÈÂÊÔÄÖÅÆØªº¿¡«»·°–—‘’“”…€•©]")
MIN_WESTERN_SHARE = 0.8  # of the characters beyond ASCII
MIN_NUL_SHARE = 0.2  # of every second byte: Latin letters in UTF-16


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """The whole file as one page."""
    pages = Pages(report)
    pages.add(clean(text_of(argument["path"])))
    return pages.read()


def read_json(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """One page, a value a line, its letters written as themselves. What is no JSON after all is read as it stands."""
    pages = Pages(report)
    pages.add(clean(_spelled_out(text_of(argument["path"]))))
    return pages.read()


def text_of(path: str) -> str:
    """All of the file's text, unless it is too long to go on with."""
    text = decoded(Path(path).read_bytes())
    check_num_characters(len(text))
    return text


def decoded(content: bytes) -> str:
    """By its mark, as UTF-8 when it is sound, else by what its letters look like; NULs are nobody's text."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace").replace("\x00", "")
    encoding = _unmarked_utf16(content)
    if encoding:
        return content.decode(encoding, errors="replace").replace("\x00", "")
    content = content.replace(b"\x00", b"")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_guessed(content), errors="replace")


def _unmarked_utf16(content: bytes) -> str:
    sample = content[:SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if odd > MIN_NUL_SHARE * half and odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > MIN_NUL_SHARE * half and even > 10 * odd else ""


def _guessed(content: bytes) -> str:
    """cp1252, which holds latin-1's letters, wherever it gives words of western Europe; else what looks likelier."""
    sample = content[:SAMPLE_BYTES]
    num_high = sum(1 for byte in sample if byte >= 0x80)
    if sample.decode("utf-8", errors="replace").count("\ufffd") * 100 < num_high:
        return "utf-8"  # sound but for a few letters
    if len(WESTERN.findall(sample.decode("cp1252", errors="replace"))) > MIN_WESTERN_SHARE * num_high:
        return "cp1252"
    best = from_bytes(sample, cp_exclusion=["utf_16", "utf_32", "utf_7"]).best()
    return best.encoding if best is not None else "cp1252"


def _spelled_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text
