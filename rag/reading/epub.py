"""EPUB books, chapter by chapter. Runs in the sandbox."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from lxml import etree  # type: ignore[import-untyped]  # says nothing of types

from errors import DocumentEncrypted, DocumentKindMismatch
from rag.reading import html
from rag.reading.archive import Archive
from rag.reading.pages import Pages, check_num_pages

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
READABLE = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(argument: dict[str, Any], report: Callable[[Any], None]) -> dict[str, Any]:
    """A page for each chapter with text, in the order of reading, its title as the label."""
    archive = Archive(Path(argument["path"]))
    if not archive.has(CONTAINER):
        raise DocumentKindMismatch(extension=f".{argument['ending']}")
    if _is_locked(archive):
        raise DocumentEncrypted
    chapters = list(_chapters(archive))
    check_num_pages(len(chapters))
    pages = Pages(report, len(chapters))
    for name in chapters:
        title, text = html.seen(archive.part(name))
        if text:
            pages.add(text, title)
    return pages.read()


def _is_locked(archive: Archive) -> bool:
    """True when more than its fonts is encrypted."""
    if not archive.has(ENCRYPTION):
        return False
    methods = _named(archive.xml(ENCRYPTION, has_doctype=True), "EncryptionMethod")
    return any(method.get("Algorithm") not in FONT_SCRAMBLING for method in methods)


def _chapters(archive: Archive) -> Iterator[str]:
    """The names of the parts that are read one after the other, each once."""
    root = next(
        (entry.get("full-path", "") for entry in _named(archive.xml(CONTAINER, has_doctype=True), "rootfile")), ""
    )
    package = archive.xml(root, has_doctype=True)
    folder = posixpath.dirname(root)
    names = {
        entry.get("id"): posixpath.normpath(posixpath.join(folder, unquote(urldefrag(entry.get("href", "")).url)))
        for entry in _named(package, "item")
        if entry.get("media-type") in READABLE
    }
    done = set()
    for entry in _named(package, "itemref"):
        name = names.get(entry.get("idref"))
        if name and name not in done and archive.has(name):
            done.add(name)
            yield name


def _named(tree: etree._Element, name: str) -> Iterator[etree._Element]:
    yield from tree.iter(f"{{*}}{name}")
