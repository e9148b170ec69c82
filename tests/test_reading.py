"""Sound documents of each kind: their text, headings, lists, tables, pages and language."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # says nothing of types
import pptx
import pytest
from docx import Document as WordDocument
from docx.oxml.ns import qn
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle

from errors import DocumentKindMismatch
from rag.reading.kinds import kind_of
from rag.reading.languages import language_of
from rag.reading.reader import ReadDocument, read_document
from safety.sandbox import Caller
from tests.packed_documents import epub
from tests.pdf_writer import pdf, picture_page

Read = Callable[..., ReadDocument]
SPANISH = "Los modelos de lenguaje aprenden de grandes cantidades de texto a decir qué palabra viene después."
ENGLISH = "Language models learn from large amounts of text to say which word comes next in a sentence."


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(name: str, content: bytes | str, **caller: Any) -> ReadDocument:
        path = tmp_path / "file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_document(path, name, Caller(**caller))

    return read


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_pdf_pages_keep_their_text_and_words_cut_at_a_line_become_whole(read: Read) -> None:
    document = read("a.pdf", pdf([["La prime-", "ra página"], [], ["Perú-", "Bolivia (2024)"]]))
    assert [page.text for page in document.pages] == ["La primera página", "", "Perú-Bolivia (2024)"]
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.kind == "pdf"


def test_pdf_pages_are_called_what_the_book_calls_them(read: Read) -> None:
    writer = PdfWriter(PdfReader(io.BytesIO(pdf([["preface"], ["first"], ["second"]]))))
    writer.set_page_label(0, 0, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(1, 2, style=PageLabelStyle.DECIMAL, start=10)
    file = io.BytesIO()
    writer.write(file)
    assert [page.label for page in read("a.pdf", file.getvalue()).pages] == ["i", "10", "11"]


def test_progress_of_a_long_document_is_told(read: Read) -> None:
    heard: list[Any] = []
    read("a.pdf", pdf([["x"]] * 40), on_progress=heard.append)
    assert heard[0] == [1, 40]


def test_word_keeps_headings_lists_tables_and_notes(read: Read) -> None:
    word = WordDocument()
    word.add_heading("Informe", 0)
    word.add_heading("Introducción", 1)
    word.add_paragraph("Hola\tmundo.")
    word.add_paragraph("uno", style="List Bullet")
    word.add_paragraph("dos", style="List Number")
    table = word.add_table(2, 2)
    for place, text in zip(((0, 0), (0, 1), (1, 0), (1, 1)), ("Nombre", "a|b", "", "fin"), strict=True):
        table.cell(*place).text = text
    word.add_heading("Método", 2)
    hidden = word.add_paragraph("se ve ").add_run("no se ve")
    hidden.font.hidden = True
    expected = (
        "# Informe\n\n# Introducción\n\nHola\tmundo.\n\n- uno\n- dos\n\n"
        "| Nombre | a\\|b |\n|  | fin |\n\n## Método\n\nse ve"
    )
    assert [page.text for page in read("a.docx", saved(word)).pages] == [expected]


def test_what_was_deleted_in_word_is_not_read(read: Read) -> None:
    word = WordDocument()
    run = word.add_paragraph("queda ").add_run("borrado")
    deleted = word.element.makeelement(qn("w:del"), {})
    run._r.addprevious(deleted)
    deleted.append(run._r)
    assert read("a.docx", saved(word)).pages[0].text == "queda"


def test_slides_are_pages_with_their_titles_and_notes(read: Read) -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Redes neuronales"
    slide.placeholders[1].text = "neuronas\npesos"
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "una caja"
    slide.shapes.add_table(1, 2, 0, 0, 9, 9).table.cell(0, 1).text = "celda"
    slide.notes_slide.notes_text_frame.text = "decir esto despacio"
    show.slides.add_slide(show.slide_layouts[6])
    document = read("a.pptx", saved(show))
    assert [(page.label, page.text) for page in document.pages] == [
        (
            "Redes neuronales",
            "# Redes neuronales\n\n- neuronas\n- pesos\n\nuna caja\n\n|  | celda |\n\ndecir esto despacio",
        ),
        ("", ""),
    ]


def test_sheets_are_pages_with_values_and_dates(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Notas"
    sheet.append(["Nombre", "Nota", "Día"])
    sheet.append(["Ana", 6.5, datetime(2024, 5, 6)])  # noqa: DTZ001 (sheets know no zones)
    sheet.append([True, "=1+1", time(13, 30)])
    sheet["C7"] = "lejos"
    book.create_sheet("Vacía")
    document = read("a.xlsx", saved(book))
    assert [(page.label, page.text) for page in document.pages] == [
        (
            "Notas",
            "# Notas\n| Nombre | Nota | Día |\n| Ana | 6.5 | 2024-05-06 |\n| TRUE |  | 13:30:00 |\n|  |  | lejos |",
        ),
        ("Vacía", ""),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_text_are_read_by_their_separator(separator: str, read: Read) -> None:
    text = f'nombre{separator}nota\n"Ana{separator} María"{separator}6.5\n'
    (page,) = read("a.csv", text).pages
    assert page.text == f"| nombre | nota |\n| Ana{separator.strip()} María | 6.5 |"


HTML = """<html><head><title>Mi página</title><script>evil()</script></head><body>
<nav>Inicio</nav><h2>Sección <b>uno</b></h2><p>Hola   <i>mundo</i>,
qué<br>tal&nbsp;<span style="display: none">oculto</span></p>
<ul><li>uno<ol><li>dos</li></ol></li><li><p>tres</p></li></ul><p hidden>no</p><p aria-hidden="true">no</p>
<table><caption>Notas</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 <b>y 3</b></td></tr></table>
<table><tr><td><h3>Columna</h3>texto</td><td>al lado</td></tr></table>
<pre>
def f():
    pass
</pre><textarea>no</textarea>fin</body></html>"""


def test_web_pages_are_read_as_they_are_seen(read: Read) -> None:
    (page,) = read("a.html", HTML).pages
    assert page.label == "Mi página"
    assert page.text == (
        "# Mi página\n\nInicio\n\n## Sección uno\n\nHola mundo, qué\ntal\n\n- uno\n  - dos\n- tres\n\nNotas\n\n"
        "| a | b |\n| 1 | 2 y 3 |\n\n### Columna\n\ntexto\n\nal lado\n\ndef f():\n    pass\n\nfin"
    )


def test_a_web_page_in_the_encoding_that_it_declares(read: Read) -> None:
    page = '<meta charset="iso-8859-1"><h1>Mañana</h1>'.encode("latin-1")
    assert read("a.html", page).pages[0].text == "# Mañana"


def test_chapters_are_pages_in_the_order_of_reading(read: Read) -> None:
    book = epub(["<h1>Uno</h1><p>Érase una vez</p>", "<p/>", "<h2>Dos</h2>fin"])
    document = read("a.epub", book)
    assert [(page.number, page.label, page.text) for page in document.pages] == [
        (1, "Uno", "# Uno\n\nÉrase una vez"),
        (2, "Dos", "## Dos\n\nfin"),
    ]


def test_json_shows_its_letters(read: Read) -> None:
    assert read("a.json", r'{"a":["ma\u00f1ana"]}').pages[0].text == '{\n "a": [\n  "mañana"\n ]\n}'


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.py", "a"])
def test_text_is_read_as_it_stands(name: str, read: Read) -> None:
    text = "# Título\n\n\tif x:  # y\r\n\u200bfin\n"
    assert read(name, text).pages[0].text == "# Título\n\n\tif x:  # y\nfin\n"


def test_a_kind_is_told_by_ending_and_content(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"%PDF-1.4 ...")
    assert kind_of(path, "without ending") == "pdf"
    with pytest.raises(DocumentKindMismatch) as caught:
        kind_of(path, "notes.Txt")
    assert caught.value.values == {"name": "notes.Txt", "extension": ".txt"}


@pytest.mark.parametrize(
    ("text", "language"), [(SPANISH, "es"), (ENGLISH, "en"), ("hola", ""), ("12 + 34 = 46 " * 50, ""), ("", "")]
)
def test_languages_are_told_where_there_is_enough_to_tell_by(text: str, language: str) -> None:
    assert language_of(text) == language


def test_the_language_comes_with_the_document(read: Read) -> None:
    assert read("a.txt", SPANISH).language == "es"


def test_a_scanned_page_is_read_where_tesseract_is(read: Read, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nif [ "$1" = --list-langs ]; then echo spa; else cat >/dev/null; echo "leído $*"; fi\n'
    )
    program.chmod(0o700)
    document = read("a.pdf", picture_page(), environment={"PATH": f"{program.parent}:/usr/bin:/bin"})
    assert [page.text for page in document.pages] == ["leído - - -l spa"]
