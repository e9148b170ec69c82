"""HTML as the text a person would see, its headings, lists and tables as Markdown. Runs in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from errors import DocumentBroken
from rag.reading import markdown
from rag.reading.pages import Pages, clean
from rag.reading.plain import decoded

UNSEEN = re.compile(
    "applet|area|audio|base|button|canvas|datalist|dialog|embed|frame|frameset|head|iframe|input|link|map|meta|noembed"
    "|noframes|noscript|object|option|param|script|select|source|style|svg|template|textarea|title|track|video"
)
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form"
    "|header|h[1-6]|hr|html|legend|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
HEADING = re.compile(r"h([1-6])")
HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|(font-size|opacity)\s*:\s*0(?![.\d]*[1-9])"
    r"|(left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{2,30})", re.IGNORECASE)
DOUBLE_SPACES = re.compile(r"\s+")
SPACES = re.compile(r"[ \t\r\n\f]+")
DECLARED_WITHIN = 4_096  # bytes


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """One page, its title as the label."""
    title, text = seen(Path(argument["path"]).read_bytes())
    pages = Pages(report)
    pages.add(text, title)
    return pages.read()


def seen(content: bytes) -> tuple[str, str]:
    """The title, or else the first heading, and the text. The title leads a text without a main heading."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(_letters(content).encode("utf-8", errors="replace"), parser)
    except etree.LxmlError as error:
        raise DocumentBroken from error
    if tree is None:
        return "", ""
    writer = _Writer()
    writer.walk(tree)
    title = clean(" ".join((tree.findtext(".//head/title") or "").split()))
    text = clean(markdown.blocks(writer.lines))
    if title and text and not writer.has_main_heading:
        text = f"{markdown.heading(1, title)}\n\n{text}"
    return title or writer.first_heading, text


def _letters(content: bytes) -> str:
    """By the mark of its encoding, by what it declares, or by what its letters look like."""
    declared = DECLARED.search(content[:DECLARED_WITHIN])
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return content.replace(b"\x00", b"").decode(declared[1].decode())
        except (LookupError, UnicodeError):
            pass
    return decoded(content)


class _Writer:
    """Walks a tree without recursion, and writes a line for each block."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.first_heading = ""
        self.has_main_heading = False
        self._parts: list[str] = []
        self._items: list[bool] = []  # for each list entry that is open, whether its mark is still to be written
        self._num_pre = 0

    def walk(self, tree: etree._Element) -> None:
        """Write all that is seen of ``tree``."""
        waiting: list[tuple[etree._Element, bool]] = [(tree, False)]
        while waiting:
            element, is_over = waiting.pop()
            if is_over:
                self._close(element)
            elif isinstance(element.tag, str) and not _is_unseen(element):
                self._open(element)
                if element.tag != "table" or _is_layout(element):
                    waiting.append((element, True))
                    waiting += [(child, False) for child in reversed(element)]
                    continue
                self._write_table(element)
            if element is not tree:
                self._say(element.tail)
        self._flush()

    def _open(self, element: etree._Element) -> None:
        if BLOCKS.fullmatch(element.tag):
            self._flush()
        if element.tag == "li":
            self._items.append(True)
        elif element.tag == "pre":
            self._num_pre += 1
        elif element.tag == "br":
            self._parts.append("\n")
        self._say(element.text)

    def _close(self, element: etree._Element) -> None:
        level = HEADING.fullmatch(element.tag)
        if level:
            self._write_heading(int(level[1]))
        elif BLOCKS.fullmatch(element.tag):
            self._flush()
        if element.tag == "li":
            self._items.pop()
        elif element.tag == "pre":
            self._num_pre -= 1

    def _say(self, text: str | None) -> None:
        if text:
            self._parts.append(text if self._num_pre else SPACES.sub(" ", text))

    def _flush(self) -> None:
        """Write what has been said since the last block began."""
        text = "".join(self._parts)
        self._parts.clear()
        text = text.strip("\n") if self._num_pre else DOUBLE_SPACES.sub(_narrower, text).strip()
        if not text.strip():
            return
        if self._items and self._items[-1]:
            self._items[-1] = False
            text = markdown.item(len(self._items) - 1, text)
        self.lines.append(text)

    def _write_heading(self, level: int) -> None:
        text = clean(SPACES.sub(" ", "".join(self._parts))).strip()
        self._parts.clear()
        self.first_heading = self.first_heading or text
        self.has_main_heading = self.has_main_heading or (level == 1 and bool(text))
        self.lines.append(markdown.heading(level, text))

    def _write_table(self, table: etree._Element) -> None:
        self._parts.clear()
        for part in table.iter("caption", "tr"):
            if _is_unseen(part):
                continue
            if part.tag == "caption":
                self.lines.append(_seen_in(part))
            else:
                self.lines.append(markdown.row(_seen_in(cell) for cell in part.iterchildren("td", "th")))


def _seen_in(element: etree._Element) -> str:
    if _is_unseen(element):
        return ""
    writer = _Writer()
    writer.walk(element)
    return " ".join(writer.lines)


def _is_unseen(element: etree._Element) -> bool:
    attributes = element.attrib
    return (
        UNSEEN.fullmatch(element.tag) is not None
        or "hidden" in attributes
        or attributes.get("aria-hidden", "").strip().lower() == "true"
        or bool(HIDING.search(attributes.get("style", "")))
    )


def _is_layout(table: etree._Element) -> bool:
    """True for a table that only puts other blocks beside each other."""
    return next(table.iterdescendants("table", "h1", "h2", "h3", "ul", "ol", "pre", "article"), None) is not None


def _narrower(found: re.Match[str]) -> str:
    return "\n" if "\n" in found[0] else " "
