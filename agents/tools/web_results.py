"""What services say they found on the web, taken as data: plain text, and an address that a reader may open."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from agents.sources import Found
from safety.shown_text import INVISIBLE
from safety.surrogates import without_surrogates
from safety.web_address import NotPublic, read_address

MAX_TITLE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 3_000
BLANK_LINES = re.compile(r"\n{3,}")


def found_on_web(title: str, url: str, text: str, date: str = "") -> Found | None:
    """None for what has no address of the web: nobody could check it."""
    try:
        address = str(read_address(url))
    except NotPublic:
        return None
    site = urlsplit(address).hostname or ""
    text = plain(text)
    if len(text) > MAX_TEXT_CHARACTERS:
        text = text[:MAX_TEXT_CHARACTERS].rstrip() + " …"
    return Found(line(title) or site, text, address, site, line(date))


def plain(text: str) -> str:
    """``text`` without characters that nobody sees."""
    return BLANK_LINES.sub("\n\n", INVISIBLE.sub("", without_surrogates(text).replace("\r", ""))).strip()


def line(text: str) -> str:
    """``text`` in one line, cut where titles end."""
    return " ".join(plain(text).split())[:MAX_TITLE_CHARACTERS]
