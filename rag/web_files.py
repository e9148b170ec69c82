"""What an address answered, as a file to be kept: its kind, its first name, its text in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from rag.document_files import title_of
from safety.web_address import Fetched

KIND_OF_CONTENT: Mapping[str, str] = MappingProxyType(
    {
        "text/html": "web",
        "application/xhtml+xml": "web",
        "application/pdf": "pdf",
        "application/json": "json",
        "text/csv": "csv",
        "text/markdown": "md",
    }
)
# What browsers know by these names. Python's other codecs are slow or no encodings of text.
WEB_ENCODINGS = re.compile(
    r"utf-?8|utf-16(le|be)?|us-ascii|(iso[-_]?8859|windows|cp|latin)[-_]?\d{1,4}(-\d{1,2})?|koi8-[ru]|shift[-_]jis|"
    r"euc-(jp|kr)|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class WebFile:
    """``name`` is what the address ends in, until a title is read."""

    kind: str
    name: str
    content: bytes


def web_file(fetched: Fetched) -> WebFile:
    """What to keep of the answer."""
    kind = KIND_OF_CONTENT.get(fetched.content_type, "txt")
    content = fetched.body
    if kind != "pdf" and (text := known_encoding(content, fetched.charset)):
        content = text.encode("utf-8", errors="replace")
    address = urlsplit(fetched.url)
    ending = unquote(address.path).rstrip("/").rpartition("/")[2]
    return WebFile(kind, title_of(ending if kind != "web" and ending else f"{address.netloc}{address.path}"), content)


def known_encoding(content: bytes, name: str) -> str:
    """``content`` read as ``name`` says; empty where browsers do not know that encoding."""
    if not WEB_ENCODINGS.fullmatch(name):
        return ""
    try:
        return content.decode(name, errors="replace").replace("\x00", "")
    except LookupError:
        return ""
