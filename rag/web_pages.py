"""The article in a web page, without its menus, offers and scripts. Runs in the sandbox, as all readers do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trafilatura import extract, extract_metadata, html2txt

from rag.reading.pages import Pages, clean
from rag.reading.plain import decoded
from rag.web_files import known_encoding

DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{1,40})""", re.IGNORECASE)
DECLARED_WITHIN = 4_096  # bytes, further than browsers look
XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
MIN_ARTICLE_CHARACTERS = 80  # a page that gives less has no article; what little it says is taken as it stands


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """The article as one page, headings as Markdown, its label the title; and its date, if the page says one."""
    page = XML_DECLARATION.sub("", decoded_page(Path(argument["path"]).read_bytes()), count=1)
    if "<html" not in page[:DECLARED_WITHIN].lower():  # trafilatura takes less for no page at all
        page = f"<html><body>{page}</body></html>"
    text = extract(page, url=argument["address"], output_format="markdown", include_comments=False) or ""
    if len(text) < MIN_ARTICLE_CHARACTERS:
        text = max(text, html2txt(page), key=len)
    about = extract_metadata(page, default_url=argument["address"], extensive=False)
    pages = Pages(report)
    pages.add(clean(text), about.title or "")
    return {**pages.read(), "date": about.date or ""}


def decoded_page(content: bytes) -> str:
    """As UTF-8 when it is sound, else as the page itself says, else by what its letters look like."""
    try:
        return content.decode("utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        declared = DECLARED.search(content[:DECLARED_WITHIN])
    name = declared[1].decode("ascii", errors="ignore") if declared else ""
    return known_encoding(content, name) or decoded(content)
