"""What is made of an answer of the web: its article, its title, its letters; read in the sandbox as users have it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from errors import AddressUnreadable, DocumentBroken, DocumentRefused
from rag.document_reading import DocumentReader
from rag.document_work import Reading
from rag.web_files import web_file
from safety.sandbox import SandboxCancelled
from safety.web_address import Fetched
from storage.document_records import Document

URL = "https://example.org/articulos/r%C3%ADos"
ARTICLE = """
<article><h1>Los ríos de Chile</h1>
<p>El río Loa es el más largo de Chile y atraviesa el desierto de Atacama hasta llegar al mar.</p>
<h2>El Biobío</h2>
<p>El Biobío es ancho y caudaloso; nace en la laguna Galletué y desemboca en el Pacífico.</p>
<table><tr><th>Río</th><th>km</th></tr><tr><td>Loa</td><td>440</td></tr></table></article>
"""
PAGE = f"""<!doctype html><html lang="es"><head><title>Los ríos de Chile</title></head><body>
<nav><a href="/">Portada</a> <a href="/menu">Menú</a></nav>{ARTICLE}
<script>alert("guion")</script><img src="http://169.254.169.254/"><footer>Derechos reservados</footer></body></html>"""


def read(fetched: Fetched, folder: Path, cancelled: Event | None = None) -> Reading:
    found = web_file(fetched)
    path = folder / "file"
    path.write_bytes(found.content)
    document = Document("c", found.name, found.kind, source=fetched.url)
    read_document = DocumentReader({"PATH": os.defpath})
    return read_document(document, path, lambda done, total: None, cancelled or Event())


def html(body: bytes, charset: str = "") -> Fetched:
    return Fetched(URL, "text/html", body, charset)


def test_the_article_is_read_without_what_surrounds_it(tmp_path: Path) -> None:
    reading = read(html(PAGE.encode()), tmp_path)
    (page,) = reading.pages
    assert (reading.kind, reading.name, reading.language, page.label) == (
        "web",
        "Los ríos de Chile",
        "es",
        reading.name,
    )
    assert page.text.startswith("# Los ríos de Chile\n")
    assert "\n## El Biobío\n" in page.text
    assert "| Loa | 440 |" in page.text
    for hidden in ("Menú", "guion", "169.254", "Derechos"):
        assert hidden not in page.text


@pytest.mark.parametrize(
    ("encoding", "told", "declared"),
    [
        ("latin-1", "iso-8859-1", ""),
        ("latin-1", "", '<meta charset="iso-8859-1">'),
        ("cp1252", "", ""),
        ("utf-16", "utf-16", ""),
        ("utf-8", "idna", ""),
        ("utf-8", "nonsense", '<meta charset="punycode">'),
    ],
)
def test_letters_are_read_as_the_server_or_the_page_says(
    encoding: str, told: str, declared: str, tmp_path: Path
) -> None:
    page = PAGE.replace("<head>", f"<head>{declared}").encode(encoding)
    assert "Biobío es ancho" in read(html(page, told), tmp_path).pages[0].text


def test_a_short_page_is_taken_as_it_stands(tmp_path: Path) -> None:
    reading = read(html(b"<p>Hola.</p>"), tmp_path)
    assert (reading.pages[0].text.strip(), reading.name) == ("Hola.", "example.org/articulos/r%C3%ADos")


@pytest.mark.parametrize(
    "body", [b"", b"<html><body><script>write()</script></body></html>", b"<html><img src=x></html>"]
)
def test_a_page_without_text_says_so(body: bytes, tmp_path: Path) -> None:
    with pytest.raises(AddressUnreadable) as caught:
        read(html(body), tmp_path)
    assert caught.value.values == {"address": URL}


@pytest.mark.parametrize(
    "body",
    [b"<div>" * 50_000, b"<table>" * 5_000 + b"x", b"\xff\xfe\x00" * 500, b"<a " + b"x=" * 100_000, b"<!--" * 50_000],
)
def test_a_hostile_page_is_read_or_refused(body: bytes, tmp_path: Path) -> None:
    with suppress(DocumentRefused, AddressUnreadable):
        assert read(html(body), tmp_path).pages


def files() -> Iterator[tuple[str, bytes, str]]:
    yield "application/json", b'{"r\xc3\xado": 1}', "json"
    yield "text/plain", b"Hola.", "txt"
    yield "text/x-python", b"print()", "txt"
    yield "text/markdown", b"# Hola", "md"


@pytest.mark.parametrize(("content_type", "body", "kind"), [*files()])
def test_other_texts_are_read_as_what_they_are(content_type: str, body: bytes, kind: str, tmp_path: Path) -> None:
    reading = read(Fetched("https://example.org/a.php", content_type, body), tmp_path)
    assert (reading.kind, reading.name) == (kind, "a.php")
    assert reading.pages[0].text


def test_a_broken_file_behind_an_address_is_named_after_it(tmp_path: Path) -> None:
    with pytest.raises(DocumentBroken) as caught:
        read(Fetched("https://example.org/a.php?id=1", "application/pdf", b"%PDF-1.7 cut"), tmp_path)
    assert caught.value.values == {"name": "a.php"}


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(SandboxCancelled):
        read(html(PAGE.encode() * 100), tmp_path, cancelled)
